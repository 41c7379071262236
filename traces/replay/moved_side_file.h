#pragma once

// A side file for the same trace in another file: packets have other numbers there, and paths count
// from another folder. All else, comments included, stays as it was written.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::traces {

// The packets that a side file names. Errors as of ParseLoosenings().
protocol::Result<std::vector<std::uint64_t>> PacketsOfSideFile(std::string_view text,
                                                               std::string_view source);

struct SideFileMove {
  std::map<std::uint64_t, std::uint64_t> packets;  // from the old number to the new one
  std::string from_folder;
  std::string to_folder;
};

// The new text. kInvalidInput with the line for a packet that `packets` does not have, and for a
// number or path that is written in a form which cannot be replaced.
protocol::Result<std::string> MovedSideFile(std::string_view text, std::string_view source,
                                            const SideFileMove& move);

}  // namespace mtkrig::traces
