#pragma once

// The seeded pattern that fills whatever a profile leaves unsaid: 64-bit offsets, any of them
// computable on its own, at about the speed of memcpy.
//
// A pattern is a row of blocks of 4 KiB. Each begins with a 16-byte stamp made from its number by a
// bijection, so that no two blocks of one pattern are equal; the rest is cut from one shared tile
// of pseudo-random bytes, at a place that depends on seed and number. A read from a wrong block, or
// from a wrong place in the right one, therefore shows.
//
// Sums need no second pass: the tile carries its running sums.

#include <cstdint>
#include <span>
#include <vector>

#include "emulator/virtual_flash.h"

namespace mtkrig::emulator {

// A bijection of 64-bit numbers that mixes well (the finaliser of splitmix64). Also the source of
// every pseudo-random byte in this folder.
constexpr std::uint64_t MixBits(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

class SeededPattern final : public FlashContent {
 public:
  explicit SeededPattern(std::uint64_t seed) : seed_(MixBits(seed)) {}

  void Read(std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::uint16_t ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const override;

 private:
  std::uint64_t seed_;
};

// `size` bytes of the pattern of `seed`, from its start.
std::vector<std::uint8_t> PatternBytes(std::uint64_t seed, std::size_t size);

}  // namespace mtkrig::emulator
