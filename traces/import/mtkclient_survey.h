#pragma once

// How often a log of mtkclient has each message, where nothing but transfers is left of it.

#include <cstddef>

#include "protocol/base/result.h"
#include "traces/formats/byte_source.h"

namespace mtkrig::traces {

// 2 to 4, if the messages of all the log stand there so often in a row (or a multiple, where the
// phone or the host repeated itself), but for one in sixteen; and if there are enough of them that
// it is no chance. 1 otherwise, and where the log has messages that tell it themselves (see
// MtkclientCopies). Reads no more than it takes to be sure. Errors are those of the source.
Result<std::size_t> CountMtkclientCopies(const Content& content);

}  // namespace mtkrig::traces
