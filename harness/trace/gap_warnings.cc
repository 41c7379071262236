#include "harness/trace/gap_warnings.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "traces/replay/payload_digest.h"

namespace mtkrig::harness {
namespace {

class WatchedReader final : public traces::TraceReader {
 public:
  WatchedReader(std::unique_ptr<traces::TraceReader> reader, GapWarnings& gaps)
      : reader_(std::move(reader)), gaps_(gaps) {}

  Result<std::optional<traces::Event>> Next() override {
    TRY_ASSIGN(std::optional<traces::Event> event, reader_->Next());
    if (event) gaps_.Take(*event);
    return event;
  }
  Result<bool> NextInto(traces::Event& event) override {
    TRY_ASSIGN(const bool more, reader_->NextInto(event));
    if (more) gaps_.Take(event);
    return more;
  }
  const traces::SessionFacts& facts() const override { return reader_->facts(); }

 private:
  std::unique_ptr<traces::TraceReader> reader_;
  GapWarnings& gaps_;
};

}  // namespace

void GapWarnings::Take(const traces::Event& event) {
  if (event.cut()) {
    ++cut_.transfers;
    if (event.digest.empty()) ++cut_.no_digest;
    const auto kind = traces::DigestKindOf(event.digest);
    if (kind.has_value() && !traces::IsWhole(*kind)) ++cut_.sampled;
  }
  if (event.kind != traces::EventKind::kGap) return;
  ++count_;
  if (!warn_ || count_ > kMaxWarnings) return;
  console_.Warn(fmt::format("gap at byte {:#x} (packet or line {}): {}", event.offset, event.packet,
                            event.text),
                file_);
}

void GapWarnings::Finish() {
  if (!warn_ || count_ <= kMaxWarnings) return;
  console_.Warn(
      fmt::format("{} more gaps; `mtkrig trace show` lists all of them", count_ - kMaxWarnings),
      file_);
}

std::unique_ptr<traces::TraceReader> WatchGaps(std::unique_ptr<traces::TraceReader> reader,
                                               GapWarnings& gaps) {
  return std::make_unique<WatchedReader>(std::move(reader), gaps);
}

}  // namespace mtkrig::harness
