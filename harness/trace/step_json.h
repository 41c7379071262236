#pragma once

// Steps as JSON: see "trace show" in harness/README.md.

#include <nlohmann/json.hpp>

#include "traces/decode/step.h"

namespace mtkrig::harness {

// `bytes`: with what was kept of the step's bytes.
nlohmann::ordered_json StepToJson(const traces::Step& step, bool bytes);

}  // namespace mtkrig::harness
