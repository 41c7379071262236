#include "traces/decode/content_holder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// "bytes 0x100 to 0x1ff, packet 12: xxh3-128:HEX", of the content.
std::string Told(std::uint64_t from, std::uint64_t length, std::uint64_t packet,
                 const std::string& digest) {
  std::string text = fmt::format("bytes {:#x} to {:#x}", from, from + length - 1);
  if (packet > 0) text += fmt::format(", packet {}", packet);
  // Files may leave out the name of this kind.
  const bool named = digest.find(':') != std::string::npos;
  return text + (named ? ": " : ": sha256:") + digest;
}

// Empty where it could not be made.
std::string TextOf(const PayloadDigest& digest) {
  Result<std::string> text = digest.Text();
  return text ? *std::move(text) : std::string();
}

}  // namespace

ContentHolder::ContentHolder(std::unique_ptr<TraceReader> held, std::unique_ptr<TraceReader> other)
    : SecondReading(std::move(held)), other_(std::move(other)), kept_(DigestKind::kXxh3) {}

ContentHolder::Found ContentHolder::Compare(const Step& held, const Step& other) {
  step_ = &held;
  other_step_ = &other;
  found_ = Found{};
  exhausted_ = false;
  broken_ =
      lost_[0] > Begin(held, Direction::kToPhone) || lost_[1] > Begin(held, Direction::kToHost);
  content_ = 0;
  others_ = {0, 0};
  direction_.reset();
  transfer_.reset();
  HoldAhead();
  while (!broken_ && !exhausted_ && !found_.difference && !Passed(held) && Advance()) {
  }
  step_ = nullptr;
  other_step_ = nullptr;
  return std::move(found_);
}

void ContentHolder::Show(const TakenBytes& taken) {
  Row row = {.direction = taken.direction,
             .offset = taken.offset,
             .length = taken.piece.length,
             .packet = taken.piece.packet,
             .content = taken.content,
             .known = taken.piece.knowledge == Knowledge::kKnown,
             .bytes = taken.piece.bytes};
  std::uint64_t& sequence = sequences_[IndexOf(taken.direction)];
  if (taken.piece.transfer_length > 0 && taken.piece.sequence != sequence) {
    sequence = taken.piece.sequence;
    row.transfer_length = taken.piece.transfer_length;
    row.transfer_digest = taken.piece.transfer_digest;
  }
  if (row.offset >= End(*step_, row.direction)) {
    KeepAhead(row);
  } else if (row.offset >= Begin(*step_, row.direction)) {
    Hold(row);
  }
}

// Of a later step, which came in the same transfer as the end of this one.
void ContentHolder::KeepAhead(const Row& row) {
  if (ahead_bytes_ + row.bytes.size() > kMaxAhead || ahead_.size() >= kMaxPiecesAhead) {
    lost_[IndexOf(row.direction)] = row.offset + row.length;
    return;
  }
  ahead_bytes_ += row.bytes.size();
  ahead_.push_back({row, {row.bytes.begin(), row.bytes.end()}, std::string(row.transfer_digest)});
}

void ContentHolder::HoldAhead() {
  while (!ahead_.empty()) {
    KeptRow& kept = ahead_.front();
    Row row = kept.row;
    if (row.offset >= End(*step_, row.direction)) return;
    row.bytes = kept.bytes;
    row.transfer_digest = kept.digest;
    if (row.offset >= Begin(*step_, row.direction)) Hold(row);
    ahead_bytes_ -= kept.bytes.size();
    ahead_.pop_front();
  }
}

void ContentHolder::Hold(const Row& row) {
  if (row.content) {
    broken_ = broken_ || direction_.value_or(row.direction) != row.direction;
    direction_ = row.direction;
  }
  for (std::uint64_t left = row.length; left > 0 && !broken_ && !found_.difference;) {
    if (!transfer_ && !TakeTransfer()) return;
    std::uint64_t passed = left;
    if (begun_ && transfer_->direction == row.direction) {
      passed = Feed(row, left);
    } else if (!begun_) {
      const std::optional<std::uint64_t> until = UntilBegin(row);
      if (until == std::uint64_t{0}) BeginTransfer(row, left);
      // It would have had to begin before.
      if (!until) transfer_.reset();
      passed = std::min(left, until.value_or(0));
    }
    Count(row, passed);
    left -= passed;
  }
}

bool ContentHolder::TakeTransfer() {
  if (exhausted_) return false;
  transfer_ = other_.Next(*other_step_);
  exhausted_ = !transfer_;
  begun_ = false;
  return !exhausted_;
}

