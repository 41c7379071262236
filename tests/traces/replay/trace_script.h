#pragma once

// Recordings for tests, one event a line:
//
//   > a0 0a          the host sends           ! < timeout 100   a read fails, after 100 ms
//   < 5f             the phone sends          ! > stall a0 0a   a write fails
//   > cut 100 a0     100 bytes, of which a0   + 0e8d:2000       the phone is there
//   < a0 ?? 05       any byte                 -                 the phone is gone
//   @ stage 1        a phase                  ~ lost bytes      a gap
//   = 250            250 ms pass

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/transport.h"
#include "traces/model/trace_stream.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces::test {

using Bytes = std::vector<std::uint8_t>;

Bytes FromHex(std::string_view hex);
std::vector<Event> Events(std::string_view script);
std::unique_ptr<TraceReader> Reader(std::vector<Event> events);
inline std::unique_ptr<TraceReader> Reader(std::string_view script) {
  return Reader(Events(script));
}

// Fails the test and ends the program when a recording cannot be opened.
std::unique_ptr<ReplayTransport> OpenReplay(std::vector<Event> events, ReplayOptions options = {});
inline std::unique_ptr<ReplayTransport> OpenReplay(std::string_view script,
                                                   ReplayOptions options = {}) {
  return OpenReplay(Events(script), std::move(options));
}

// What a host does, as hex; failures as "timeout: message" of the error.
std::string Write(protocol::Transport& line, std::string_view hex);
std::string Read(protocol::Transport& line, std::size_t count,
                 Duration timeout = std::chrono::seconds(1));
std::string ReadSome(protocol::Transport& line, std::size_t most,
                     Duration timeout = std::chrono::seconds(1));

// `count` bytes that differ from each other at every distance that matters.
Bytes Counting(std::size_t count, std::uint8_t first = 0);

}  // namespace mtkrig::traces::test
