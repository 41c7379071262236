#pragma once

// Where the bytes of a trace come from. A Content is what a file holds, already decompressed, and
// can be read from its start as often as needed: choosing the device takes a reading of its own.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Puts at least one byte into `buffer`, which is not empty; 0 means the end.
  virtual Result<std::size_t> Read(std::span<std::uint8_t> buffer) = 0;
  // After the end: more bytes had to follow. So ends a compressed file whose writer was killed.
  virtual bool cut_short() const { return false; }
};

class Content {
 public:
  virtual ~Content() = default;
  virtual Result<std::unique_ptr<ByteSource>> Open() const = 0;
  // As it stands in messages: a path.
  virtual const std::string& name() const = 0;
};

// A regular file, opened once: a file that takes its name later is not what is read. Reads ahead of
// nothing; kNotFound, kPermissionDenied, kUnsupported (a pipe or a device node).
Result<std::shared_ptr<const Content>> OpenFileContent(const std::string& path);

// Bytes in memory, for tests and fuzzers.
std::shared_ptr<const Content> MemoryContent(std::vector<std::uint8_t> bytes, std::string name);

// What `content` holds once decompressed, if it begins as Zstandard frames do, and `content` itself
// otherwise. Frames that need a window of more than 32 MiB are refused when they are read.
Result<std::shared_ptr<const Content>> Decompressed(std::shared_ptr<const Content> content);

// The error of a failed system call, with `what` ("cannot open a.pcapng") in front.
Error SystemError(int error_number, const std::string& what);

}  // namespace mtkrig::traces
