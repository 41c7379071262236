#pragma once

// A second reading of the tables in an emulated flash, written for the tests alone: it knows
// nothing of the builders, and asserts what it meets.

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/virtual_flash.h"

namespace mtkrig::emulator {

struct DecodedPartition {
  std::string name;  // empty in an MBR
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t part = 0;
  bool to_the_end = false;
};

std::vector<std::uint8_t> ReadFlash(const VirtualFlash& flash, StorageArea area, std::uint64_t at,
                                    std::size_t size);

// Each fails the running test, and returns what it has, when the table is not what it must be.
std::vector<DecodedPartition> DecodeGpt(const VirtualFlash& flash);
std::vector<DecodedPartition> DecodeMbrChain(const VirtualFlash& flash);
// A PMT of `table_size` bytes whose entries of `entry_size` bytes begin at `first_entry`.
std::vector<DecodedPartition> DecodePmt(const std::vector<std::uint8_t>& table,
                                        std::size_t first_entry, std::size_t entry_size);

}  // namespace mtkrig::emulator
