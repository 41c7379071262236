#pragma once

// "1 step", "2 steps".

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mtkrig::harness {

inline std::string Counted(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace mtkrig::harness
