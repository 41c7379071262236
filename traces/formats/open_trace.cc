#include "traces/formats/open_trace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

// What is looked at of a file, and of what stands behind the comments in front.
constexpr std::size_t kHeadBytes = std::size_t{64} << 10;
// Comments are passed over as far as that takes no time.
constexpr std::uint64_t kMaxComments = std::uint64_t{8} << 20;
constexpr std::string_view kCapture = "capture";
constexpr std::string_view kWire = "wire";

bool TakeSuffix(std::string_view& name, std::string_view suffix) {
  if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix) {
    return false;
  }
  name.remove_suffix(suffix.size());
  return true;
}

// A device that was named, and passed over in silence, would be taken for the one that is shown.
Result<std::unique_ptr<TraceReader>> OpenWireText(const Content& content,
                                                  const OpenOptions& options) {
  Result<std::unique_ptr<TraceReader>> reader = OpenWire(content);
  if (!reader || options.device.empty()) return reader;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} is a .wire recording, which has one device: '{}' cannot be chosen",
                           content.name(), options.device))
      .WithHint(
          "leave --from out: it is of captures, which may have several devices, and of "
          "strace logs");
}

Result<std::unique_ptr<TraceReader>> OpenAs(const Content& content, const OpenOptions& options) {
  if (options.format == kCapture) return OpenCapture(content, options.device);
  if (options.format == kWire) return OpenWireText(content, options);
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

// Takes blank lines and comments, which logs and .wire text may have alike, from the front of a
// file: up to the first line that tells what it is, or to the end. False where there are more of
// them than are passed over.
Result<bool> PassComments(InputBuffer& input) {
  constexpr std::array<std::uint8_t, 3> kByteOrderMark = {0xef, 0xbb, 0xbf};
  bool in_comment = false;
  while (input.offset() < kMaxComments) {
    TRY_ASSIGN(const ByteSpan all, input.Peek(kHeadBytes));
    if (all.empty()) return true;
    const ByteSpan head = all.first(std::min(all.size(), kHeadBytes));
    const bool marked = input.offset() == 0 && head.size() >= kByteOrderMark.size() &&
                        std::equal(kByteOrderMark.begin(), kByteOrderMark.end(), head.begin());
    std::size_t line = 0;
    for (std::size_t at = marked ? kByteOrderMark.size() : 0; at < head.size(); ++at) {
      const std::uint8_t byte = head[at];
      if (byte == '\n') {
        in_comment = false;
        line = at + 1;
      } else if (byte == '#') {
        in_comment = true;
      } else if (!in_comment && byte != ' ' && byte != '\t' && byte != '\r') {
        input.Skip(line);
        return true;
      }
    }
    // An indentation belongs to what stands behind it.
    input.Skip(in_comment || line == 0 ? head.size() : line);
  }
  return false;
}

// As .wire text. Where already the line at `first` is none, the first that is neither blank nor a
// comment, it may be a log that was not recognized.
Result<std::unique_ptr<TraceReader>> OpenAsWire(const Content& content, std::uint64_t first,
                                                const OpenOptions& options) {
  Result<std::unique_ptr<TraceReader>> reader = OpenWireText(content, options);
  if (reader || !reader.error().hint().empty()) return reader;
  if (!reader.error().offset().has_value() || *reader.error().offset() > first) return reader;
  return Error(reader.error())
      .WithHint(fmt::format("if it is a log of another tool, name the tool, as in `mtkrig trace "
                            "convert --format mtkclient`; there are {}",
                            fmt::join(LogFormatNames(), ", ")));
}

// Text that .wire text may begin with, and `input` stands in front of it. Logs may begin so, too:
// with a heading, a time in brackets, a quotation.
Result<std::unique_ptr<TraceReader>> OpenText(const Content& content, InputBuffer& input,
                                              const OpenOptions& options) {
  TRY_ASSIGN(const bool passed, PassComments(input));
  const std::uint64_t first = input.offset();
  if (passed) {
    TRY_ASSIGN(const ByteSpan all, input.Peek(kHeadBytes));
    const ByteSpan head = all.first(std::min(all.size(), kHeadBytes));
    // Comments alone are .wire text.
    if (head.empty() || HasWireLines(head, all.size() < kHeadBytes)) {
      return OpenAsWire(content, first, options);
    }
  }
  TRY_ASSIGN(const std::optional<LogFormat> log, RecognizeLog(content));
  if (log.has_value()) return OpenLog(content, *log, options.device);
  return OpenAsWire(content, first, options);
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
  if (LooksLikeWire(head)) return OpenText(*content, input, options);
  TRY_ASSIGN(const std::optional<LogFormat> log, RecognizeLog(*content));
  if (log.has_value()) return OpenLog(*content, *log, options.device);
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