// How many bytes, from the next of the row on, stand before the transfer. Nothing where its first
// byte cannot come any more.
std::optional<std::uint64_t> ContentHolder::UntilBegin(const Row& row) const {
  const std::uint64_t content = transfer_->content_before - other_step_->content_before;
  const std::uint64_t others = std::min(
      transfer_->others_before, transfer_->offset - Begin(*other_step_, transfer_->direction));
  const bool begins_with_content = transfer_->stretches.front().content;
  if (content_ > content) return std::nullopt;
  if (transfer_->direction != row.direction) return row.length;
  if (row.content) {
    if (!begins_with_content && content_ == content) return std::nullopt;
    return content - content_;
  }
  if (begins_with_content || content_ < content) return row.length;
  const std::uint64_t passed = others_[IndexOf(row.direction)];
  if (passed > others) return std::nullopt;
  return others - passed;
}

void ContentHolder::BeginTransfer(const Row& row, std::uint64_t left) {
  begun_ = true;
  packet_ = row.packet;
  stretch_ = 0;
  in_stretch_ = 0;
  fed_ = 0;
  kept_known_ = true;
  all_known_ = true;
  own_digest_.clear();
  if (left == row.length && row.transfer_length == transfer_->length) {
    own_digest_ = row.transfer_digest;
  }
  kept_.Reset();
  kind_.reset();
  if (transfer_->kept < transfer_->length) kind_ = DigestKindOf(transfer_->digest);
  if (kind_) DigestOf(*kind_).Reset();
}

// The next of the last `left` bytes of the row, as far as they are of one stretch. None where the
// transfer has something else there.
std::uint64_t ContentHolder::Feed(const Row& row, std::uint64_t left) {
  const ContentTransfer::Stretch& stretch = transfer_->stretches[stretch_];
  if (stretch.content != row.content) {
    transfer_.reset();
    return 0;
  }
  const std::uint64_t count = std::min(left, stretch.length - in_stretch_);
  const std::uint64_t kept = std::min(count, transfer_->kept - std::min(fed_, transfer_->kept));
  if (row.known) {
    const ByteSpan bytes = row.bytes.subspan(static_cast<std::size_t>(row.length - left),
                                             static_cast<std::size_t>(count));
    kept_.Update(bytes.first(static_cast<std::size_t>(kept)));
    if (kind_) DigestOf(*kind_).Update(bytes);
  } else {
    kept_known_ = kept_known_ && kept == 0;
    all_known_ = false;
  }
  fed_ += count;
  in_stretch_ += count;
  if (in_stretch_ == stretch.length) {
    in_stretch_ = 0;
    ++stretch_;
  }
  if (stretch_ == transfer_->stretches.size()) EndTransfer();
  return count;
}

void ContentHolder::Count(const Row& row, std::uint64_t length) {
  if (length == 0) return;
  if (row.content) {
    content_ += length;
    others_ = {0, 0};
  } else {
    others_[IndexOf(row.direction)] += length;
  }
}

void ContentHolder::EndTransfer() {
  const std::uint64_t content = transfer_->content_bytes;
  const bool whole = transfer_->kept == transfer_->length;
  const std::string& there = whole ? transfer_->kept_digest : transfer_->digest;
  const std::string kept = TextOf(kept_);
  std::string here = std::move(own_digest_);
  if (all_known_) here = kind_ ? TextOf(DigestOf(*kind_)) : kept;
  const std::optional<DigestKind> kind = DigestKindOf(there);
  if (transfer_->kept > 0 && kept_known_ && kept != transfer_->kept_digest) {
    Differ(std::min(transfer_->kept, content), kept, transfer_->kept_digest);
  } else if (kind && kind == DigestKindOf(here)) {
    if (!SameDigest(here, there)) {
      Differ(content, here, there);
    } else {
      (IsWhole(*kind) ? found_.same : found_.sampled) += content;
    }
  }
  transfer_.reset();
}

// Where there is something beside content, it may be that which differs.
void ContentHolder::Differ(std::uint64_t content, const std::string& held,
                           const std::string& other) {
  if (!transfer_->pure) return;
  const std::uint64_t from = transfer_->content_before - other_step_->content_before;
  found_.difference = {Told(from, content, packet_, held),
                       Told(from, content, transfer_->packet, other)};
}

PayloadDigest& ContentHolder::DigestOf(DigestKind kind) {
  std::unique_ptr<PayloadDigest>& digest = digests_[static_cast<std::size_t>(kind)];
  if (!digest) digest = std::make_unique<PayloadDigest>(kind);
  return *digest;
}

}  // namespace mtkrig::traces
