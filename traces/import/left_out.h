#pragma once

// Where people cut a log they write that they did, in a line of its own: "...", "[...]", "<snip>",
// "--- cut ---", "-- 8< --", "(many more lines)", "[... 300 lines removed ...]".

#include <string_view>

namespace mtkrig::traces {

// Whether `line`, which has been through CleanLine(), says that lines were left out where it
// stands. Not: the row of points that mtkclient prints while it waits for the phone (eleven),
// progress bars, rules of Markdown, the call marks of MediaTek's tools (-->[C1]), and what a pager
// left behind (--More--).
bool SaysLeftOut(std::string_view line);

}  // namespace mtkrig::traces
