#pragma once

// How mtkrig sets the line of a phone's CDC-ACM port. The rate means nothing over USB, but this is
// what every known host sends (M) and so what every phone has seen.

#include <array>
#include <cstdint>

#include "protocol/wire/usb.h"

namespace mtkrig::device {

// Class request, host to device, recipient interface.
inline constexpr std::uint8_t kClassRequestOut = protocol::usb::kTypeClass | 0x01;
// 921600 baud, one stop bit, no parity, 8 data bits.
inline constexpr std::array<std::uint8_t, protocol::usb::kLineCodingSize> kLineCoding = {
    0x00, 0x10, 0x0e, 0x00, 0x00, 0x00, 0x08};
inline constexpr std::uint16_t kLineState =
    protocol::usb::kControlLineDtr | protocol::usb::kControlLineRts;

}  // namespace mtkrig::device
