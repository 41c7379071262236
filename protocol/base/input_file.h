#pragma once

// Files that a user names: read whole, with a bound, and never waited for without one. A name may
// lead to anything: a FIFO that nobody writes to, a terminal, a disk.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/clock.h"
#include "protocol/base/result.h"

namespace mtkrig::protocol {

struct InputFileOptions {
  std::uint64_t max_bytes = 0;
  // What the file is for, as messages name it: "scatter file".
  std::string_view kind = "file";
  // How long the program at the other end of a pipe may be silent.
  Duration pipe_silence = std::chrono::seconds(30);
};

// The content of a regular file, or of a pipe that the shell made: /dev/stdin behind a `|`, or
// `<(command)`. Anything else (a FIFO with a name, a socket, a device, a folder) is kInvalidInput
// and is not opened. kInvalidInput too when it is larger than allowed; kNotFound, kPermissionDenied
// or kIo when it cannot be read; kIo when a pipe stays silent; kCancelled when a signal ended the
// wait for it.
Result<std::vector<std::uint8_t>> ReadInputFile(const std::string& path,
                                                const InputFileOptions& options);

}  // namespace mtkrig::protocol
