#pragma once

// Debug logs of other tools as traces: which tool wrote a log, and its reader. traces/README.md
// says what is taken from each, and what is told as missing.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/formats/byte_source.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

enum class LogFormat : std::uint8_t { kMtkclient, kMtkDump, kSpftReplay, kFlashTool, kStrace };

// As users name them: "mtkclient", "mtk_dump", "spft-replay", "flash-tool", "strace".
std::string_view LogFormatName(LogFormat format);
std::optional<LogFormat> FindLogFormat(std::string_view name);
std::vector<std::string> LogFormatNames();

// The tool that wrote the log, by the lines of its first 12 MiB; nothing if none of them is of a
// log. kInvalidArgument if lines of several tools are there and none clearly outnumbers the others.
Result<std::optional<LogFormat>> RecognizeLog(const Content& content);

// `port` is of strace: the serial port's path or its descriptor. kInvalidInput, with what was
// looked for, if the log has no transfer.
Result<std::unique_ptr<TraceReader>> OpenLog(const Content& content, LogFormat format,
                                             const std::string& port);

}  // namespace mtkrig::traces
