#include "traces/redact/packet_texts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <utility>

#include "protocol/wire/xflash_da.h"
#include "protocol/wire/xml_da.h"
#include "traces/redact/harmless_text.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;
namespace xml_da = protocol::xml_da;

constexpr char kBlank = static_cast<char>(BlankList::kBlank);
// What is shorter is a number, a status or a version.
constexpr std::size_t kShortestText = 5;
constexpr std::string_view kSpace = " \t\r\n";

// What an element's name ends with that has an address, a length or a level, however large.
constexpr auto kNumbers = std::to_array<std::string_view>(
    {"size", "length", "address", "addr", "offset", "start", "level", "voltage"});

// Of which language ever, but not of any bytes.
bool IsText(std::string_view text) {
  std::size_t foreign = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f || (byte < 0x20 && kSpace.find(c) == std::string_view::npos)) return false;
    if (byte >= 0x80) ++foreign;
  }
  return text.size() >= kShortestText && foreign * 2 < text.size();
}

// How many bytes are in front of where a header may begin.
std::size_t BeforeMagic(protocol::ByteSpan bytes) {
  constexpr auto kFirst = static_cast<std::uint8_t>(xflash_da::kMagic & 0xff);
  return static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), kFirst) - bytes.begin());
}

bool IsNumber(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), [hex](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (hex ? std::isxdigit(byte) : std::isdigit(byte)) != 0;
         });
}

// "MEM://0x0:0x2000000": an address and a length, however large.
bool IsMemoryFile(std::string_view text) {
  if (!text.starts_with(xml_da::kMemoryFile)) return false;
  text.remove_prefix(xml_da::kMemoryFile.size());
  const std::size_t colon = std::min(text.find(':'), text.size());
  return IsNumber(text.substr(0, colon)) && IsNumber(text.substr(std::min(colon + 1, text.size())));
}

bool IsHarmlessList(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('@'), text.size());
    if (!IsHarmlessText(text.substr(0, end))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

class XmlBlanker {
 public:
  explicit XmlBlanker(std::string text)
      : text_(std::move(text)),
        has_partitions_(text_.find("<partition_table") != std::string::npos) {}

  std::string Run() {
    std::size_t at = 0;
    while (at < text_.size()) {
      const std::size_t tag = std::min(text_.find('<', at), text_.size());
      BlankValue(at, tag);
      at = tag == text_.size() ? tag : PassTag(tag);
    }
    return std::move(text_);
  }

 private:
  // For people, or of any characters: what it begins and ends with.
  struct Section {
    std::string_view begin;
    std::string_view end;
  };
  static constexpr auto kSections =
      std::to_array<Section>({{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<!", ">"}});
  static constexpr Section kInstruction = {"<?", "?>"};

  // Returns where the tag ends that begins at `at`.
  std::size_t PassTag(std::size_t at) {
    const std::string_view tag = std::string_view(text_).substr(at);
    for (const Section& section : kSections) {
      if (!tag.starts_with(section.begin)) continue;
      const std::size_t begin = at + section.begin.size();
      const std::size_t end = std::min(text_.find(section.end, begin), text_.size());
      std::fill(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                text_.begin() + static_cast<std::ptrdiff_t>(end), kBlank);
      return std::min(end + section.end.size(), text_.size());
    }
    if (tag.starts_with(kInstruction.begin)) return PassInstruction(at);
    const std::size_t end = std::min(text_.find('>', at), text_.size());
    PassElement(at + 1, end);
    return std::min(end + 1, text_.size());
  }

  // "<?xml version="1.0"?>", or what is for some other program. The first word names it.
  std::size_t PassInstruction(std::size_t at) {
    const std::size_t end = std::min(text_.find(kInstruction.end, at), text_.size());
    std::size_t from = std::min(text_.find_first_of(kSpace, at), end);
    std::size_t to = end;
    while (from < to && kSpace.find(text_[from]) != std::string_view::npos) ++from;
    while (from < to && kSpace.find(text_[to - 1]) != std::string_view::npos) --to;
    BlankUnlessHarmless(from, to);
    return std::min(end + kInstruction.end.size(), text_.size());
  }

  void PassElement(std::size_t at, std::size_t end) {
    const std::size_t name_end = std::min(text_.find_first_of(kSpace, at), end);
    const bool closes = text_[std::min(at, text_.size() - 1)] == '/';
    name_ = closes ? std::string() : text_.substr(at, name_end - at);
    for (std::size_t from = name_end; from < end;) {
      const std::size_t quote = std::min(text_.find_first_of("\"'", from), end);
      BlankUnquoted(from, quote, quote < end);
      if (quote == end) break;
      const std::size_t closing = std::min(text_.find(text_[quote], quote + 1), end);
      BlankUnlessHarmless(quote + 1, closing);
      from = closing + 1;
    }
  }

  // What stands in a tag outside of quotes: the name of an attribute stays.
  void BlankUnquoted(std::size_t from, std::size_t to, bool quote_follows) {
    const auto trim = [&](std::string_view marks) {
      while (from < to && kSpace.find(text_[from]) != std::string_view::npos) ++from;
      while (from < to && marks.find(text_[to - 1]) != std::string_view::npos) --to;
    };
    trim(quote_follows ? " \t\r\n" : " \t\r\n/");
    if (quote_follows && from < to && text_[to - 1] == '=') {
      std::size_t name_end = to - 1;
      while (name_end > from && kSpace.find(text_[name_end - 1]) != std::string_view::npos) {
        --name_end;
      }
      const std::string_view name = std::string_view(text_).substr(from, name_end - from);
      const bool one = std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' || c == '-';
      });
      if (one) return;
    }
    BlankUnlessHarmless(from, to);
  }

  // The value of the element that begins in front of it.
  void BlankValue(std::size_t from, std::size_t to) {
    while (from < to && kSpace.find(text_[from]) != std::string_view::npos) ++from;
    while (from < to && kSpace.find(text_[to - 1]) != std::string_view::npos) --to;
    if (from == to) return;
    const std::string_view value = std::string_view(text_).substr(from, to - from);
    const bool counts = std::any_of(kNumbers.begin(), kNumbers.end(),
                                    [&](std::string_view end) { return name_.ends_with(end); });
    if ((counts && IsNumber(value)) || IsMemoryFile(value)) return;
    if (has_partitions_ && name_ == "name") return;
    if (name_ == "host_capability" && IsHarmlessList(value)) return;
    BlankUnlessHarmless(from, to);
  }

  void BlankUnlessHarmless(std::size_t from, std::size_t to) {
    if (from >= to || IsHarmlessText(std::string_view(text_).substr(from, to - from))) return;
    std::fill(text_.begin() + static_cast<std::ptrdiff_t>(from),
              text_.begin() + static_cast<std::ptrdiff_t>(to), kBlank);
  }

  std::string text_;
  const bool has_partitions_;
  std::string name_;  // of the element that began last
};

}  // namespace

std::string HarmlessPacketText(std::string_view text) {
  if (text.find('<') != std::string_view::npos) return XmlBlanker(std::string(text)).Run();
  if (IsHarmlessText(text)) return std::string(text);
  std::size_t kept = 0;
  for (const std::string_view begin : {xml_da::kOkValue, xml_da::kProgress, xml_da::kError}) {
    if (text.starts_with(begin)) kept = std::max(kept, begin.size());
  }
  // The length of a file.
  if (kept > 0 && IsNumber(text.substr(kept))) return std::string(text);
  return std::string(text.substr(0, kept)) + std::string(text.size() - kept, kBlank);
}

void PacketTexts::Take(const RoledBytes& stretch, protocol::ByteSpan kept) {
  if (stretch.begin != at_) Reset();
  at_ = stretch.begin;
  const Role role = stretch.span.role;
  const bool file = role == Role::kContent || role == Role::kAgent;
  if (file) may_be_text_ = false;
  while (!kept.empty()) {
    if (left_ > 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kept.size()));
      TakePayload(kept.first(count));
      kept = kept.subspan(count);
    } else if (file) {
      header_.clear();
      at_ += kept.size();
      kept = {};
    } else {
      const std::size_t passed = header_.empty() ? BeforeMagic(kept) : 0;
      at_ += passed;
      kept = kept.subspan(passed);
      if (kept.empty()) break;
      TakeHeader(kept.front());
      kept = kept.subspan(1);
    }
  }
  // What the recording does not have of it.
  const std::uint64_t unseen = stretch.end - at_;
  if (unseen == 0) return;
  header_.clear();
  if (unseen < left_) {
    // What was seen of the text is one by itself: the rest of it may be seen again.
    const std::uint64_t left = left_ - unseen;
    EndPacket();
    left_ = left;
    at_ = text_at_ = stretch.end;
    return;
  }
  if (left_ > 0) EndPacket();
  left_ = 0;
  at_ = stretch.end;
}

