#include "harness/output/hashing_writer.h"

#include <algorithm>
#include <utility>

namespace mtkrig::harness {
namespace {

// One packet of a legacy agent fills one buffer.
constexpr std::size_t kBufferBytes = 0x100000;
constexpr std::size_t kBufferCount = 3;

}  // namespace

HashingWriter::HashingWriter(ByteFile& file, Start start, std::uint64_t checkpoint_interval,
                             OnCheckpoint on_checkpoint)
    : file_(file),
      hash_(std::move(start.hash)),
      bytes_(start.bytes),
      checkpoint_interval_(checkpoint_interval),
      next_checkpoint_(start.bytes + checkpoint_interval),
      on_checkpoint_(std::move(on_checkpoint)),
      free_(kBufferCount),
      worker_([this] { Run(); }) {}

HashingWriter::~HashingWriter() {
  // The owner who cared about the outcome has called it already.
  (void)Finish();
}

Result<void> HashingWriter::Append(ByteSpan data) {
  while (!data.empty()) {
    if (filling_.capacity() == 0) filling_.reserve(kBufferBytes);
    const std::size_t count = std::min(data.size(), kBufferBytes - filling_.size());
    const ByteSpan piece = data.first(count);
    filling_.insert(filling_.end(), piece.begin(), piece.end());
    data = data.subspan(count);
    if (filling_.size() < kBufferBytes) break;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return failure_ || !free_.empty(); });
    if (failure_) return *failure_;
    HandOver();
  }
  return Ok();
}

void HashingWriter::HandOver() {
  ready_.push_back(std::move(filling_));
  if (free_.empty()) {
    filling_ = Buffer();
  } else {
    filling_ = std::move(free_.back());
    free_.pop_back();
  }
  filling_.clear();
  changed_.notify_all();
}

Result<void> HashingWriter::Finish() {
  if (worker_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      if (!filling_.empty()) HandOver();
      ending_ = true;
      changed_.notify_all();
    }
    worker_.join();
    if (!failure_) {
      if (const Result<void> synced = file_.Sync(); !synced) failure_ = synced.error();
    }
  }
  if (failure_) return *failure_;
  return Ok();
}

Result<Checkpoint> HashingWriter::checkpoint() const {
  TRY_ASSIGN(std::string digest, hash_.HexDigest());
  return Checkpoint{bytes_, std::move(digest)};
}

void HashingWriter::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !ready_.empty(); });
    if (ready_.empty()) return;
    Buffer buffer = std::move(ready_.front());
    ready_.erase(ready_.begin());
    lock.unlock();
    const Result<void> consumed = Consume(buffer);
    lock.lock();
    free_.push_back(std::move(buffer));
    if (!consumed) failure_ = consumed.error();
    changed_.notify_all();
    // The producer learns of it at its next call; what is queued is of no use any more.
    if (failure_) return;
  }
}

Result<void> HashingWriter::Consume(ByteSpan data) {
  TRY(file_.Write(data));
  hash_.Update(data);
  bytes_ += data.size();
  if (bytes_ < next_checkpoint_) return Ok();
  next_checkpoint_ = bytes_ + checkpoint_interval_;
  return MakeCheckpoint();
}

Result<void> HashingWriter::MakeCheckpoint() {
  if (!on_checkpoint_) return Ok();
  TRY(file_.Sync());
  TRY_ASSIGN(const Checkpoint reached, checkpoint());
  return on_checkpoint_(reached);
}

}  // namespace mtkrig::harness
