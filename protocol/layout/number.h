#pragma once

// Numbers as people type them. A wrong guess of the base reads another part of the flash without
// any sign of it, so a number that has two readings is refused, and both are spelled out.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

// In bytes. Understood are
//   0xF88000, 0Xf88000, 0x0000F88000      hexadecimal, in either case, with any leading zeros
//   F88000, 0000F88000, 0f88000h          hexadecimal, since it has a letter
//   00988000                              hexadecimal: padded with zeros to eight digits or more,
//                                         as other tools print addresses
//   6M, 10 MiB, 512K, 4GB, 1 EiB, 0x10M   with a unit, each 1024 times the one before
//   512 bytes                             decimal
//   0 to 9                                the same in both bases
// What else has two readings is refused with both (kInvalidArgument): digits alone, 1e3 (a power of
// ten), 16E, 16EB and 512B (units), 0b11 (binary). So is a value of more than 64 bits.
Result<std::uint64_t> ParseAddress(std::string_view text);
Result<std::uint64_t> ParseSize(std::string_view text);

// A number in a scatter file: hexadecimal, with 0x or without. MediaTek's flash library converts
// every address and size of such a file as hexadecimal, whatever it looks like, and a file that is
// passed around has worked with it.
struct FileNumber {
  std::uint64_t value = 0;
  // Set where a reader of YAML would take the digits for decimal, and get something else.
  std::optional<std::uint64_t> as_decimal;
};
// Empty when it is not a number or has more than 64 bits.
std::optional<FileNumber> ParseFileNumber(std::string_view text);
// Hexadecimal digits alone or after 0x.
std::optional<std::uint64_t> ParseHex(std::string_view text);

// "6 MiB", "1.5 GiB", "512 bytes".
std::string FormatSize(std::uint64_t bytes);
// "0xf88000".
std::string FormatHex(std::uint64_t value);

// --range REGION:START+LENGTH=FILE. REGION may be LINEAR: START then counts in the linear space of
// the scatter file in use.
struct RangeSpec {
  std::optional<FlashRegion> region;  // empty for LINEAR
  std::uint64_t start = 0;
  std::uint64_t length = 0;  // never 0
  std::string file_name;
};
// kInvalidArgument for anything else, and for a range that runs past 64 bits.
Result<RangeSpec> ParseRangeSpec(std::string_view text);

}  // namespace mtkrig::protocol
