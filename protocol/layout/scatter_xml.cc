// The XML form: the facts of YAML V2.1.0 (and V2.2.0) as elements. Names that are a list item's
// value in YAML are an attribute "name" here.

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

#include "protocol/layout/scatter_raw.h"
#include "protocol/layout/scatter_xml_text.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

constexpr int kMaxDepth = 32;

// They are read as what they look like; a stricter tool refuses the file.
void WarnOfAmpersands(RawScatter& raw, std::string_view text) {
  for (const int line : LinesOfBareAmpersands(text)) {
    raw.Warn(line, "an \"&\" stands for itself here: read so, but in XML it is written \"&amp;\"");
  }
}

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {
    line_ends_.reserve(text.size() / 32);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_ends_.push_back(i);
    }
  }

  void Walk(const pugi::xml_node& parent, int depth) {
    if (depth > kMaxDepth) {
      raw_.Warn(Line(parent), "elements are nested too deep: the inner ones are ignored");
      return;
    }
    TellStrayText(parent);
    for (const pugi::xml_node& node : parent.children()) {
      if (node.type() == pugi::node_element) Visit(node, depth);
    }
  }

  int LineOf(std::ptrdiff_t offset) const {
    const auto before =
        std::lower_bound(line_ends_.begin(), line_ends_.end(),
                         static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)));
    return static_cast<int>(before - line_ends_.begin()) + 1;
  }

  RawScatter& raw() { return raw_; }

 private:
  void Visit(const pugi::xml_node& node, int depth) {
    const std::string key = ToLower(node.name());
    if (key == "partition_index") {
      ReadPartition(node);
    } else if (key == "storage_type") {
      RawBlock block;
      block.line = Line(node);
      block.storage_type = Trim(node.attribute("name").value());
      raw_.blocks.push_back(std::move(block));
      Walk(node, depth + 1);
    } else {
      if (key == "general") MarkGeneral(raw_);
      const std::string_view named = Trim(node.attribute("name").value());
      const std::string_view value = named.empty() ? Trim(node.child_value()) : named;
      if (!value.empty()) SetGeneralField(raw_, key, value, Line(node));
      Walk(node, depth + 1);
    }
  }

  void ReadPartition(const pugi::xml_node& node) {
    RawPartition partition;
    partition.line = Line(node);
    partition.index = Trim(node.attribute("name").value());
    TellStrayText(node);
    for (const pugi::xml_node& field : node.children()) {
      if (field.type() != pugi::node_element) continue;
      SetPartitionField(raw_, partition, ToLower(field.name()), Trim(field.child_value()),
                        Line(field));
    }
    raw_.CurrentBlock().partitions.push_back(std::move(partition));
  }

  // Text beside elements: behind the end of the root, or where something was commented out badly.
  void TellStrayText(const pugi::xml_node& parent) {
    bool has_elements = parent.type() == pugi::node_document;
    for (const pugi::xml_node& node : parent.children()) {
      has_elements = has_elements || node.type() == pugi::node_element;
    }
    if (!has_elements) return;
    for (const pugi::xml_node& node : parent.children()) {
      const std::string_view text = Trim(node.value());
      if (node.type() != pugi::node_pcdata || text.empty()) continue;
      // The parser's text begins with the blanks in front of it.
      const auto begin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
      const std::size_t first = text_.find_first_not_of(kXmlBlanks, begin);
      WarnOfStrayText(raw_, text, LineOf(static_cast<std::ptrdiff_t>(first)));
    }
  }

  int Line(const pugi::xml_node& node) const { return LineOf(node.offset_debug()); }

  std::string_view text_;
  std::vector<std::size_t> line_ends_;
  RawScatter raw_;
};

}  // namespace

void WarnOfStrayText(RawScatter& raw, std::string_view text, int line) {
  raw.Warn(line, fmt::format("\"{}\" stands outside of all elements: ignored", Printable(text)));
}

Result<RawScatter> ReadXml(std::string_view text) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
  XmlReader reader(text);
  if (parsed) {
    reader.Walk(document, 0);
    reader.raw().style = ScatterStyle::kXml;
    WarnOfAmpersands(reader.raw(), text);
    return std::move(reader.raw());
  }
  // The parser gives up at the first fault, and all that follows would be lost with it.
  const int line = reader.LineOf(parsed.offset);
  RawScatter raw = SalvageXml(text);
  if (raw.PartitionCount() == 0) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("line {}: not XML: {}", line, parsed.description()));
  }
  raw.Warn(line, fmt::format("the XML is damaged here ({}): what can still be made out is read, "
                             "element by element",
                             parsed.description()));
  raw.style = ScatterStyle::kXml;
  WarnOfAmpersands(raw, text);
  return raw;
}

}  // namespace mtkrig::protocol::scatter_internal
