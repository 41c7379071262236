#pragma once

// What real phones were seen to do, beyond what brom.h has: one status and two registers. Sources
// by letter as there.

#include <array>
#include <cstdint>

namespace mtkrig::protocol::brom {

// What preloaders answer to an agent whose signature is wrong, where a boot ROM has 7017 (logs of M
// with MT6833, MT6855, MT6877 and MT6893).
inline constexpr std::uint16_t kStatusDaaVerifyFailed = 0x7024;

// Control registers of clocks, by chip. A write counts only with this key in bits 8 to 15, and the
// key does not read back: 430e, then 000e (S).
inline constexpr std::uint8_t kClockKey = 0x43;
inline constexpr std::array<std::uint32_t, 2> kClockRegisters = {
    0x70014000,  // MT6573
    0xc1003000,  // MT6575, MT6577
};

}  // namespace mtkrig::protocol::brom
