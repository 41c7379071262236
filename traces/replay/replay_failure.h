#pragma once

// Failures of a line as traces and as transports name them.

#include "traces/model/event.h"

namespace mtkrig::traces {

// How a trace notes an error of a transport. Everything without a name of its own is kLine; the
// event's text says more.
Failure FailureOf(ErrorCode code);
// The code with which a transport reports a recorded failure.
ErrorCode CodeOf(Failure failure);

}  // namespace mtkrig::traces
