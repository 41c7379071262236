#pragma once

// Which file a descriptor is at a point of an strace output, and the transfers on files.

#include <map>
#include <optional>
#include <string>

#include "traces/import/strace_call.h"

namespace mtkrig::traces {

struct StraceTransfer {
  int file = -1;
  std::string path;  // empty where the output does not tell
  Direction direction = Direction::kToPhone;
  std::vector<std::uint8_t> bytes;
  std::uint64_t length = 0;  // that were transferred
  std::string error;         // and then nothing was transferred
  bool unknown = false;      // its result, or its beginning, is not in the output
  std::optional<Duration> took;
  bool resumed = false;  // the call's time is that of its end
};

struct StraceOpening {
  std::string path;
  bool opened = true;  // or closed
};

class StraceFiles {
 public:
  // Follows open, close, dup and fcntl. Tells of a file that was opened, or closed with all copies
  // of its descriptor.
  std::optional<StraceOpening> Follow(const StraceCall& call);
  // The transfer that a call of read, write and the like is. Where it names its file (-y), that is
  // remembered for calls that do not.
  std::optional<StraceTransfer> Transfer(const StraceCall& call);

 private:
  std::string PathOf(std::uint64_t process, int file) const;
  void Set(std::uint64_t process, int file, const std::string& path);
  // The descriptor that `file` is a copy of, or itself.
  int OriginalOf(std::uint64_t process, int file) const;
  void SetOriginal(std::uint64_t process, int file, int original);
  // Whether the file that had `original` is still open under it or a copy of it.
  bool IsOpen(std::uint64_t process, int original, const std::string& path) const;

  // By process, and under 0 as any process did it last: threads share their files.
  std::map<std::pair<std::uint64_t, int>, std::string> paths_;
  std::map<std::pair<std::uint64_t, int>, int> originals_;
  std::map<int, int> copies_;  // how many there are of an original, by originals_ under 0
};

// Whether a path is one of a serial port.
bool IsSerialPort(std::string_view path);

}  // namespace mtkrig::traces
