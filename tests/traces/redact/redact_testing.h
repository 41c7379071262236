#pragma once

// Redaction of recordings in memory.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/traces/replay/trace_script.h"
#include "traces/redact/redactor.h"
#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces::test {

// A writer that puts its events where the test finds them.
class SharedWriter final : public TraceWriter {
 public:
  explicit SharedWriter(std::vector<Event>& events) : events_(events) {}
  Result<void> Add(const Event& event) override {
    events_.push_back(event);
    return protocol::Ok();
  }
  Result<void> Flush() override { return protocol::Ok(); }

 private:
  std::vector<Event>& events_;
};

struct Redacted {
  std::vector<Event> events;
  SessionFacts facts;
  RedactReport report;
};

inline Redacted RedactEvents(const std::vector<Event>& events, const SessionFacts& facts = {},
                             const RedactOptions& options = {}) {
  Redacted redacted;
  const auto report = Redact(
      [&]() -> Result<std::unique_ptr<TraceReader>> {
        return std::make_unique<MemoryTraceReader>(events, facts);
      },
      [&](const SessionFacts& made) -> Result<std::unique_ptr<TraceWriter>> {
        redacted.facts = made;
        return std::make_unique<SharedWriter>(redacted.events);
      },
      options);
  EXPECT_TRUE(report.has_value()) << report.error().Describe();
  if (report) redacted.report = *report;
  return redacted;
}

// All data of one direction that the recording has.
inline Bytes StreamOf(const std::vector<Event>& events, Direction direction) {
  Bytes stream;
  for (const Event& event : events) {
    if (event.direction != direction || event.kind != EventKind::kBytes) continue;
    stream.insert(stream.end(), event.bytes.begin(), event.bytes.end());
  }
  return stream;
}

inline bool Contains(const Bytes& where, const Bytes& what) {
  return std::search(where.begin(), where.end(), what.begin(), what.end()) != where.end();
}

// Every byte and text of a recording, one behind the other.
inline Bytes EverythingOf(const Redacted& redacted) {
  Bytes all;
  const auto add = [&](std::string_view text) {
    all.insert(all.end(), text.begin(), text.end());
  };
  for (const Direction direction : {Direction::kToPhone, Direction::kToHost}) {
    const Bytes stream = StreamOf(redacted.events, direction);
    all.insert(all.end(), stream.begin(), stream.end());
    all.push_back(0);
  }
  for (const Event& event : redacted.events) {
    add(event.text);
    if (event.kind != EventKind::kBytes) {
      all.insert(all.end(), event.bytes.begin(), event.bytes.end());
    }
  }
  for (const std::string& text :
       {redacted.facts.moniker, redacted.facts.chip, redacted.facts.tool, redacted.facts.seed}) {
    add(text);
  }
  for (const std::string& comment : redacted.facts.comments) add(comment);
  return all;
}

inline Bytes TurnWords(Bytes bytes) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4);
  }
  return bytes;
}

inline Bytes HexOf(const Bytes& bytes, bool upper) {
  std::string text = protocol::ToHex(bytes);
  if (upper) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return {text.begin(), text.end()};
}

inline Bytes Wide(const Bytes& text) {
  Bytes wide;
  for (const std::uint8_t byte : text) {
    wide.push_back(byte);
    wide.push_back(0);
  }
  return wide;
}

// In none of its forms.
inline void ExpectGone(const Redacted& redacted, const Bytes& secret) {
  const Bytes all = EverythingOf(redacted);
  const Bytes forms[] = {secret, TurnWords(secret), Bytes(secret.rbegin(), secret.rend())};
  for (const Bytes& form : forms) {
    EXPECT_FALSE(Contains(all, form)) << protocol::ToHex(form);
    for (const bool upper : {false, true}) {
      EXPECT_FALSE(Contains(all, HexOf(form, upper))) << protocol::ToHex(form);
      EXPECT_FALSE(Contains(all, Wide(HexOf(form, upper)))) << protocol::ToHex(form);
    }
  }
}

// Plays the recorded host against the recorded phone.
inline void ExpectPlaysAgainstItself(const std::vector<Event>& events,
                                     const ReplaySettings& settings = {}) {
  ReplayOptions options;
  options.settings = settings;
  auto phone =
      ReplayTransport::Open(std::make_unique<MemoryTraceReader>(events), std::move(options));
  ASSERT_TRUE(phone) << phone.error().Describe();
  ReplayHostOptions host_options;
  host_options.settings = settings;
  ReplayHost host(std::make_unique<MemoryTraceReader>(events), **phone, std::move(host_options));
  const auto report = host.Run();
  ASSERT_TRUE(report) << report.error().Describe();
  EXPECT_FALSE(report->difference.has_value()) << report->difference->message;
  const auto finished = (*phone)->CheckFinished();
  EXPECT_TRUE(finished) << finished.error().Describe();
}

}  // namespace mtkrig::traces::test
