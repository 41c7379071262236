#include "traces/formats/open_trace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "traces/formats/capture_reader.h"
#include "traces/formats/content_name.h"
#include "traces/formats/input_buffer.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/pcapng_writer.h"
#include "traces/formats/trace_output.h"
#include "traces/formats/wire_content.h"
#include "traces/formats/wire_reader.h"
#include "traces/formats/wire_writer.h"
#include "traces/import/open_log.h"

namespace mtkrig::traces {
namespace {

// What stands in front of the first line that tells: a licence, a report.
constexpr std::size_t kHeadBytes = std::size_t{64} << 10;
constexpr std::string_view kCapture = "capture";
constexpr std::string_view kWire = "wire";

bool TakeSuffix(std::string_view& name, std::string_view suffix) {
  if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix) {
    return false;
  }
  name.remove_suffix(suffix.size());
  return true;
}

Result<std::unique_ptr<TraceReader>> OpenAs(const Content& content, const OpenOptions& options) {
  if (options.format == kCapture) return OpenCapture(content, options.device);
  if (options.format == kWire) return OpenWire(content);
  if (const auto log = FindLogFormat(options.format); log.has_value()) {
    return OpenLog(content, *log, options.device);
  }
  return Error(ErrorCode::kInvalidArgument, fmt::format("no format is named {}", options.format))
      .WithHint(fmt::format("the formats are {}", fmt::join(FormatNames(), ", ")));
}

std::string WhatIsTaken() {
  return fmt::format(
      "traces are pcapng and pcap of usbmon, .wire text, and logs of {} with the bytes of "
      "transfers, each also compressed by zstd",
      fmt::join(LogFormatNames(), ", "));
}

Error NoTrace(const Content& content, ByteSpan head) {
  const std::string hint = IsOtherCompression(head)
                               ? "unpack it first: of compressed traces those of zstd are read"
                               : WhatIsTaken();
  return Error(ErrorCode::kInvalidInput,
               fmt::format("{} is no trace but {}: neither pcapng, nor pcap, nor .wire text, nor a "
                           "log of {} with the bytes of a transfer",
                           content.name(), NameOfContent(head), fmt::join(LogFormatNames(), ", ")))
      .WithHint(hint);
}

// Of a compressed file of which so little is there that nothing comes out of it.
Result<std::unique_ptr<TraceReader>> EndsEarly(const Content& packed) {
  TRY_ASSIGN(const std::unique_ptr<ByteSource> source, packed.Open());
  std::vector<std::uint8_t> buffer(kHeadBytes);
  std::uint64_t size = 0;
  while (true) {
    TRY_ASSIGN(const std::size_t count, source->Read(buffer));
    if (count == 0) break;
    size += count;
  }
  return Error(
             ErrorCode::kInvalidInput,
             fmt::format("{}: the compressed data ends early, behind {} bytes, and nothing can be "
                         "read of it",
                         packed.name(), size))
      .AtOffset(size)
      .WithHint("the file was cut, or is still being written: take it whole");
}

// As .wire text. Where already the first line is none, it may be a log that was not recognized.
Result<std::unique_ptr<TraceReader>> OpenAsWire(const Content& content, ByteSpan head) {
  Result<std::unique_ptr<TraceReader>> reader = OpenWire(content);
  if (reader || !reader.error().hint().empty()) return reader;
  const auto blank = [](std::uint8_t byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
  };
  const auto first = std::find_if_not(head.begin(), head.end(), blank);
  const auto offset = static_cast<std::uint64_t>(first - head.begin());
  if (!reader.error().offset().has_value() || *reader.error().offset() > offset) return reader;
  return Error(reader.error())
      .WithHint(fmt::format("if it is a log of another tool, name the tool, as in `mtkrig trace "
                            "convert --format mtkclient`; there are {}",
                            fmt::join(LogFormatNames(), ", ")));
}

}  // namespace

std::vector<std::string> FormatNames() {
  std::vector<std::string> names = {std::string(kCapture), std::string(kWire)};
  for (std::string& name : LogFormatNames()) names.push_back(std::move(name));
  return names;
}

Result<std::unique_ptr<TraceReader>> OpenTraceContent(std::shared_ptr<const Content> content,
                                                      const OpenOptions& options) {
  const std::shared_ptr<const Content> packed = content;
  TRY_ASSIGN(content, Decompressed(std::move(content)));
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content->Open());
  InputBuffer input(std::move(source));
  TRY_ASSIGN(const ByteSpan all, input.Peek(kHeadBytes));
  const ByteSpan head = all.first(std::min(all.size(), kHeadBytes));
  if (head.empty() && input.cut_short()) return EndsEarly(*packed);
  if (!options.format.empty()) return OpenAs(*content, options);
  if (LooksLikePcapng(head) || LooksLikePcap(head)) return OpenCapture(*content, options.device);
  if (head.empty()) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is empty: 0 bytes", content->name()))
        .WithHint(WhatIsTaken());
  }
  // Logs may begin as .wire text does: with a heading, a time in brackets, a quotation.
  const bool wire = LooksLikeWire(head);
  if (wire && HasWireLines(head, all.size() < kHeadBytes)) return OpenAsWire(*content, head);
  TRY_ASSIGN(const std::optional<LogFormat> log, RecognizeLog(*content));
  if (log.has_value()) return OpenLog(*content, *log, options.device);
  if (wire) return OpenAsWire(*content, head);
  return NoTrace(*content, head);
}

Result<std::unique_ptr<TraceReader>> OpenTrace(const std::string& path,
                                               const OpenOptions& options) {
  TRY_ASSIGN(std::shared_ptr<const Content> content, OpenFileContent(path));
  return OpenTraceContent(std::move(content), options);
}

Result<std::unique_ptr<TraceWriter>> CreateTrace(const std::string& path,
                                                 const CreateOptions& options) {
  std::string_view name = path;
  name.remove_prefix(name.rfind('/') + 1);
  const bool compressed = TakeSuffix(name, ".zst");
  const bool wire = TakeSuffix(name, ".wire");
  if (!wire && !TakeSuffix(name, ".pcapng")) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("the name of {} does not say what to write", path))
        .WithHint("end it in .pcapng or .wire, or in either with .zst behind");
  }
  TRY_ASSIGN(std::unique_ptr<TraceOutput> output,
             CreateFileOutput(path, {.overwrite = options.overwrite, .compressed = compressed}));
  auto writer = wire ? WireWriter::Create(std::move(output), options.facts)
                     : PcapngWriter::Create(std::move(output), options.facts);
  // Without its head it is no trace, and would only keep the next one from its name.
  if (!writer) ::unlink(path.c_str());
  return writer;
}

}  // namespace mtkrig::traces
