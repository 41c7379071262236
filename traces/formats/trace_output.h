#pragma once

// Where a writer's bytes go. A record is what must not be torn: it reaches the file with one write,
// so that a program that dies leaves whole records only.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

class TraceOutput {
 public:
  virtual ~TraceOutput() = default;
  // After an error every further call returns it again, and the file holds what came before.
  virtual Result<void> Append(ByteSpan record) = 0;
  // Writes out what is held back.
  virtual Result<void> Flush() = 0;
};

struct OutputOptions {
  bool overwrite = false;
  bool compressed = false;
};

// Creates the file. An existing regular file is replaced by a new one if that is allowed, never
// written into: what else has it open, or another name of it, keeps the old content. kExists.
Result<std::unique_ptr<TraceOutput>> CreateFileOutput(const std::string& path,
                                                      OutputOptions options);

// Compresses on the way to `inner`, in frames of the Zstandard format. What was appended can be
// read back once 32 KiB more have been, or after Flush(), which ends the frame.
Result<std::unique_ptr<TraceOutput>> CompressedOutput(std::unique_ptr<TraceOutput> inner);

// Appends to `bytes`, which must outlive it.
std::unique_ptr<TraceOutput> MemoryOutput(std::vector<std::uint8_t>& bytes);

}  // namespace mtkrig::traces
