#pragma once

// The status words of boot ROM and preloader, in words.

#include <cstdint>
#include <string_view>

#include "protocol/base/error.h"

namespace mtkrig::protocol {

// 0x0000 to 0x00ff (M); MT6580 answers 0x0001 where MT6589 answers 0x0000 (S).
bool IsBromSuccess(std::uint16_t status);

struct BromStatusText {
  std::string_view name;     // "SLA_REQUIRED", or "UNKNOWN"
  std::string_view meaning;  // a clause: "the phone demands a signed challenge first"
};
BromStatusText DescribeBromStatus(std::uint16_t status);

// The error for a status above success: kSecured where the phone demands what only its vendor has,
// else kDeviceRefused. It carries the status and the operation.
Error BromStatusError(std::uint16_t status, std::string_view operation);

}  // namespace mtkrig::protocol