void PacketTexts::TakeHeader(std::uint8_t byte) {
  ++at_;
  header_.push_back(static_cast<char>(byte));
  const auto bytes =
      std::span(reinterpret_cast<const std::uint8_t*>(header_.data()), header_.size());
  constexpr std::size_t kMagicSize = sizeof(xflash_da::kMagic);
  if (header_.size() == kMagicSize &&
      protocol::Load<std::uint32_t>(bytes, protocol::Endian::kLittle) != xflash_da::kMagic) {
    header_.erase(0, 1);
  }
  if (header_.size() < xflash_da::kHeaderSize) return;
  type_ = protocol::Load<std::uint32_t>(bytes.subspan(xflash_da::kHeaderTypeOffset),
                                        protocol::Endian::kLittle);
  left_ = protocol::Load<std::uint32_t>(bytes.subspan(xflash_da::kHeaderLengthOffset),
                                        protocol::Endian::kLittle);
  header_.clear();
  text_.clear();
  text_at_ = at_;
  may_be_text_ = left_ <= kMaxPacketText;
}

void PacketTexts::TakePayload(protocol::ByteSpan bytes) {
  if (may_be_text_) text_.append(bytes.begin(), bytes.end());
  at_ += bytes.size();
  left_ -= bytes.size();
  if (left_ == 0) EndPacket();
}

void PacketTexts::EndPacket() {
  std::string text = std::exchange(text_, {});
  if (!may_be_text_) return;
  std::size_t begin = 0;
  const bool message = type_ == static_cast<std::uint32_t>(xflash_da::PacketType::kMessage);
  if (message) begin = std::min(xflash_da::kMessagePrioritySize, text.size());
  std::size_t end = text.size();
  while (end > begin && text[end - 1] == '\0') --end;
  const std::string_view said = std::string_view(text).substr(begin, end - begin);
  std::string made(said);
  if (message) {
    std::replace_if(
        made.begin(), made.end(), [](char c) { return c != '\0'; }, kBlank);
  } else if (IsText(said)) {
    made = HarmlessPacketText(said);
  }
  if (made == said) return;
  ++texts_;
  for (std::size_t at = 0; at < made.size();) {
    std::size_t same = at;
    while (same < made.size() && made[same] != said[same]) ++same;
    if (same > at) blanks_.Add({text_at_ + begin + at, same - at});
    at = std::max(same, at + 1);
  }
}

void PacketTexts::Reset() {
  if (left_ > 0) EndPacket();
  left_ = 0;
  header_.clear();
}

void PacketTexts::Finish() {
  Reset();
}

}  // namespace mtkrig::traces
