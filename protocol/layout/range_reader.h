#pragma once

// How the parsers of this folder reach flash: a function that reads a range of one region, whatever
// stands behind it.

#include <cstdint>
#include <functional>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::protocol {

// Returns exactly `length` bytes from `offset` on, or an error. A parser treats a shorter answer as
// kProtocol. Parsers ask for at most 1 MiB at a time.
using RangeReader =
    std::function<Result<std::vector<std::uint8_t>>(std::uint64_t offset, std::uint64_t length)>;

// Calls the reader and checks what it hands back.
Result<std::vector<std::uint8_t>> ReadChecked(const RangeReader& reader, std::uint64_t offset,
                                              std::uint64_t length);

}  // namespace mtkrig::protocol
