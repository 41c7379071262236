#pragma once

// ByteQueue: the bytes of one direction that no decoder has taken yet, with what is known of the
// transfers they came in. A transfer's bytes are looked at where the event has them, and copied
// only if they are left over when the event goes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

// Why a byte's value is known, or not.
enum class Knowledge : std::uint8_t {
  kKnown,
  kAny,  // an "any n bytes" of a trace written by hand
  kCut,  // the recording does not have it
};

// Bytes of one transfer that have one Knowledge.
struct Piece {
  ByteSpan bytes;            // empty when they were cut
  std::uint64_t length = 0;  // also when they were cut
  Knowledge knowledge = Knowledge::kKnown;
  std::uint64_t sequence = 0;  // of the event, as the conversation counts
  std::uint64_t packet = 0;
  Duration time{};
  // Of a transfer that was cut, also of those of its bytes that are there: the length of all of it,
  // and its digest, if the recording has one.
  std::uint64_t transfer_length = 0;
  std::string_view transfer_digest{};
};

class ByteQueue {
 public:
  // Appends the transfer of `event`, which must stay until Keep().
  void Push(const Event& event, std::uint64_t sequence);
  // Copies what is left of the last event.
  void Keep();

  std::uint64_t available() const { return available_; }
  // Of `available`, what takes memory here; and in how many transfers it stands.
  std::size_t kept_bytes() const { return kept_; }
  std::size_t transfers() const { return transfers_.size() - head_; }

  // Up to `most` bytes from the front. Requires available() > 0 and most > 0. Bytes and digest stay
  // valid until the next Push() or Keep().
  Piece Take(std::uint64_t most);
  // Copies up to out.size() bytes from the front without taking them, as far as their values are
  // known. Returns how many.
  std::size_t Look(std::span<std::uint8_t> out) const;
  // What the first `count` bytes are; the least known of them counts. Requires that many.
  Knowledge Know(std::uint64_t count) const;

  // Of the transfer in front. Requires available() > 0.
  std::uint64_t front_sequence() const { return transfers_[head_].sequence; }
  std::uint64_t front_left() const { return transfers_[head_].left; }
  bool front_is_whole() const { return transfers_[head_].position == 0; }

 private:
  struct Transfer {
    ByteSpan bytes;              // as the event has them, until Keep()
    std::uint64_t position = 0;  // in the transfer
    std::uint64_t left = 0;      // from there, also what was cut
    std::vector<ByteRange> any;  // in the transfer
    std::string digest;          // of one that was cut
    std::uint64_t sequence = 0;
    std::uint64_t packet = 0;
    Duration time{};
    // Once the event is gone: what was left of its bytes, from own_from in the transfer.
    bool owned = false;
    std::vector<std::uint8_t> own;
    std::uint64_t own_from = 0;
  };
  Transfer& Append();
  // What stands `ahead` of the transfer's position: up to `most` bytes of one Knowledge.
  static Piece PieceAt(const Transfer& transfer, std::uint64_t ahead, std::uint64_t most);

  std::vector<Transfer> transfers_;
  std::size_t head_ = 0;
  std::uint64_t available_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace mtkrig::traces
