#include "traces/decode/byte_queue.h"

#include <algorithm>

namespace mtkrig::traces {
namespace {

// Of a digest that is one; files may have anything there.
constexpr std::size_t kLongestDigest = 128;

}  // namespace

// A new one at the end. Most are gone before the next comes, which then takes the place of one.
ByteQueue::Transfer& ByteQueue::Append() {
  if (head_ < transfers_.size() || transfers_.empty()) return transfers_.emplace_back();
  head_ = 0;
  transfers_.resize(1);
  Transfer& transfer = transfers_.front();
  if (transfer.owned || !transfer.any.empty()) return transfer = Transfer();
  transfer.position = 0;
  return transfer;
}

void ByteQueue::Push(const Event& event, std::uint64_t sequence) {
  if (event.length == 0) return;
  Transfer& transfer = Append();
  transfer.bytes = event.bytes;
  transfer.left = event.length;
  if (!event.any.empty()) transfer.any = event.any;
  if (event.cut() && event.digest.size() <= kLongestDigest) transfer.digest = event.digest;
  transfer.sequence = sequence;
  transfer.packet = event.packet;
  transfer.time = event.time;
  available_ += event.length;
}

void ByteQueue::Keep() {
  if (head_ == transfers_.size()) return;
  // What was taken from the front of a long list of transfers goes now and then.
  if (head_ > transfers_.size() / 2) {
    transfers_.erase(transfers_.begin(), transfers_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  Transfer& last = transfers_.back();
  if (last.owned || last.position >= last.bytes.size()) return;
  const ByteSpan rest = last.bytes.subspan(static_cast<std::size_t>(last.position));
  last.own.assign(rest.begin(), rest.end());
  last.owned = true;
  last.own_from = last.position;
  last.bytes = {};
  kept_ += last.own.size();
}

Piece ByteQueue::PieceAt(const Transfer& transfer, std::uint64_t ahead, std::uint64_t most) {
  const std::uint64_t position = transfer.position + ahead;
  Piece piece;
  piece.length = std::min(most, transfer.left - ahead);
  piece.sequence = transfer.sequence;
  piece.packet = transfer.packet;
  piece.time = transfer.time;
  const std::uint64_t from = transfer.owned ? transfer.own_from : 0;
  const ByteSpan bytes = transfer.owned ? ByteSpan(transfer.own) : transfer.bytes;
  const std::uint64_t known_end = from + bytes.size();
  const std::uint64_t transfer_end = transfer.position + transfer.left;
  if (transfer_end > known_end) {
    piece.transfer_length = transfer_end;
    piece.transfer_digest = transfer.digest;
  }
  if (position >= known_end) {
    piece.knowledge = Knowledge::kCut;
    return piece;
  }
  piece.length = std::min(piece.length, known_end - position);
  for (const ByteRange& range : transfer.any) {
    if (range.offset + range.length <= position) continue;
    if (range.offset <= position) {
      piece.knowledge = Knowledge::kAny;
      piece.length = std::min(piece.length, range.offset + range.length - position);
    } else {
      piece.length = std::min(piece.length, range.offset - position);
    }
    break;
  }
  piece.bytes = bytes.subspan(static_cast<std::size_t>(position - from),
                              static_cast<std::size_t>(piece.length));
  return piece;
}

Piece ByteQueue::Take(std::uint64_t most) {
  Transfer& front = transfers_[head_];
  const Piece piece = PieceAt(front, 0, most);
  front.position += piece.length;
  front.left -= piece.length;
  available_ -= piece.length;
  if (front.left == 0) {
    if (front.owned) kept_ -= front.own.size();
    ++head_;
  }
  return piece;
}

std::size_t ByteQueue::Look(std::span<std::uint8_t> out) const {
  std::size_t copied = 0;
  for (std::size_t i = head_; i < transfers_.size() && copied < out.size(); ++i) {
    std::uint64_t ahead = 0;
    while (ahead < transfers_[i].left && copied < out.size()) {
      const Piece piece = PieceAt(transfers_[i], ahead, out.size() - copied);
      if (piece.knowledge != Knowledge::kKnown) return copied;
      std::copy(piece.bytes.begin(), piece.bytes.end(),
                out.begin() + static_cast<std::ptrdiff_t>(copied));
      copied += piece.bytes.size();
      ahead += piece.length;
    }
  }
  return copied;
}

Knowledge ByteQueue::Know(std::uint64_t count) const {
  Knowledge least = Knowledge::kKnown;
  for (std::size_t i = head_; i < transfers_.size() && count > 0; ++i) {
    std::uint64_t ahead = 0;
    while (ahead < transfers_[i].left && count > 0) {
      const Piece piece = PieceAt(transfers_[i], ahead, count);
      least = std::max(least, piece.knowledge);
      ahead += piece.length;
      count -= piece.length;
    }
  }
  return least;
}

}  // namespace mtkrig::traces
