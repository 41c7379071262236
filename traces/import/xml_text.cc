#include "traces/import/xml_text.h"

#include <fmt/format.h>

#include <utility>

#include "protocol/base/bytes.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

constexpr std::uint32_t kHeaderMagic = 0xfeeeeeef;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kLengthOffset = 8;
constexpr std::size_t kMaxText = std::size_t{4} << 20;

}  // namespace

void XmlText::SeeHeader(Direction direction, ByteSpan bytes) {
  announced_.reset();
  if (bytes.size() != kHeaderBytes || protocol::LoadLe<std::uint32_t>(bytes) != kHeaderMagic) {
    return;
  }
  announced_ = protocol::LoadLe<std::uint32_t>(bytes.subspan(kLengthOffset));
  announced_for_ = direction;
}

void XmlText::Begin(Direction direction, LogPlace at, std::string_view line) {
  open_ = true;
  damaged_ = false;
  direction_ = direction;
  at_ = at;
  text_ = line;
}

void XmlText::Add(std::string_view line) {
  if (text_.size() + line.size() >= kMaxText) {
    damaged_ = true;
    return;
  }
  text_ += '\n';
  text_ += line;
}

std::optional<XmlText::Message> XmlText::Close() {
  if (!open_) return std::nullopt;
  open_ = false;
  const bool known = announced_.has_value() && announced_for_ == direction_;
  const std::uint64_t announced = known ? *announced_ : 0;
  announced_.reset();
  Message message;
  message.direction = direction_;
  message.at = at_;
  message.bytes.assign(text_.begin(), text_.end());
  const std::size_t size = text_.size();
  text_.clear();
  if (known && announced == size && !damaged_) return message;
  if (!known) {
    if (damaged_ || message.bytes.back() != 0) {
      message.gap = gaps::kXmlUnended;
    }
    return message;
  }
  message.length = announced;
  if (announced == size + 1 && !damaged_) {
    message.gap = fmt::format(gaps::kXmlEndMissing, announced);
    return message;
  }
  // Where the text differs from what was sent, nothing of it can be relied on.
  message.bytes.clear();
  message.gap = fmt::format(gaps::kXmlDiffers, size, announced);
  return message;
}

}  // namespace mtkrig::traces
