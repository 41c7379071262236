#pragma once

// ContentChecks: of bytes that a recording was cut by, how many were held only against a digest of
// a sample: one of other bytes may pass, and whoever replays is told so.

#include <cstdint>
#include <string>

#include "traces/replay/payload_digest.h"

namespace mtkrig::traces {

struct ContentChecks {
  std::uint64_t sampled_bytes = 0;
  bool sparse = false;  // some by the thinner sample of older recordings

  // So many bytes were held against a digest of this kind.
  void Add(DigestKind kind, std::uint64_t bytes) {
    if (!IsSample(kind) || bytes == 0) return;
    sampled_bytes += bytes;
    sparse = sparse || kind == DigestKind::kSparse;
  }
  // What to say of it; "" where nothing was checked by a sample.
  std::string Warning() const;
};

}  // namespace mtkrig::traces
