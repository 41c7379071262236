#include "traces/import/mtkclient_copies.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// Between two reads there are few writes, except where an image is sent.
constexpr std::size_t kMaxRuns = 256;
constexpr std::size_t kMaxWaitingBytes = std::size_t{1} << 20;

// How often one message may follow itself before it is handed out: what is handed out waits in
// memory to be read. A number that the numbers of copies divide that logs come with.
constexpr std::size_t kMaxTimes = 27'720;
constexpr std::size_t kFewTimes = 12;

std::size_t MostTimes(const MtkclientMessage& message) {
  const std::size_t size = message.bytes.size() + message.text.size() + 1;
  const std::size_t times = std::clamp(kMaxWaitingBytes / size, kFewTimes, kMaxTimes);
  return times - times % kFewTimes;
}

}  // namespace

bool MtkclientMessage::Same(const MtkclientMessage& other) const {
  return kind == other.kind && direction == other.direction && asked == other.asked &&
         serial == other.serial && cut == other.cut && bytes == other.bytes && text == other.text;
}

MtkclientCopies::MtkclientCopies(Taker take, Taker odd, std::size_t copies)
    : take_(std::move(take)), odd_(std::move(odd)), copies_(copies) {}

void MtkclientCopies::Add(MtkclientMessage message) {
  if (!runs_.empty() && runs_.back().message.Same(message)) {
    Run& run = runs_.back();
    if (++run.count >= MostTimes(run.message) && !run.message.tells_copies()) HandOut();
    return;
  }
  if (!runs_.empty() && runs_.back().message.tells_copies()) {
    copies_ = runs_.back().count;
    HandOut();
  } else if (runs_.size() >= kMaxRuns || waiting_bytes_ >= kMaxWaitingBytes) {
    HandOut();
  }
  waiting_bytes_ += message.bytes.size() + message.text.size();
  runs_.push_back({.message = std::move(message)});
}

bool MtkclientCopies::CutLast() {
  const auto last = std::find_if(runs_.rbegin(), runs_.rend(), [](const Run& run) {
    return run.message.kind == MtkclientMessage::Kind::kTransfer;
  });
  if (last == runs_.rend()) return false;
  last->message.cut = true;
  return true;
}

void MtkclientCopies::Flush() {
  if (!runs_.empty() && runs_.back().message.tells_copies()) copies_ = runs_.back().count;
  HandOut();
}

void MtkclientCopies::HandOut() {
  for (Run& run : runs_) {
    const std::size_t times = (run.count + copies_ - 1) / copies_;
    if (run.message.tells_copies()) {
      take_(std::move(run.message));
      continue;
    }
    if (run.count > 1 && run.count % copies_ != 0) odd_(MtkclientMessage(run.message));
    for (std::size_t i = 1; i < times; ++i) take_(MtkclientMessage(run.message));
    take_(std::move(run.message));
  }
  runs_.clear();
  waiting_bytes_ = 0;
}

}  // namespace mtkrig::traces
