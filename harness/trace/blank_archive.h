#pragma once

// An archive of agents made of zeros, for the replay of a recording whose agents were left out.

#include <cstdint>
#include <vector>

#include "harness/base.h"
#include "traces/redact/redactor.h"

namespace mtkrig::harness {

// Zeros in the shape of the agents that were sent: what the host of a replay sends.
Result<std::vector<std::uint8_t>> BlankArchive(const traces::RedactReport& report);

}  // namespace mtkrig::harness
