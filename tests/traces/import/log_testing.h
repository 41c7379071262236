#pragma once

// Reading logs in tests: text in, one line an event out.

#include <string>
#include <string_view>
#include <vector>

#include "tests/traces/formats/trace_testing.h"

namespace mtkrig::traces {

struct LogOptions {
  std::string format = {};
  std::string device = {};
};

inline ReadTrace ReadLog(std::string_view text, const LogOptions& options = {}) {
  return ReadAll(OpenTraceContent(MemoryContent(FromText(text), "log.txt"),
                                  {.device = options.device, .format = options.format}));
}

// Without comments, which say nothing of the line.
inline std::vector<std::string> Transfers(const ReadTrace& trace) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    if (trace.events[i].kind != EventKind::kComment) lines.push_back(trace.lines[i]);
  }
  return lines;
}

inline std::vector<std::string> Transfers(std::string_view text, const LogOptions& options = {}) {
  const ReadTrace trace = ReadLog(text, options);
  EXPECT_EQ(trace.error, "");
  return Transfers(trace);
}

}  // namespace mtkrig::traces
