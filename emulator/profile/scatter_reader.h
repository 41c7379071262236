#pragma once

// Takes a phone's layout from a scatter file: the device's own, small reading of the forms that the
// old text files and the V1.1 listings have. It is written apart from the host's parser on purpose,
// so that a misreading on one side shows as a difference.

#include <string_view>

#include "emulator/profile/layout.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// Fails with kInvalidInput, naming file and line, when nothing in the text is a partition or a
// number is not one. Entries at 0xffff0000 and above become the reserved tail.
protocol::Result<Layout> ReadScatter(std::string_view text, std::string_view source);

}  // namespace mtkrig::emulator
