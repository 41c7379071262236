#pragma once

// Steps as people read them.

#include <string>
#include <vector>

#include "traces/decode/step.h"

namespace mtkrig::traces {

// What a line says of a step behind its layer and name: the fields that matter, and of content how
// much there was and how fast it went. Statuses of success and packet lengths are left out, unless
// `everything`. Fields are two spaces apart.
std::string StepSummary(const Step& step, bool everything = false);
// "READ  storage eMMC  address 0x0", and behind that " -- refused: ..." where something was wrong.
std::string StepLine(const Step& step);

// The bytes that were kept, 16 on a line: "> d7 00 20 00 00", "< 5a", "< 00 11 22 ... 1048576 in
// all".
std::vector<std::string> ExcerptLines(const Step& step);

// "850 ns", "12.3 us", "4.5 ms", "2.0 s".
std::string DurationText(Duration duration);
// "512 B", "6.0 MiB".
std::string ByteCountText(std::uint64_t bytes);
// "45.1 MB/s"; empty where no time passed.
std::string RateText(std::uint64_t bytes, Duration duration);

}  // namespace mtkrig::traces
