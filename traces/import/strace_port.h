#pragma once

// Which file of an strace output is the phone.

#include <string>

#include "traces/formats/byte_source.h"
#include "traces/import/strace_files.h"

namespace mtkrig::traces {

struct StracePort {
  std::string path;  // or, if empty, whatever has this descriptor and no known path
  int file = -1;     // -1: whatever has this path

  bool Is(const StraceTransfer& transfer) const {
    if (!path.empty()) return transfer.path == path;
    return transfer.file == file;
  }
};

Result<StracePort> ChooseStracePort(const Content& content, const std::string& wanted);

}  // namespace mtkrig::traces
