#include "traces/import/strace_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "traces/import/log_lines.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kMaxPorts = 1024;
constexpr std::size_t kMaxListed = 8;
constexpr int kLastStandardFile = 2;  // the program's input, output and errors
constexpr std::uint8_t kFirstOfHandshake = 0xa0;

struct Seen {
  StracePort port;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  bool handshake = false;
  std::uint64_t line = 0;  // the first

  std::string Describe() const {
    return fmt::format("{} ({} reads, {} writes, from line {})",
                       port.path.empty() ? fmt::format("{}", port.file) : port.path, reads, writes,
                       line);
  }
};

using Ports = std::map<std::pair<std::string, int>, Seen>;

void Count(const StraceTransfer& transfer, std::uint64_t line, Ports& ports) {
  if (transfer.bytes.empty()) return;
  const bool known = !transfer.path.empty();
  const std::pair<std::string, int> key = {transfer.path, known ? -1 : transfer.file};
  if (ports.size() >= kMaxPorts && ports.count(key) == 0) return;
  Seen& seen = ports[key];
  const bool writes = transfer.direction == Direction::kToPhone;
  const bool first = seen.reads + seen.writes == 0;
  if (first) {
    seen.port = {.path = transfer.path, .file = key.second};
    seen.line = line;
    const std::string start(transfer.bytes.begin(), transfer.bytes.end());
    seen.handshake = writes ? transfer.bytes[0] == kFirstOfHandshake : StartsWith(start, "READY");
  }
  ++(writes ? seen.writes : seen.reads);
}

Result<Ports> Survey(const Content& content, std::uint64_t& usb_calls) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  LogLines lines(std::move(source));
  StraceCalls calls;
  StraceFiles files;
  Ports ports;
  LogLine line;
  while (true) {
    TRY_ASSIGN(const bool more, lines.Next(line));
    if (!more) return ports;
    CleanStraceLine(line.text);
    const auto call = calls.Take(line.text);
    if (!call.has_value()) continue;
    if (call->name == "ioctl" && Contains(call->rest, "USBDEVFS_")) ++usb_calls;
    files.Follow(*call);
    if (const auto transfer = files.Transfer(*call); transfer)
      Count(*transfer, line.at.line, ports);
  }
}

Error Ambiguous(const Content& content, const std::vector<Seen>& candidates) {
  std::string list;
  for (std::size_t i = 0; i < std::min(candidates.size(), kMaxListed); ++i) {
    list += (i == 0 ? "" : ", ") + candidates[i].Describe();
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("several files of {} could be the phone: {}", content.name(), list))
      .WithHint("name one with --from, by its path or descriptor");
}

std::optional<StracePort> Only(const std::vector<Seen>& candidates) {
  if (candidates.size() == 1) return candidates[0].port;
  std::optional<StracePort> chosen;
  for (const Seen& seen : candidates) {
    if (!seen.handshake) continue;
    if (chosen.has_value()) return std::nullopt;
    chosen = seen.port;
  }
  return chosen;
}

}  // namespace

Result<StracePort> ChooseStracePort(const Content& content, const std::string& wanted) {
  if (!wanted.empty()) {
    std::string_view digits = wanted;
    const auto file = TakeDecimal(digits);
    constexpr std::uint64_t kMaxFile = 1'000'000;
    if (file && digits.empty() && *file <= kMaxFile) {
      return StracePort{.path = {}, .file = static_cast<int>(*file)};
    }
    return StracePort{.path = wanted};
  }
  std::uint64_t usb_calls = 0;
  TRY_ASSIGN(const Ports ports, Survey(content, usb_calls));
  std::vector<Seen> serial;
  std::vector<Seen> unknown;
  for (const auto& [key, seen] : ports) {
    if (IsSerialPort(seen.port.path)) serial.push_back(seen);
    if (seen.port.path.empty() && seen.port.file > kLastStandardFile) unknown.push_back(seen);
  }
  const std::vector<Seen>& candidates = serial.empty() ? unknown : serial;
  if (const auto only = Only(candidates); only.has_value()) return *only;
  if (!candidates.empty()) return Ambiguous(content, candidates);
  Error error(
      ErrorCode::kInvalidInput,
      fmt::format("no read or write of a serial port with data stands in {}", content.name()));
  if (usb_calls > 0) {
    error.WithHint("strace does not show the data of USB devices; capture with tcpdump -i usbmonN");
  } else {
    error.WithHint("use strace -f -xx -s 65536 -e trace=read,write,openat,close");
  }
  return error;
}

}  // namespace mtkrig::traces
