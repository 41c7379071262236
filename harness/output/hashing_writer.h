#pragma once

// Writes and hashes on a thread of its own, so that the line to the phone never waits for the disk
// or for SHA-256 unless they are the slower side. Memory is bounded by a few buffers.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/base.h"
#include "harness/output/byte_file.h"
#include "protocol/base/sha256.h"

namespace mtkrig::harness {

// A prefix of an image that is certainly in its file.
struct Checkpoint {
  std::uint64_t bytes = 0;
  std::string sha256;  // of that prefix
};

class HashingWriter {
 public:
  // Called on the worker's thread after the file was synced up to the checkpoint.
  using OnCheckpoint = std::function<Result<void>(const Checkpoint&)>;

  struct Start {
    Sha256 hash;              // has seen the bytes that are in the file already
    std::uint64_t bytes = 0;  // how many these are
  };

  // `file` must outlive the writer and is used by it alone until Finish() has returned.
  HashingWriter(ByteFile& file, Start start, std::uint64_t checkpoint_interval,
                OnCheckpoint on_checkpoint);
  ~HashingWriter();
  HashingWriter(const HashingWriter&) = delete;
  HashingWriter& operator=(const HashingWriter&) = delete;

  // Takes a copy. Waits when all buffers are full. Once writing has failed, returns why.
  Result<void> Append(ByteSpan data);
  // Writes what is left, syncs the file and ends the worker. Idempotent.
  Result<void> Finish();
  // The whole prefix that was written and hashed. Valid after Finish(), even a failed one.
  Result<Checkpoint> checkpoint() const;

 private:
  using Buffer = std::vector<std::uint8_t>;

  void Run();
  Result<void> Consume(ByteSpan data);
  Result<void> MakeCheckpoint();
  void HandOver();  // Requires the lock.

  ByteFile& file_;
  Sha256 hash_;
  std::uint64_t bytes_;
  const std::uint64_t checkpoint_interval_;
  std::uint64_t next_checkpoint_;
  const OnCheckpoint on_checkpoint_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Buffer filling_;             // the producer's alone
  std::vector<Buffer> ready_;  // oldest first
  std::vector<Buffer> free_;
  bool ending_ = false;
  std::optional<Error> failure_;
  std::thread worker_;
};

}  // namespace mtkrig::harness
