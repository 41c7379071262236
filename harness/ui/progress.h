#pragma once

// How far a readback is: a bar that redraws itself on a terminal, plain lines in a log, or nothing.
// Not thread-safe: Console locks around it.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "protocol/base/clock.h"

namespace mtkrig::harness {

enum class ProgressStyle {
  kNone,
  kLines,  // one line at the start, at each tenth, at the end of a file
  kBar,
};

// Everything that one line of the bar shows.
struct ProgressView {
  std::string label;
  std::size_t index = 1;  // of `count` files, from 1
  std::size_t count = 1;
  std::uint64_t done = 0;  // bytes of this file
  std::uint64_t total = 0;
  double bytes_per_second = 0;                    // 0 while unknown
  std::optional<std::chrono::seconds> time_left;  // of the whole job
};

// One line of at most `width` columns. What a narrow terminal has no room for goes in this order:
// the bar, the amounts, the middle of the label, the count of files, the rate, the time left. The
// percentage stays.
std::string RenderBar(const ProgressView& view, std::size_t width);

// Bytes per second over the last few seconds, so that a pause or a slow start is soon forgotten.
class RateMeter {
 public:
  void Record(protocol::TimePoint now, std::uint64_t total_bytes);
  double bytes_per_second() const;

 private:
  struct Sample {
    protocol::TimePoint time;
    std::uint64_t bytes;
  };
  std::deque<Sample> samples_;
};

class Progress {
 public:
  using Width = std::function<std::size_t()>;  // of the terminal, asked anew at each redraw

  // `out` and `clock` must outlive it.
  Progress(std::ostream& out, const protocol::Clock& clock, ProgressStyle style, Width width);

  void StartJob(std::size_t file_count, std::uint64_t total_bytes);
  // `already` bytes of it, checked, need no reading: all of them where the file is whole.
  void StartFile(std::string label, std::uint64_t total, std::uint64_t already);
  void Advance(std::uint64_t bytes);
  void FinishFile();
  // The file will not be finished: its last state stays on the screen.
  void Interrupt();

  // A line that a later one replaces, on a terminal only: "starting the agent". On a narrow one the
  // text gives way to the percentage.
  void ShowStatus(std::string_view text, std::optional<unsigned> percent = std::nullopt);
  // Takes the bar or status off the screen, so that a lasting line can be printed; the next change
  // draws it again.
  void Clear();

 private:
  void Draw();
  void PrintTenths();
  ProgressView View() const;

  std::ostream& out_;
  const protocol::Clock& clock_;
  const ProgressStyle style_;
  const Width width_;

  std::size_t file_count_ = 0;
  std::uint64_t job_total_ = 0;
  std::uint64_t job_done_ = 0;  // with bytes that needed no reading
  std::uint64_t job_read_ = 0;  // without
  ProgressView current_;
  bool in_file_ = false;
  bool whole_ = false;  // from the start
  bool drawn_ = false;
  unsigned printed_tenths_ = 0;
  protocol::TimePoint file_started_;
  std::uint64_t file_read_ = 0;
  std::optional<protocol::TimePoint> last_draw_;
  RateMeter rate_;
};

}  // namespace mtkrig::harness
