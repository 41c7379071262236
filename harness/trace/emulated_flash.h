#pragma once

// The flash of a phone in software as the content of a recording that was cut: `emulator: mt6577`
// in a side file.

#include "harness/base.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {

// What side files open such flash with. `phone` is the name of a shipped profile or the path of
// one. Errors: kNotFound for an unknown profile, or an area that the phone does not have; those of
// profile files.
Result<std::shared_ptr<const traces::ContentSource>> OpenEmulatedFlash(const std::string& phone,
                                                                       traces::FlashArea area);

}  // namespace mtkrig::harness
