#pragma once

// LatencyHistogram: how long answers took, in memory of fixed size. Quantiles are exact to an
// eighth of their value, least and most are exact.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "traces/model/event.h"

namespace mtkrig::traces {

class LatencyHistogram {
 public:
  // Negative durations count as none.
  void Add(Duration latency);
  void Add(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }
  // All of these are zero as long as nothing was added.
  Duration least() const { return least_; }
  Duration most() const { return most_; }
  // What `share` of all are not above: 0.5 is the median.
  Duration Quantile(double share) const;

  // The bars of a chart: bar i counts what lies below BarEnd(i) and not below that of the bar
  // before. Ends go 1, 2, 5, 10 ... from 1 us to 100 s; the last bar has what is above.
  static constexpr std::size_t kBars = 26;
  static Duration BarEnd(std::size_t bar);
  std::span<const std::uint64_t> bars() const { return bars_; }

 private:
  static constexpr std::size_t kSteps = 8;  // of an octave
  static constexpr std::size_t kBins = kSteps * 62;
  static std::size_t BinOf(std::uint64_t value);
  static std::uint64_t BinEnd(std::size_t bin);

  std::uint64_t count_ = 0;
  Duration least_{};
  Duration most_{};
  std::array<std::uint64_t, kBins> bins_{};
  std::array<std::uint64_t, kBars> bars_{};
};

}  // namespace mtkrig::traces
