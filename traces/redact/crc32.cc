#include "traces/redact/crc32.h"

#include <array>

namespace mtkrig::traces {
namespace {

constexpr std::uint32_t kPolynomial = 0xedb88320;

constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1U) != 0 ? kPolynomial : 0U);
    }
    table[byte] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = MakeTable();

}  // namespace

std::uint32_t Crc32(protocol::ByteSpan data) {
  std::uint32_t value = 0xffffffff;
  for (const std::uint8_t byte : data) value = (value >> 8) ^ kTable[(value ^ byte) & 0xff];
  return ~value;
}

}  // namespace mtkrig::traces
