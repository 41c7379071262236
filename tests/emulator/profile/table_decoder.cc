#include "tests/emulator/profile/table_decoder.h"

#include <gtest/gtest.h>

#include <span>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

std::uint32_t U32(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return protocol::LoadLe<std::uint32_t>(std::span(bytes).subspan(at, 4));
}
std::uint64_t U64(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return protocol::LoadLe<std::uint64_t>(std::span(bytes).subspan(at, 8));
}

void DecodeMbrSector(const VirtualFlash& flash, std::uint64_t sector, std::uint64_t first_ebr,
                     std::vector<DecodedPartition>& out) {
  const auto bytes = ReadFlash(flash, StorageArea::kEmmcUser, sector * 512, 512);
  EXPECT_EQ(bytes[510], 0x55);
  EXPECT_EQ(bytes[511], 0xaa);
  for (std::size_t at = 0x1be; at < 0x1fe; at += 16) {
    const std::uint32_t start = U32(bytes, at + 8);
    const std::uint32_t sectors = U32(bytes, at + 12);
    if (bytes[at + 4] == 0x83) {
      const std::uint64_t absolute = sector + start;
      const bool to_the_end = absolute - first_ebr + sectors == 0xffffffff;
      out.push_back({.name = {},
                     .offset = absolute * 512,
                     .size = std::uint64_t{sectors} * 512,
                     .to_the_end = to_the_end});
    } else if (bytes[at + 4] == 0x05) {
      EXPECT_EQ(sectors, 0xffffffffU);
      const std::uint64_t next = first_ebr + start;
      DecodeMbrSector(flash, next, first_ebr == 0 ? next : first_ebr, out);
    } else {
      EXPECT_EQ(bytes[at + 4], 0) << "type of an empty entry";
    }
  }
}

}  // namespace

std::vector<std::uint8_t> ReadFlash(const VirtualFlash& flash, StorageArea area, std::uint64_t at,
                                    std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  flash.Read(area, at, bytes);
  return bytes;
}

std::vector<DecodedPartition> DecodeGpt(const VirtualFlash& flash) {
  const std::uint64_t disk = flash.SizeOf(StorageArea::kEmmcUser);
  const auto primary = ReadFlash(flash, StorageArea::kEmmcUser, 0, 34 * 512);
  const auto backup = ReadFlash(flash, StorageArea::kEmmcUser, disk - 33 * 512, 33 * 512);
  EXPECT_EQ(primary[0x1be + 4], 0xee);
  EXPECT_EQ(std::string(primary.begin() + 512, primary.begin() + 520), "EFI PART");
  EXPECT_EQ(std::string(backup.end() - 512, backup.end() - 504), "EFI PART");
  EXPECT_EQ(U64(primary, 512 + 32), disk / 512 - 1);
  EXPECT_TRUE(std::equal(backup.begin(), backup.end() - 512, primary.begin() + 1024));
  std::vector<DecodedPartition> out;
  for (std::size_t at = 1024; at < primary.size() && primary[at] != 0; at += 128) {
    DecodedPartition partition = {.name = {},
                                  .offset = U64(primary, at + 32) * 512,
                                  .size = (U64(primary, at + 40) + 1) * 512,
                                  .part = 8};
    partition.size -= partition.offset;
    for (std::size_t c = at + 56; c < at + 128 && primary[c] != 0; c += 2) {
      partition.name += static_cast<char>(primary[c]);
    }
    out.push_back(std::move(partition));
  }
  return out;
}

std::vector<DecodedPartition> DecodeMbrChain(const VirtualFlash& flash) {
  std::vector<DecodedPartition> out;
  DecodeMbrSector(flash, 0, 0, out);
  return out;
}

std::vector<DecodedPartition> DecodePmt(const std::vector<std::uint8_t>& table,
                                        std::size_t first_entry, std::size_t entry_size) {
  std::vector<DecodedPartition> out;
  for (std::size_t at = first_entry; at + entry_size <= table.size() && table[at] != 0;
       at += entry_size) {
    DecodedPartition partition;
    for (std::size_t c = at; c < at + 64 && table[c] != 0; ++c) {
      partition.name += static_cast<char>(table[c]);
    }
    const std::size_t numbers = at + 64;
    if (entry_size == 0x4c) {
      partition.size = U32(table, numbers);
      partition.offset = U32(table, numbers + 4);
    } else {
      partition.size = U64(table, numbers);
      if (entry_size == 0x60) partition.part = U64(table, numbers + 8);
      partition.offset = U64(table, numbers + entry_size - 64 - 16);
    }
    out.push_back(std::move(partition));
  }
  return out;
}

}  // namespace mtkrig::emulator
