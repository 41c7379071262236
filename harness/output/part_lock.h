#pragma once

// One process at a time writes an image: the lock is on its .part file, and goes with the process.

#include <filesystem>

#include "harness/base.h"

namespace mtkrig::harness {

// Locks the open .part file of `target`. kBusy if another run is writing it.
Result<void> LockPart(int part, const std::filesystem::path& target);

// kBusy if another run is writing `target` now, which is known before the phone is touched.
Result<void> CheckNobodyWrites(const std::filesystem::path& target);

}  // namespace mtkrig::harness
