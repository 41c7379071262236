#pragma once

// What a recording lacks, told to the user while it is read: dropped packets, lost completions,
// damage that was stepped over, missing pieces of a log.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/ui/console.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::harness {

class GapWarnings {
 public:
  // More have no warning of their own: a damaged file may have one for each of its blocks.
  static constexpr std::size_t kMaxWarnings = 100;

  // `console` must outlive it. Without `warn`, gaps are counted alone.
  GapWarnings(Console& console, std::string file, bool warn = true)
      : console_(console), file_(std::move(file)), warn_(warn) {}

  // Of any kind; those that are gaps are told, and of those that were cut digests are counted.
  void Take(const traces::Event& event);
  // Tells how many there were beyond those that were told.
  void Finish();
  std::uint64_t count() const { return count_; }

  // Transfers of which the recording kept a part, and how well the rest is known.
  struct Cut {
    std::uint64_t transfers = 0;
    std::uint64_t sampled = 0;    // with a digest of a sample, which does not see every change
    std::uint64_t no_digest = 0;  // with none
  };
  const Cut& cut() const { return cut_; }

 private:
  Console& console_;
  const std::string file_;
  const bool warn_;
  std::uint64_t count_ = 0;
  Cut cut_;
};

// The same events as `reader` gives, with every gap told to `gaps`, which must outlive it.
std::unique_ptr<traces::TraceReader> WatchGaps(std::unique_ptr<traces::TraceReader> reader,
                                               GapWarnings& gaps);

}  // namespace mtkrig::harness
