#pragma once

// Which phone a recording is of, as far as it tells.

#include <optional>
#include <string>

#include "traces/model/event.h"
#include "traces/redact/redactor.h"

namespace mtkrig::harness {

// The shipped phone that answers the same to GET_HW_CODE, as a moniker, or nothing.
std::optional<std::string> PhoneLike(const traces::SessionFacts& facts,
                                     const traces::RedactReport& report);

// "MT6580", or what else is known of it.
std::string ChipOf(const traces::SessionFacts& facts, const traces::RedactReport& report);

}  // namespace mtkrig::harness
