#include "tests/traces/replay/trace_script.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace mtkrig::traces::test {
namespace {

[[noreturn]] void Die(std::string_view what) {
  std::fprintf(stderr, "test recording: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

std::uint64_t Number(const std::string& text, int base) {
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc()) {
    Die(text);
  }
  return value;
}

void ReadBytes(std::istringstream& words, Event& event) {
  std::string word;
  while (words >> word) {
    if (word == "cut") {
      words >> word;
      event.length = Number(word, 10);
      continue;
    }
    if (word == "??") {
      event.any.push_back({.offset = event.bytes.size(), .length = 1});
      word = "00";
    }
    const Bytes bytes = FromHex(word);
    event.bytes.insert(event.bytes.end(), bytes.begin(), bytes.end());
  }
  if (event.length < event.bytes.size()) event.length = event.bytes.size();
}

void ReadFailure(std::istringstream& words, Event& event) {
  std::string word;
  words >> word;
  event.direction = word == ">" ? Direction::kToPhone : Direction::kToHost;
  words >> word;
  event.kind = EventKind::kFailure;
  for (const Failure failure : {Failure::kTimeout, Failure::kStall, Failure::kDisconnected,
                                Failure::kCancelled, Failure::kLine}) {
    if (FailureName(failure) == word) event.failure = failure;
  }
  if (event.failure == Failure::kTimeout && words >> word) {
    event.latency = std::chrono::milliseconds(Number(word, 10));
  }
  ReadBytes(words, event);
}

}  // namespace

Bytes FromHex(std::string_view hex) {
  Bytes bytes;
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(Number(digits.substr(i, 2), 16)));
  }
  return bytes;
}

std::vector<Event> Events(std::string_view script) {
  std::vector<Event> events;
  std::istringstream lines{std::string(script)};
  Duration time{};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string sign;
    if (!(words >> sign)) continue;
    std::string rest;
    Event event;
    if (sign == "=") {
      words >> rest;
      time += std::chrono::milliseconds(Number(rest, 10));
      continue;
    }
    if (sign == ">" || sign == "<") {
      event.direction = sign == ">" ? Direction::kToPhone : Direction::kToHost;
      ReadBytes(words, event);
    } else if (sign == "!") {
      ReadFailure(words, event);
    } else if (sign == "+") {
      event.kind = EventKind::kAttached;
      if (words >> rest) {
        event.usb_id = protocol::UsbId{static_cast<std::uint16_t>(Number(rest.substr(0, 4), 16)),
                                       static_cast<std::uint16_t>(Number(rest.substr(5), 16))};
      }
    } else if (sign == "-") {
      event.kind = EventKind::kDetached;
    } else if (sign == "@" || sign == "~") {
      std::getline(words >> std::ws, rest);
      event = TextEvent(sign == "@" ? EventKind::kPhase : EventKind::kGap, rest);
    } else {
      Die(line);
    }
    event.time = time;
    events.push_back(std::move(event));
  }
  return events;
}

std::unique_ptr<TraceReader> Reader(std::vector<Event> events) {
  return std::make_unique<MemoryTraceReader>(std::move(events));
}

std::unique_ptr<ReplayTransport> OpenReplay(std::vector<Event> events, ReplayOptions options) {
  auto replay = ReplayTransport::Open(Reader(std::move(events)), std::move(options));
  if (!replay) Die(replay.error().Describe());
  return *std::move(replay);
}

namespace {

std::string Describe(const Error& error) {
  return fmt::format("{}: {}", ErrorCodeName(error.code()), error.Describe());
}

}  // namespace

std::string Write(protocol::Transport& line, std::string_view hex) {
  const auto written = line.Write(FromHex(hex), std::chrono::seconds(1));
  return written ? "ok" : Describe(written.error());
}

std::string Read(protocol::Transport& line, std::size_t count, Duration timeout) {
  Bytes bytes(count);
  const auto read = line.ReadExact(bytes, timeout);
  return read ? protocol::ToHex(bytes) : Describe(read.error());
}

std::string ReadSome(protocol::Transport& line, std::size_t most, Duration timeout) {
  Bytes bytes(most);
  const auto count = line.ReadSome(bytes, timeout);
  return count ? protocol::ToHex(ByteSpan(bytes).first(*count)) : Describe(count.error());
}

Bytes Counting(std::size_t count, std::uint8_t first) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::uint8_t>(first + i + i / 251 * 7);
  }
  return bytes;
}

}  // namespace mtkrig::traces::test
