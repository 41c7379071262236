#include "tests/protocol/engine/archive_builder.h"

#include "protocol/base/bytes.h"

namespace mtkrig::protocol {
namespace {

void PutText(ByteWriter& writer, const std::string& text, std::size_t size) {
  for (const char c : text) writer.Put(static_cast<std::uint8_t>(c));
  writer.PutZeros(size - text.size());
}

void PutRegion(ByteWriter& writer, std::size_t offset, std::uint32_t length, std::uint32_t address,
               std::uint32_t signature) {
  writer.Put(static_cast<std::uint32_t>(offset))
      .Put(length)
      .Put(address)
      .Put(length - signature)
      .Put(signature);
}

}  // namespace

std::vector<std::uint8_t> BuildArchive(const std::vector<EntrySpec>& entries,
                                       const ArchiveOptions& options) {
  constexpr std::uint32_t kHeaderLength = 0x20;
  constexpr std::size_t kPerEntry = kHeaderLength + kStage1Length + kStage2Length;
  const std::size_t entry_size = options.short_entries ? 0xd8 : 0xdc;
  ByteWriter writer(Endian::kLittle);
  PutText(writer, "MTK_DOWNLOAD_AGENT", 0x20);
  PutText(writer, options.description, 0x40);
  writer.Put(std::uint32_t{4}).Put(std::uint32_t{0x22668899});
  writer.Put(static_cast<std::uint32_t>(entries.size()));
  std::size_t data = 0x6c + entries.size() * entry_size;
  for (const EntrySpec& entry : entries) {
    writer.Put(std::uint16_t{0xdada})
        .Put(entry.hw_code)
        .Put(std::uint16_t{0})
        .Put(entry.hw_version);
    if (!options.short_entries) writer.Put(entry.sw_version).Put(std::uint16_t{0});
    writer.Put(std::uint16_t{0x200}).Put(std::uint16_t{0}).Put(entry.entry_region_index);
    writer.Put(std::uint16_t{3});
    PutRegion(writer, data, kHeaderLength, 0x50000000, 0);
    PutRegion(writer, data + kHeaderLength, kStage1Length, entry.stage1_address, kSignatureLength);
    PutRegion(writer, data + kHeaderLength + kStage1Length, kStage2Length, entry.stage2_address,
              kSignatureLength);
    writer.PutZeros(std::size_t{7} * 20);
    data += kPerEntry;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t j = 0; j < kPerEntry; ++j) {
      writer.Put(static_cast<std::uint8_t>(i * 31 + j * 7));
    }
  }
  return writer.Release();
}

}  // namespace mtkrig::protocol
