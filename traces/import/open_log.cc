#include "traces/import/open_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "traces/import/flash_tool_log.h"
#include "traces/import/hexdump_log.h"
#include "traces/import/mtkclient_line.h"
#include "traces/import/mtkclient_log.h"
#include "traces/import/mtkclient_survey.h"
#include "traces/import/replay_log.h"
#include "traces/import/strace_log.h"

namespace mtkrig::traces {
namespace {

// People write reports around logs, and tools much in front of the first transfer, which may be the
// longest line that there is.
constexpr std::uint64_t kLookedAt = kMaxLogLine + (std::uint64_t{4} << 20);
// Lines that tell a format: more of them change nothing.
constexpr std::uint64_t kEnough = 500;
// A report may quote a line of another tool. It is the log if it has so many times the lines.
constexpr std::uint64_t kClearly = 4;

struct Known {
  LogFormat format;
  std::string_view name;
  bool (*has_line)(std::string_view text);
};

constexpr std::array<Known, 5> kKnown = {{
    {LogFormat::kMtkclient, "mtkclient", IsMtkclientLine},
    {LogFormat::kMtkDump, "mtk_dump", IsHexdumpLine},
    {LogFormat::kSpftReplay, "spft-replay", IsReplayLine},
    {LogFormat::kFlashTool, "flash-tool", IsFlashToolLine},
    {LogFormat::kStrace, "strace", IsStraceLine},
}};

struct Vote {
  std::uint64_t lines = 0;
  std::uint64_t first = 0;  // line
};

Error Ambiguous(const Content& content, const std::array<Vote, kKnown.size()>& votes) {
  std::string list;
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    if (votes.at(i).lines == 0) continue;
    list += fmt::format("{}{} (line {})", list.empty() ? "" : ", ", kKnown.at(i).name,
                        votes.at(i).first);
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} has lines of logs of several tools: {}", content.name(), list))
      .WithHint("name one, as in `mtkrig trace convert --format mtkclient`, or cut the file");
}

// The beginning of a file that may be large, and have no line end in it.
class HeadSource final : public ByteSource {
 public:
  explicit HeadSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  Result<std::size_t> Read(std::span<std::uint8_t> buffer) override {
    const std::size_t most = std::min<std::uint64_t>(buffer.size(), left_);
    if (most == 0) return std::size_t{0};
    TRY_ASSIGN(const std::size_t count, source_->Read(buffer.first(most)));
    left_ -= count;
    return count;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::uint64_t left_ = kLookedAt;
};

}  // namespace

std::string_view LogFormatName(LogFormat format) {
  for (const Known& known : kKnown) {
    if (known.format == format) return known.name;
  }
  return "unknown";
}

std::optional<LogFormat> FindLogFormat(std::string_view name) {
  for (const Known& known : kKnown) {
    if (known.name == name) return known.format;
  }
  return std::nullopt;
}

std::vector<std::string> LogFormatNames() {
  std::vector<std::string> names;
  names.reserve(std::size(kKnown));
  for (const Known& known : kKnown) names.emplace_back(known.name);
  return names;
}

Result<std::optional<LogFormat>> RecognizeLog(const Content& content) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  LogLines lines(std::make_unique<HeadSource>(std::move(source)));
  std::array<Vote, kKnown.size()> votes{};
  std::uint64_t most = 0;
  LogLine line;
  while (most < kEnough) {
    TRY_ASSIGN(const bool more, lines.Next(line));
    if (!more) break;
    CleanLine(line.text, false);
    if (line.text.empty()) continue;
    std::string uncoloured = line.text;
    CleanLine(uncoloured);
    for (std::size_t i = 0; i < kKnown.size(); ++i) {
      const bool colours = kKnown.at(i).format == LogFormat::kMtkclient;
      if (!kKnown.at(i).has_line(colours ? uncoloured : line.text)) continue;
      Vote& vote = votes.at(i);
      if (vote.lines++ == 0) vote.first = line.at.line;
      most = std::max(most, vote.lines);
    }
  }
  std::optional<LogFormat> found;
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    if (votes.at(i).lines * kClearly <= most) continue;
    if (found.has_value()) return Ambiguous(content, votes);
    found = kKnown.at(i).format;
  }
  return found;
}

Result<std::unique_ptr<TraceReader>> OpenLog(const Content& content, LogFormat format,
                                             const std::string& port) {
  std::unique_ptr<LogImporter> reader;
  if (format == LogFormat::kStrace) {
    TRY_ASSIGN(reader, MakeStraceLog(content, port));
  } else if (format == LogFormat::kMtkclient) {
    TRY_ASSIGN(const std::size_t copies, CountMtkclientCopies(content));
    TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
    reader = MakeMtkclientLog(std::move(source), content.name(), copies);
  } else {
    TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
    switch (format) {
      case LogFormat::kMtkDump:
        reader = MakeHexdumpLog(std::move(source), content.name());
        break;
      case LogFormat::kSpftReplay:
        reader = MakeReplayLog(std::move(source), content.name());
        break;
      default:
        reader = MakeFlashToolLog(std::move(source), content.name());
        break;
    }
  }
  TRY(reader->ReadHead());
  return std::unique_ptr<TraceReader>(std::move(reader));
}

}  // namespace mtkrig::traces
