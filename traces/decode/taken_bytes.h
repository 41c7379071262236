#pragma once

// Bytes as decoders take them, for those who want to see them pass.

#include <cstdint>

#include "traces/decode/byte_queue.h"
#include "traces/decode/step.h"

namespace mtkrig::traces {

struct TakenBytes {
  Direction direction = Direction::kToPhone;
  std::uint64_t offset = 0;  // in the direction's stream
  const Piece& piece;        // as long as the call lasts
  Role role = Role::kUnknown;
  bool content = false;  // counts for Step::content_bytes
};

class TakenListener {
 public:
  virtual ~TakenListener() = default;
  // Once for every byte, in order within a direction, before the step that has it is finished.
  virtual void OnTaken(const TakenBytes& taken) = 0;
};

}  // namespace mtkrig::traces
