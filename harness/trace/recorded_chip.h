#pragma once

// Which phone a recording is of, as far as it tells.

#include <optional>
#include <string>

#include "traces/model/event.h"
#include "traces/redact/redactor.h"

namespace mtkrig::harness {

// The shipped phone that the recording's moniker names ("emulator:mt6577", or "usbip:mt6577" of a
// served one), or that answers the same to GET_HW_CODE; of several the one that answers most of
// GET_HW_SW_VER the same, the first of those by name. As a moniker, or nothing.
std::optional<std::string> PhoneLike(const traces::SessionFacts& facts,
                                     const traces::RedactReport& report);

// "MT6580", or what else is known of it. By its sub code where several chips have one hardware
// code, and by the moniker.
std::string ChipOf(const traces::SessionFacts& facts, const traces::RedactReport& report);

}  // namespace mtkrig::harness
