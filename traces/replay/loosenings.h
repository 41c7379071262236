#pragma once

// Loosenings: where a replay may differ from its recording. Each is named, and deliberate: it
// stands in the side file of the trace (side_file.h), and nothing is loosened without. And where it
// is stricter than usual.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

// Bytes of one packet that differ from session to session, such as a random challenge.
struct RandomBytes {
  std::string name;
  std::uint64_t packet = 0;  // as Event::packet
  std::uint64_t at = 0;      // in the packet's data
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();
  int line = 0;  // of the side file, where it stands in one
};

// Whether a replayed phone takes as long as the recorded one did.
enum class ReplayTiming : std::uint8_t { kNone, kRecorded };

struct Loosenings {
  // Register writes to a chip's watchdog may be missing, added, or of another value.
  bool watchdog_writes = false;
  // A preloader may say READY more or less often before the handshake (replayed host only).
  bool ready = false;
  // What is missing in the recording is stepped over, or supplied where it is known.
  bool gaps = false;
  // A handshake that the recording lacks is supplied: also one that it does not say to be missing,
  // where it begins with a command of boot ROM or preloader.
  bool missing_handshake = false;
  std::vector<RandomBytes> random;
  // What a redaction has left out or made up of the phone's bytes (replayed host only), as
  // stretches of all that the recorded phone says: of kBytes and kFailure events to the host, the
  // bytes that were cut included. In order and apart.
  std::vector<ByteRange> blanked;

  // How a replayed phone goes through it, which side files say as well. `exact`: transfers must
  // have the recorded sizes.
  bool exact = false;
  ReplayTiming timing = ReplayTiming::kNone;
};

}  // namespace mtkrig::traces
