#pragma once

// Whether a scatter file is for the chip of the phone at hand.

#include <optional>

#include "protocol/engine/session.h"
#include "protocol/layout/compare.h"
#include "protocol/layout/scatter.h"

namespace mtkrig::harness {

// The disagreement, if both sides say what they are and they are not the same.
std::optional<protocol::LayoutDifference> CompareChip(const protocol::ScatterFile& scatter,
                                                      const protocol::DeviceIdentity& identity);

}  // namespace mtkrig::harness
