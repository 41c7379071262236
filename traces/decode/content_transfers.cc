#include "traces/decode/content_transfers.h"

#include <utility>

namespace mtkrig::traces {

ContentTransfers::ContentTransfers(std::unique_ptr<TraceReader> trace)
    : SecondReading(std::move(trace)),
      kept_{PayloadDigest(DigestKind::kXxh3), PayloadDigest(DigestKind::kXxh3)} {}

std::optional<ContentTransfer> ContentTransfers::Next(const Step& step) {
  wanted_from_ = {Begin(step, Direction::kToPhone), Begin(step, Direction::kToHost)};
  for (;;) {
    while (!found_.empty()) {
      const ContentTransfer& front = found_.front();
      const std::uint64_t begin = Begin(step, front.direction);
      const std::uint64_t end = End(step, front.direction);
      if (front.offset >= end) return std::nullopt;
      const bool within = front.offset >= begin && front.offset + front.length <= end;
      if (within && !front.unusable) {
        std::optional<ContentTransfer> next = std::move(found_.front());
        found_.pop_front();
        return next;
      }
      found_.pop_front();
    }
    if (Passed(step) || !Advance()) return std::nullopt;
  }
}

void ContentTransfers::Show(const TakenBytes& taken) {
  if (taken.piece.transfer_length > 0) {
    AddCut(taken);
  } else if (taken.content) {
    AddWhole(taken);
  }
  if (taken.content) {
    content_ += taken.piece.length;
    others_ = {0, 0};
  } else {
    others_[IndexOf(taken.direction)] += taken.piece.length;
  }
}

void ContentTransfers::AddWhole(const TakenBytes& taken) {
  const std::size_t index = IndexOf(taken.direction);
  if (taken.offset < wanted_from_[index]) return;
  ContentTransfer transfer = Begun(taken);
  Append(transfer, taken);
  kept_[index].Reset();
  kept_[index].Update(taken.piece.bytes);
  transfer.kept = transfer.length;
  transfer.unusable = !kept_[index].PutText(transfer.kept_digest) || transfer.unusable;
  Finish(std::move(transfer));
}

ContentTransfer ContentTransfers::Begun(const TakenBytes& taken) const {
  ContentTransfer transfer;
  transfer.direction = taken.direction;
  transfer.offset = taken.offset;
  transfer.packet = taken.piece.packet;
  transfer.content_before = content_;
  transfer.others_before = others_[IndexOf(taken.direction)];
  return transfer;
}

// A direction's transfers are taken one after the other, so this is of the one under way, or of the
// next.
void ContentTransfers::AddCut(const TakenBytes& taken) {
  const std::size_t index = IndexOf(taken.direction);
  Open& open = open_[index];
  if (open.sequence != taken.piece.sequence) {
    open.sequence = taken.piece.sequence;
    open.transfer = Begun(taken);
    open.transfer.digest = taken.piece.transfer_digest;
    kept_[index].Reset();
  }
  ContentTransfer& transfer = open.transfer;
  if (taken.piece.knowledge == Knowledge::kKnown) {
    kept_[index].Update(taken.piece.bytes);
    transfer.kept += taken.piece.length;
  }
  Append(transfer, taken);
  if (transfer.length < taken.piece.transfer_length) return;
  open.sequence = 0;
  transfer.unusable = !kept_[index].PutText(transfer.kept_digest) || transfer.unusable;
  Finish(std::move(transfer));
}

void ContentTransfers::Append(ContentTransfer& transfer, const TakenBytes& taken) {
  std::vector<ContentTransfer::Stretch>& stretches = transfer.stretches;
  if (!stretches.empty() && stretches.back().content == taken.content) {
    stretches.back().length += taken.piece.length;
  } else if (stretches.size() < kMaxStretches) {
    stretches.push_back({taken.content, taken.piece.length});
  } else {
    transfer.unusable = true;
  }
  transfer.length += taken.piece.length;
  if (taken.content) transfer.content_bytes += taken.piece.length;
  if (!taken.content && taken.role != Role::kChecksum) transfer.pure = false;
  if (taken.piece.knowledge == Knowledge::kAny) transfer.unusable = true;
}

void ContentTransfers::Finish(ContentTransfer transfer) {
  if (transfer.content_bytes > 0) found_.push_back(std::move(transfer));
}

}  // namespace mtkrig::traces
