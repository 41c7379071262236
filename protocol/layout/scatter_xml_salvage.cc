// Scatter XML that a parser refuses: a tag that is not closed or closed under another name, a lost
// bracket, a file cut off. As in the YAML forms, an element's place in the tree says nothing that
// its name does not say as well, so the tags are taken one after the other and no tree is built.
// Each fault costs at most the one value it stands in, and is told with its line.

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/layout/scatter_raw.h"
#include "protocol/layout/scatter_xml_text.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

struct Tag {
  int line = 0;
  bool closing = false;
  bool complete = false;       // has its '>'
  bool empty_element = false;  // "<name/>"
  std::string name;            // lower case
  std::string named;           // the attribute "name"
  std::string text;            // up to the next tag
  int text_line = 0;           // where it begins, if there is any
};

std::string_view NameAttribute(std::string_view tag) {
  std::size_t at = tag.find("name");
  while (at != std::string_view::npos) {
    const std::size_t equals = tag.find_first_not_of(kXmlBlanks, at + 4);
    const bool is_whole = at > 0 && kXmlBlanks.find(tag[at - 1]) != std::string_view::npos;
    if (is_whole && equals != std::string_view::npos && tag[equals] == '=') {
      std::string_view value = Trim(tag.substr(equals + 1));
      if (value.empty()) return value;
      const char quote = value.front();
      if (quote != '"' && quote != '\'') return value.substr(0, value.find_first_of(kXmlBlanks));
      value.remove_prefix(1);
      return Trim(value.substr(0, value.find(quote)));
    }
    at = tag.find("name", at + 1);
  }
  return {};
}

// Cuts text into tags. Comments, declarations and the text before the first tag are passed over.
class TagScanner {
 public:
  explicit TagScanner(std::string_view text) : text_(text) {}

  bool Next(Tag& tag) {
    for (;;) {
      const std::size_t open = text_.find('<', at_);
      if (open == std::string_view::npos) return false;
      Advance(open);
      if (!PassOver()) break;
    }
    tag = Tag();
    tag.line = line_;
    Advance(at_ + 1);
    const std::size_t end = std::min(text_.find_first_of("<>", at_), text_.size());
    std::string_view inside = Trim(text_.substr(at_, end - at_));
    tag.complete = end < text_.size() && text_[end] == '>';
    tag.closing = inside.starts_with("/");
    tag.empty_element = inside.ends_with("/") && !tag.closing;
    if (tag.closing) inside = Trim(inside.substr(1));
    if (tag.empty_element) inside.remove_suffix(1);
    tag.name = ToLower(inside.substr(0, inside.find_first_of(" \t\r\n/")));
    tag.named = WithoutEntities(NameAttribute(inside));
    Advance(tag.complete ? end + 1 : end);
    const std::string_view behind =
        text_.substr(at_, std::min(text_.find('<', at_), text_.size()) - at_);
    tag.text = WithoutEntities(Trim(behind));
    tag.text_line =
        line_ + static_cast<int>(LineEnds(behind.substr(0, behind.find_first_not_of(kXmlBlanks))));
    return true;
  }

 private:
  static std::ptrdiff_t LineEnds(std::string_view text) {
    return std::count(text.begin(), text.end(), '\n');
  }

  void Advance(std::size_t to) {
    line_ += static_cast<int>(LineEnds(text_.substr(at_, to - at_)));
    at_ = to;
  }

  // At a '<'. False for a tag. A comment without an end is passed over only as far as its mark: it
  // must not swallow the rest of the file.
  bool PassOver() {
    const std::string_view rest = text_.substr(at_);
    std::string_view end_mark;
    if (rest.starts_with("<!--")) {
      end_mark = "-->";
    } else if (rest.starts_with("<?")) {
      end_mark = "?>";
    } else if (rest.starts_with("<!")) {
      end_mark = ">";
    } else {
      return false;
    }
    // What was not found once is not behind this place either; a file of nothing but opening marks
    // is not searched through for each of them.
    if (std::find(endless_.begin(), endless_.end(), end_mark) != endless_.end()) {
      Advance(at_ + 2);
      return true;
    }
    const std::size_t end = rest.find(end_mark);
    if (end == std::string_view::npos) endless_.push_back(end_mark);
    Advance(end == std::string_view::npos ? at_ + 2 : at_ + end + end_mark.size());
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<std::string_view> endless_;  // end marks that do not follow any more
};

class Salvager {
 public:
  RawScatter Read(std::string_view text) {
    TagScanner scanner(text);
    for (Tag tag; scanner.Next(tag);) {
      if (!tag.complete) {
        raw_.Warn(tag.line,
                  fmt::format("the tag \"{}\" has no closing bracket", Printable(tag.name)));
      }
      CheckField(tag);
      if (tag.closing) {
        if (!tag.text.empty()) WarnOfStrayText(raw_, tag.text, tag.text_line);
        Close(tag);
      } else {
        Open(tag);
      }
    }
    return std::move(raw_);
  }

 private:
  // A field holds a value and nothing else, so the next tag must be its end.
  void CheckField(const Tag& next) {
    if (open_field_.empty()) return;
    if (!next.closing) {
      raw_.Warn(open_line_, fmt::format("{} is not closed", Printable(open_field_)));
    } else if (next.name != open_field_) {
      raw_.Warn(next.line, fmt::format("{} is closed as \"{}\"", Printable(open_field_),
                                       Printable(next.name)));
    }
    open_field_.clear();
  }

  void Close(const Tag& tag) {
    if (tag.name == "partition_index" || tag.name == "storage_type") in_partition_ = false;
  }

  void Open(const Tag& tag) {
    if (tag.name == "partition_index") {
      if (in_partition_) {
        raw_.Warn(tag.line, fmt::format("partition_index {} begins inside another, which is not "
                                        "closed",
                                        Printable(tag.named)));
      }
      BeginPartition(tag);
      in_partition_ = !tag.empty_element;
    } else if (tag.name == "storage_type") {
      in_partition_ = false;
      RawBlock block;
      block.line = tag.line;
      block.storage_type = tag.named;
      raw_.blocks.push_back(std::move(block));
    } else if (tag.name == "partition_name" && (!in_partition_ || Current().Saw(tag.name))) {
      raw_.Warn(tag.line,
                fmt::format("partition \"{}\" has no partition_index", Printable(tag.text)));
      BeginPartition(tag);
      in_partition_ = true;
      TakeField(tag);
    } else if (tag.name == "general") {
      in_partition_ = false;
      MarkGeneral(raw_);
    } else {
      TakeField(tag);
    }
  }

  void BeginPartition(const Tag& tag) {
    RawPartition partition;
    partition.line = tag.line;
    partition.index = tag.named;
    raw_.CurrentBlock().partitions.push_back(std::move(partition));
  }

  RawPartition& Current() { return raw_.CurrentBlock().partitions.back(); }

  void TakeField(const Tag& tag) {
    const std::string_view value = tag.named.empty() ? tag.text : tag.named;
    if (value.empty()) return;
    const bool known = in_partition_ ? SetPartitionField(raw_, Current(), tag.name, value, tag.line)
                                     : SetGeneralField(raw_, tag.name, value, tag.line);
    if (known && tag.named.empty() && !tag.empty_element) {
      open_field_ = tag.name;
      open_line_ = tag.line;
    }
  }

  RawScatter raw_;
  bool in_partition_ = false;
  std::string open_field_;  // the field whose end comes next, or empty
  int open_line_ = 0;
};

}  // namespace

RawScatter SalvageXml(std::string_view text) {
  return Salvager().Read(text);
}

}  // namespace mtkrig::protocol::scatter_internal
