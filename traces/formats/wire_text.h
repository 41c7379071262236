#pragma once

// Words of the .wire format: numbers, durations, points in time. traces/README.md has the grammar.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/clock.h"

namespace mtkrig::traces {

// "120.5us": exact, in the largest unit that is not above the duration.
std::string FormatDuration(protocol::Duration duration);
// A decimal number and ns, us, ms or s; not finer than nanoseconds, no sign.
std::optional<protocol::Duration> ParseDuration(std::string_view text);

// "2024-05-01T12:00:00.123456789Z", with as many digits after the point as there are. `time` is
// counted from the epoch.
std::string FormatPointInTime(protocol::Duration time);
std::optional<protocol::Duration> ParsePointInTime(std::string_view text);

// Decimal, or hexadecimal behind 0x.
std::optional<std::uint64_t> ParseNumber(std::string_view text);

// Text as it stands behind a keyword: bare if it reads back as it is, otherwise in quotes, escaped.
std::string FormatText(std::string_view text);
// Nothing for quotes that do not close, and for unknown escapes.
std::optional<std::string> ParseText(std::string_view text);
// In quotes, always.
std::string Quote(std::string_view text);

// Without blanks and tabs at either end.
std::string_view Trim(std::string_view text);

}  // namespace mtkrig::traces
