#pragma once

// A chart of latencies, as an SVG file that needs nothing else.

#include <string>
#include <string_view>

#include "traces/decode/trace_statistics.h"

namespace mtkrig::traces {

// Bars of the latencies of a whole session, each divided by layer, with median and 99th percentile.
// `title` stands above; it may be any text.
std::string LatencySvg(const TraceStatistics& statistics, std::string_view title);

}  // namespace mtkrig::traces
