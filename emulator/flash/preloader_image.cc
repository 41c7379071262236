#include "emulator/flash/preloader_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

#include "emulator/flash/pattern.h"
#include "protocol/base/bytes.h"

namespace mtkrig::emulator {

using protocol::ByteWriter;
using protocol::Endian;

namespace {

// Boot area.
constexpr std::size_t kBootRegionLayoutAt = 0x200;
constexpr std::size_t kFileAt = 0x800;
constexpr std::size_t kLoaderDescriptors = 8;
constexpr std::size_t kLoaderDescriptorSize = 20;
constexpr std::uint16_t kDeviceEmmcBoot = 5;
constexpr std::uint16_t kDeviceNand = 2;
constexpr std::uint16_t kTypeArmBootloader = 1;

// GFH records: magic "MMM" and 1, u16 size, u16 type.
constexpr std::uint32_t kGfhMagic = 0x014d4d4d;
constexpr std::uint16_t kGfhFileInfo = 0;
constexpr std::uint16_t kGfhBootloaderInfo = 1;
constexpr std::uint16_t kFileInfoSize = 0x38;
constexpr std::uint16_t kBootloaderInfoSize = 0x0c;
constexpr std::uint32_t kContentAt = kFileInfoSize + kBootloaderInfoSize;
constexpr std::uint8_t kSignatureIsHash = 1;
constexpr std::uint32_t kSignatureSize = 0x20;

// DRAM settings.
constexpr std::size_t kTitleSize = 0x1b;
constexpr std::size_t kFileNameEnd = 0x58;
constexpr std::size_t kMarkSize = 8;
constexpr std::size_t kMemoryIdSize = 16;
constexpr std::size_t kFirmwareIdSize = 8;
constexpr std::uint32_t kMcpNand = 0x0102;  // with LPDDR2
constexpr std::uint32_t kMcpEmmc = 0x0202;
constexpr std::uint32_t kMt6572Version = 11;

void PutText(ByteWriter& out, std::string_view text, std::size_t field_size) {
  const std::size_t size = std::min(text.size(), field_size);
  for (const char c : text.substr(0, size)) out.Put(static_cast<std::uint8_t>(c));
  out.PutZeros(field_size - size);
}

void PutId(ByteWriter& out, const std::vector<std::uint8_t>& id) {
  const std::size_t size = std::min(id.size(), kMemoryIdSize);
  out.PutBytes(protocol::ByteSpan(id).first(size)).PutZeros(kMemoryIdSize - size);
}

// Number of words of controller settings between the ids and the sizes of the ranks.
std::size_t ControllerWords(std::uint32_t emi_version) {
  switch (emi_version) {
    case kMt6572Version:
      return 30;
    case 0:
    case 15:
    case 17:
      return 14;
    default:
      return 17;
  }
}

// One memory that the phone may have been built with. MT6572's records begin otherwise.
void PutRecord(ByteWriter& out, const PreloaderImageSpec& spec, const std::vector<std::uint8_t>& id,
               std::uint64_t seed) {
  const std::size_t start = out.bytes().size();
  const auto id_length = static_cast<std::uint32_t>(std::min(id.size(), kMemoryIdSize));
  const std::uint32_t type = spec.in_nand ? kMcpNand : kMcpEmmc;
  if (spec.emi_version == kMt6572Version) {
    out.Put(type);
    PutId(out, id);
    out.Put(id_length);
  } else {
    out.Put(std::uint32_t{1}).Put(type).Put(id_length).Put(std::uint32_t{0});  // sub version, ...
    PutId(out, id);
    out.PutZeros(kFirmwareIdSize);
  }
  out.PutBytes(PatternBytes(seed, 4 * ControllerWords(spec.emi_version)));
  const auto rank = static_cast<std::uint32_t>(spec.ram_bytes / 2);
  out.Put(rank).Put(rank).PutZeros(8);
  out.PutZeros(DramRecordSize(spec.emi_version) - (out.bytes().size() - start));
}

std::vector<std::uint8_t> DramSettings(const PreloaderImageSpec& spec) {
  std::string name = spec.chip;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  std::vector<std::uint8_t> sibling = spec.memory_id;
  if (!sibling.empty()) sibling.back() ^= 0x01U;

  ByteWriter out(Endian::kLittle);
  PutText(out, fmt::format("MTK_BLOADER_INFO_v{:02}", spec.emi_version), kTitleSize);
  PutText(out, fmt::format("preloader_{}.bin", name), kFileNameEnd - kTitleSize);
  // The three words are the same in all settings seen.
  out.Put(std::uint32_t{0x36313156}).Put(std::uint32_t{0x33448822}).Put(std::uint32_t{0x00700090});
  PutText(out, "MTK_BIN", kMarkSize);
  out.Put(std::uint32_t{2});
  PutRecord(out, spec, spec.memory_id, MixBits(spec.seed) + 1);
  PutRecord(out, spec, sibling, MixBits(spec.seed) + 2);
  const auto length = static_cast<std::uint32_t>(out.bytes().size());
  out.Put(length);
  return out.Release();
}

void PutBootAreaHeader(ByteWriter& out, std::uint32_t file_size) {
  const auto file_at = static_cast<std::uint32_t>(kFileAt);
  PutText(out, "EMMC_BOOT", 12);
  out.Put(std::uint32_t{1}).Put(static_cast<std::uint32_t>(kBootRegionLayoutAt));
  out.PutZeros(kBootRegionLayoutAt - out.bytes().size());
  PutText(out, "BRLYT", 8);
  out.Put(std::uint32_t{1}).Put(file_at).Put(file_at + file_size);
  PutText(out, "BBBB", 4);
  out.Put(kDeviceEmmcBoot).Put(kTypeArmBootloader).Put(file_at).Put(file_at + file_size);
  out.Put(std::uint32_t{1});
  out.PutZeros((kLoaderDescriptors - 1) * kLoaderDescriptorSize);
  out.PutZeros(kFileAt - out.bytes().size());
}

void PutFileHeader(ByteWriter& out, const PreloaderImageSpec& spec, std::uint32_t file_size) {
  out.Put(kGfhMagic).Put(kFileInfoSize).Put(kGfhFileInfo);
  PutText(out, "FILE_INFO", 12);
  out.Put(std::uint32_t{1}).Put(kTypeArmBootloader);
  out.Put(static_cast<std::uint8_t>(spec.in_nand ? kDeviceNand : kDeviceEmmcBoot));
  out.Put(kSignatureIsHash);
  out.Put(spec.load_address).Put(file_size).Put(file_size);
  // Where content begins, length of the signature, where to jump, "build is done".
  out.Put(kContentAt).Put(kSignatureSize).Put(kContentAt).Put(std::uint32_t{1});
  out.Put(kGfhMagic).Put(kBootloaderInfoSize).Put(kGfhBootloaderInfo).Put(std::uint32_t{1});
}

}  // namespace

std::uint32_t DramRecordSize(std::uint32_t emi_version) {
  switch (emi_version) {
    case 10:
      return 0xb8;
    case kMt6572Version:
      return 0xa8;
    case 12:
    case 13:
    case 16:
    case 20:
    case 21:
      return 0xbc;
    case 0:
    case 15:
    case 17:
      return 0xb0;
    default:
      return 0;
  }
}

std::vector<std::uint8_t> BuildPreloaderImage(const PreloaderImageSpec& spec) {
  const std::vector<std::uint8_t> settings = DramSettings(spec);
  const auto file_size =
      static_cast<std::uint32_t>(kContentAt + spec.code_bytes + settings.size() + kSignatureSize);
  ByteWriter out(Endian::kLittle);
  if (!spec.in_nand) PutBootAreaHeader(out, file_size);
  PutFileHeader(out, spec, file_size);
  out.PutBytes(PatternBytes(spec.seed, spec.code_bytes));
  out.PutBytes(settings);
  out.PutBytes(PatternBytes(MixBits(spec.seed) + 3, kSignatureSize));
  return out.Release();
}

}  // namespace mtkrig::emulator
