#include "traces/formats/wire_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/base/bytes.h"
#include "traces/formats/event_checks.h"
#include "traces/formats/wire_text.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kBytesPerLine = 16;
// Equal bytes from this many on are written once, with their count.
constexpr std::size_t kShortestRun = 32;
constexpr std::size_t kShortestText = 4;
constexpr std::size_t kTextPerLine = 64;
constexpr std::string_view kNextLine = "\n ";
// Times from here on are counted from the epoch, and not from the start of a trace.
constexpr Duration kCalendarTimes = std::chrono::hours(24 * 365);

bool IsText(std::uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\r' || byte == '\t';
}

// Protocols send text with a zero behind, or none.
bool IsText(ByteSpan bytes) {
  if (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  return bytes.size() >= kShortestText &&
         std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return IsText(byte); });
}

// In pieces of one line of the file each; a line of the text ends a piece.
void PutText(std::string& out, ByteSpan bytes) {
  const std::string text(bytes.begin(), bytes.end());
  std::string_view rest = text;
  bool first = true;
  while (!rest.empty()) {
    std::size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
    if (length > kTextPerLine) length = std::min(kTextPerLine, rest.size());
    // The zero at the end would look lost on a line of its own.
    if (length + 1 == rest.size() && rest.back() == '\0') ++length;
    if (!first) out += kNextLine;
    out += ' ' + Quote(rest.substr(0, length));
    rest.remove_prefix(length);
    first = false;
  }
}

std::size_t RunAt(ByteSpan bytes) {
  std::size_t length = 1;
  while (length < bytes.size() && bytes[length] == bytes[0]) ++length;
  return length;
}

// Lines of bytes in hex.
class HexLines {
 public:
  explicit HexLines(std::string& out) : out_(&out) {}

  void Put(ByteSpan bytes) {
    while (!bytes.empty()) {
      const std::size_t run = RunAt(bytes);
      if (run >= kShortestRun) {
        Word(fmt::format("{:02x} x{}", bytes[0], run), 2);
      } else {
        for (std::size_t i = 0; i < run; ++i) Byte(bytes[0]);
      }
      bytes = bytes.subspan(run);
    }
  }
  void Any(std::uint64_t count) { Word(fmt::format("any {}", count), 2); }

 private:
  void Byte(std::uint8_t byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    Room(1);
    *out_ += kDigits[byte >> 4];
    *out_ += kDigits[byte & 0x0fU];
  }
  void Word(const std::string& word, std::size_t width) {
    Room(width);
    *out_ += word;
  }
  void Room(std::size_t width) {
    if (used_ + width > kBytesPerLine) {
      *out_ += kNextLine;
      used_ = 0;
    }
    *out_ += ' ';
    used_ += width;
  }

  std::string* out_;
  std::size_t used_ = 0;
};

void PutData(std::string& out, const Event& event) {
  const ByteSpan bytes = event.bytes;
  if (event.any.empty() && IsText(bytes)) return PutText(out, bytes);
  HexLines lines(out);
  std::uint64_t at = 0;
  for (const ByteRange& range : event.any) {
    lines.Put(bytes.subspan(at, range.offset - at));
    lines.Any(range.length);
    at = range.offset + range.length;
  }
  lines.Put(bytes.subspan(at));
}

std::string Transfer(const Event& event) {
  const bool bulk = event.kind == EventKind::kBytes || event.kind == EventKind::kFailure;
  const bool failed = event.kind == EventKind::kFailure || event.failed;
  std::string out = event.direction == Direction::kToPhone ? ">" : "<";
  const bool usual_endpoint = event.endpoint == 0 || (bulk && event.endpoint == 1);
  if (!usual_endpoint) out += fmt::format(" ep{}", event.endpoint);
  if (event.kind == EventKind::kOther) out += " other";
  if (event.kind == EventKind::kControl) {
    const std::string setup = event.setup.empty() ? "unknown" : protocol::ToHex(event.setup);
    out += fmt::format(" setup {}", setup);
    if (event.length > 0) out += " data";
  }
  PutData(out, event);
  if (event.cut()) {
    out += fmt::format(" ... {}", event.length);
    if (!event.digest.empty()) {
      const bool named = event.digest.find(':') != std::string::npos;
      out += fmt::format("{} {}{}", kNextLine, named ? "" : "sha256:", event.digest);
    }
  }
  if (failed) out += fmt::format(" ! {}", FailureName(event.failure));
  if (event.kind == EventKind::kBytes && event.length == 0) out += " empty";
  return out;
}

std::string Comment(const std::string& text) {
  // FormatText leaves bare what one line can hold.
  const bool bare = !text.empty() && FormatText(text) == text;
  return bare ? "# " + text : "@ comment " + FormatText(text);
}

std::string Attach(const Event& event) {
  if (!event.usb_id.has_value()) return "@ attach";
  return fmt::format("@ attach {:04x}:{:04x}", event.usb_id->vendor, event.usb_id->product);
}

std::string Line(const Event& event) {
  switch (event.kind) {
    case EventKind::kAttached:
      return Attach(event);
    case EventKind::kDetached:
      return "@ detach";
    case EventKind::kPhase:
      return "@ phase " + FormatText(BoundedText(event.text));
    case EventKind::kGap:
      return "@ gap " + FormatText(BoundedText(event.text));
    case EventKind::kComment:
      return Comment(BoundedText(event.text));
    default:
      return Transfer(event);
  }
}

}  // namespace

Result<std::unique_ptr<TraceWriter>> WireWriter::Create(std::unique_ptr<TraceOutput> output,
                                                        const SessionFacts& facts) {
  std::unique_ptr<WireWriter> writer(new WireWriter(std::move(output)));
  std::string text = "@ wire 1\n";
  const auto add = [&](std::string_view keyword, const std::string& value) {
    if (!value.empty()) text += fmt::format("@ {} {}\n", keyword, FormatText(BoundedText(value)));
  };
  add("moniker", facts.moniker);
  add("chip", facts.chip);
  add("tool", facts.tool);
  add("seed", facts.seed);
  for (const std::string& comment : facts.comments) add("about", comment);
  TRY(writer->Write(text));
  TRY(writer->Flush());
  return std::unique_ptr<TraceWriter>(std::move(writer));
}

WireWriter::~WireWriter() {
  (void)output_->Flush();
}

Result<void> WireWriter::Add(const Event& event) {
  TRY(CheckEvent(event));
  std::string text;
  if (event.kind == EventKind::kPhase && !first_) text += '\n';
  if (first_ && event.time >= kCalendarTimes) {
    text += fmt::format("@ start {}\n", FormatPointInTime(event.time));
    last_time_ = event.time;
  }
  text += TimeOf(event) + Line(event) + '\n';
  first_ = false;
  return Write(text);
}

std::string WireWriter::TimeOf(const Event& event) {
  const Duration step = event.time - last_time_;
  const Duration latency = IsTransfer(event.kind) ? event.latency : Duration::zero();
  last_time_ = event.time;
  std::string text;
  if (step > Duration::zero()) text = "+" + FormatDuration(step);
  if (step < Duration::zero()) text = "-" + FormatDuration(-step);
  if (latency > Duration::zero()) {
    text += fmt::format("{}~{}", text.empty() ? "" : " ", FormatDuration(latency));
  }
  return text.empty() ? text : fmt::format("[{}] ", text);
}

Result<void> WireWriter::Write(const std::string& text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return output_->Append(bytes);
}

}  // namespace mtkrig::traces
