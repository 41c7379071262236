#pragma once

// Standard output, if it is a terminal: what long results adapt to. (The console's own colors are
// those of standard error.)

#include <cstddef>
#include <optional>

namespace mtkrig::harness {

struct OutputTerminal {
  bool color = false;  // a terminal that can, and NO_COLOR is not set (https://no-color.org)
  std::optional<std::size_t> width = std::nullopt;  // columns; nothing for a file or a pipe
};

OutputTerminal DetectOutputTerminal();

// Whether standard output is a pipe or socket that nobody reads any more.
bool OutputReaderIsGone();

}  // namespace mtkrig::harness
