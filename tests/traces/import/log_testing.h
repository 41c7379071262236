#pragma once

// Reading logs in tests: text in, one line an event out.

#include <gtest/gtest.h>

#include <algorithm>
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

// Breaks `line` at every place, and joins it with the line below: what is read must be the same, or
// there must be a gap. `before` and `after` make the log recognizable.
inline void ExpectNothingLostInSilence(const std::string& before, const std::string& line,
                                       const std::string& after, const LogOptions& options) {
  const auto read = [&](const std::string& text) {
    return Transfers(before + text + after, options);
  };
  const std::vector<std::string> whole = read(line + "\n");
  const auto check = [&](const std::string& text) {
    const std::vector<std::string> lines = read(text);
    const bool gap = std::any_of(lines.begin(), lines.end(),
                                 [](const std::string& one) { return one.rfind("gap", 0) == 0; });
    EXPECT_TRUE(gap || lines == whole) << text;
  };
  for (std::size_t at = 1; at < line.size(); ++at) {
    check(line.substr(0, at) + "\n" + line.substr(at) + "\n");
  }
  check(line);
}

}  // namespace mtkrig::traces
