#include "traces/decode/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mtkrig::traces {

std::size_t LatencyHistogram::BinOf(std::uint64_t value) {
  if (value < kSteps) return static_cast<std::size_t>(value);
  const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 4;  // 8 to 15 are octave 0
  const std::size_t step = static_cast<std::size_t>(value >> octave) - kSteps;
  return std::min(kSteps + octave * kSteps + step, kBins - 1);
}

std::uint64_t LatencyHistogram::BinEnd(std::size_t bin) {
  if (bin < kSteps) return bin;
  const std::size_t octave = (bin - kSteps) / kSteps;
  const std::uint64_t step = (bin - kSteps) % kSteps;
  return ((kSteps + step + 1) << octave) - 1;
}

Duration LatencyHistogram::BarEnd(std::size_t bar) {
  constexpr std::array<std::int64_t, 3> kSteps125 = {1000, 2000, 5000};
  std::int64_t end = kSteps125.at(bar % kSteps125.size());
  for (std::size_t decade = bar / kSteps125.size(); decade > 0; --decade) end *= 10;
  return Duration(end);
}

void LatencyHistogram::Add(Duration latency) {
  latency = std::max(latency, Duration::zero());
  least_ = count_ == 0 ? latency : std::min(least_, latency);
  most_ = std::max(most_, latency);
  ++count_;
  ++bins_[BinOf(static_cast<std::uint64_t>(latency.count()))];
  std::size_t bar = 0;
  while (bar + 1 < kBars && latency >= BarEnd(bar)) ++bar;
  ++bars_[bar];
}

void LatencyHistogram::Add(const LatencyHistogram& other) {
  if (other.count_ == 0) return;
  least_ = count_ == 0 ? other.least_ : std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
  count_ += other.count_;
  for (std::size_t i = 0; i < kBins; ++i) bins_[i] += other.bins_[i];
  for (std::size_t i = 0; i < kBars; ++i) bars_[i] += other.bars_[i];
}

Duration LatencyHistogram::Quantile(double share) const {
  if (count_ == 0) return Duration::zero();
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    seen += bins_[bin];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      const Duration end(static_cast<std::int64_t>(BinEnd(bin)));
      return std::clamp(end, least_, most_);
    }
  }
  return most_;
}

}  // namespace mtkrig::traces
