#pragma once

// The file of --preloader: its memory settings, and what to tell a user whose phone refuses them.

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base.h"

namespace mtkrig::harness {

// Only its memory settings are of use: one without them is another file (kInvalidInput), which is
// said before the phone is waited for.
Result<std::vector<std::uint8_t>> ReadPreloaderFile(const std::string& path);

// The file name that the builder of a preloader wrote beside its settings, as in
// "preloader_e1901_v77.bin": it tells the model. Empty where there is none.
std::string PreloaderModel(ByteSpan preloader);

// `error` ended the set-up of the phone's memory: the same with a hint that tells whose settings
// were sent, and how the right ones are had. `path` is empty where none were.
Error ExplainDramSetUp(Error error, const std::string& path, ByteSpan preloader);

}  // namespace mtkrig::harness
