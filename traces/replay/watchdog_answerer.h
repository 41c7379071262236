#pragma once

// WatchdogAnswerer: answers a watchdog write that the recording does not have, as a phone does.
//
// That it is one shows only by its address, when the command byte has been answered already. When
// it turns out to be another write, its bytes are handed back, to be compared with the recording.

#include <cstdint>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

class WatchdogAnswerer {
 public:
  bool active() const { return !request_.empty(); }

  struct Step {
    std::size_t taken = 0;               // of the bytes given
    std::vector<std::uint8_t> answer;    // what the phone sends now
    std::vector<std::uint8_t> returned;  // all bytes of a request that was none
    std::size_t answered = 0;            // with `returned`: bytes of the phone that were sent
  };
  // Takes bytes of the host; the first of a request must be a register write. With a first status
  // that refuses it, the request ends in front of the value.
  Step Take(protocol::ByteSpan bytes, std::uint16_t first_status, std::uint16_t last_status);
  void Reset() { request_.clear(); }

 private:
  std::vector<std::uint8_t> request_;
};

}  // namespace mtkrig::traces
