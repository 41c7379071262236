#pragma once

// Control transfers, as steps of the line: what USB and CDC-ACM call them.

#include "traces/decode/step.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

// Of a kControl event. Standard requests (enumeration) are incidental.
Step ControlStep(const Event& event);

}  // namespace mtkrig::traces
