#pragma once

// Loosenings: where a replay may differ from its recording. Each is named, and deliberate: it
// stands in the side file of the trace (side_file.h), and nothing is loosened without.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace mtkrig::traces {

// Bytes of one packet that differ from session to session, such as a random challenge.
struct RandomBytes {
  std::string name;
  std::uint64_t packet = 0;  // as Event::packet
  std::uint64_t at = 0;      // in the packet's data
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();
};

struct Loosenings {
  // Register writes to a chip's watchdog may be missing, added, or of another value.
  bool watchdog_writes = false;
  // A preloader may say READY more or less often before the handshake (replayed host only).
  bool ready = false;
  // What is missing in the recording is stepped over.
  bool gaps = false;
  std::vector<RandomBytes> random;
};

}  // namespace mtkrig::traces
