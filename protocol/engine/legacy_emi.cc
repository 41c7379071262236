#include "protocol/engine/legacy_emi.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mtkrig::protocol {
namespace {

// A GFH file header of a preloader: magic, 0x38 bytes, type 0. Little-endian.
constexpr std::array<std::uint8_t, 8> kFileHeader = {'M', 'M', 'M', 0x01, 0x38, 0x00, 0x00, 0x00};
constexpr std::size_t kFileLengthOffset = 0x20;
constexpr std::size_t kSignatureLengthOffset = 0x2c;
constexpr std::size_t kFileHeaderSize = 0x38;
// Some preloaders carry a block of this size after their settings.
constexpr std::size_t kTrailerSize = 0x800;

constexpr std::string_view kBlockName = "MTK_BLOADER_INFO_v";
constexpr std::string_view kBinaryMark = "MTK_BIN";
constexpr std::size_t kBinaryMarkSize = 12;

std::size_t Find(ByteSpan data, std::string_view text) {
  const auto found = std::search(data.begin(), data.end(), text.begin(), text.end());
  return found == data.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - data.begin());
}

Error NoSettings(ErrorCode code, std::string message) {
  return Error(code, std::move(message))
      .During("DRAM set-up")
      .WithHint("Give the preloader file of exactly this phone model (preloader_*.bin).");
}

// The part of a preloader file that holds the settings: the last u32 of the file's content is
// their length.
Result<ByteSpan> CutByFileHeader(ByteSpan file) {
  if (file.size() < kFileHeaderSize) {
    return NoSettings(ErrorCode::kInvalidInput, "the preloader file ends inside its header");
  }
  const auto length = LoadLe<std::uint32_t>(file.subspan(kFileLengthOffset));
  const auto signature = LoadLe<std::uint32_t>(file.subspan(kSignatureLengthOffset));
  if (length > file.size() || signature > length || length - signature < 4) {
    return NoSettings(ErrorCode::kInvalidInput,
                      fmt::format("the preloader file claims 0x{:x} bytes with a signature of "
                                  "0x{:x}, but has 0x{:x}",
                                  length, signature, file.size()));
  }
  ByteSpan content = file.first(length - signature);
  auto settings = LoadLe<std::uint32_t>(content.last(4));
  if (settings == 0 && content.size() >= kTrailerSize + 4) {
    content = content.first(content.size() - kTrailerSize);
    settings = LoadLe<std::uint32_t>(content.last(4));
  }
  if (settings > content.size() - 4) {
    return NoSettings(ErrorCode::kInvalidInput,
                      fmt::format("the preloader file claims 0x{:x} bytes of DRAM settings in "
                                  "0x{:x}",
                                  settings, content.size()));
  }
  return content.subspan(content.size() - 4 - settings, settings);
}

// Two decimal digits, or one and a zero byte.
std::optional<std::uint32_t> ParseVersion(ByteSpan digits) {
  std::uint32_t version = 0;
  bool any = false;
  for (const std::uint8_t digit : digits) {
    if (digit == 0 && any) break;
    if (digit < '0' || digit > '9') return std::nullopt;
    version = version * 10 + (digit - std::uint32_t{'0'});
    any = true;
  }
  return version;
}

}  // namespace

EmiDialogue EmiDialogueOf(std::uint32_t version) {
  switch (version) {
    case kEmiVersion0OnWire:
    case 0x0f:
    case 0x10:
    case 0x11:
    case 0x14:
    case 0x15:
      return EmiDialogue::kHostLength;
    case 0x0a:
    case 0x0b:
      return EmiDialogue::kInfoThenLength;
    case 0x0c:
    case 0x0d:
      return EmiDialogue::kLength;
    default:
      return EmiDialogue::kUnknown;
  }
}

bool EmiHostTellsLength(std::uint32_t version, std::uint16_t hw_code) {
  if (EmiDialogueOf(version) != EmiDialogue::kHostLength) return false;
  return version == kEmiVersion0OnWire || hw_code != 0x8127;
}

std::size_t EmiResultTailSize(std::uint32_t version) {
  constexpr std::size_t kCommon = 1 + 1 + 8;
  return version == 0x0d ? kCommon + std::size_t{5} * 4 : kCommon;
}

Result<EmiSettings> FindEmiSettings(ByteSpan preloader) {
  ByteSpan area = preloader;
  const auto header = std::search(area.begin(), area.end(), kFileHeader.begin(), kFileHeader.end());
  if (header != area.end()) {
    TRY_ASSIGN(area,
               CutByFileHeader(area.subspan(static_cast<std::size_t>(header - area.begin()))));
  }
  const std::size_t block = Find(area, kBlockName);
  if (block == std::string_view::npos || area.size() - block < kBlockName.size() + 2) {
    return NoSettings(ErrorCode::kInvalidInput,
                      "the preloader file holds no DRAM settings (MTK_BLOADER_INFO)");
  }
  const auto version = ParseVersion(area.subspan(block + kBlockName.size(), 2));
  const std::size_t mark = Find(area.subspan(block), kBinaryMark);
  if (!version || mark == std::string_view::npos || area.size() - block - mark <= kBinaryMarkSize) {
    return NoSettings(ErrorCode::kInvalidInput,
                      "the DRAM settings in the preloader file are cut off");
  }
  const ByteSpan data = area.subspan(block + mark + kBinaryMarkSize);
  if (data.size() > kMaxEmiSize) {
    return NoSettings(ErrorCode::kInvalidInput,
                      fmt::format("the preloader file holds 0x{:x} bytes of DRAM settings, more "
                                  "than any phone takes",
                                  data.size()));
  }
  EmiSettings settings;
  settings.version = *version == 0 ? kEmiVersion0OnWire : *version;
  settings.data.assign(data.begin(), data.end());
  return settings;
}

}  // namespace mtkrig::protocol
