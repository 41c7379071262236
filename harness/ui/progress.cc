#include "harness/ui/progress.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "harness/text.h"
#include "harness/ui/shorten.h"

namespace mtkrig::harness {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr protocol::Duration kRedrawInterval = milliseconds(100);
constexpr protocol::Duration kRateWindow = seconds(5);
constexpr std::size_t kMaxLabel = 24;
constexpr std::size_t kMinLabel = 6;
constexpr std::size_t kMinBar = 10;
constexpr std::size_t kMaxBar = 40;
constexpr std::string_view kClearLine = "\r\x1b[K";

unsigned Percent(std::uint64_t done, std::uint64_t total) {
  if (total == 0) return 100;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const auto percent = static_cast<unsigned>(share * 100);
  // 100 % is said of a whole file alone.
  return done < total ? std::min(percent, 99U) : 100U;
}

std::string Bar(std::uint64_t done, std::uint64_t total, std::size_t columns) {
  const std::size_t inner = columns - 2;
  const double share = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  const auto filled = std::min(inner, static_cast<std::size_t>(share * static_cast<double>(inner)));
  std::string bar = "[" + std::string(filled, '=');
  if (filled < inner) bar += '>';
  bar.resize(inner + 1, ' ');
  return bar + "]";
}

}  // namespace

std::string RenderBar(const ProgressView& view, std::size_t width) {
  const std::string label = ShortenMiddle(Printable(view.label), kMaxLabel);
  const std::string percent = fmt::format(" {:>3}%", Percent(view.done, view.total));
  std::string counter;
  if (view.count > 1) counter = fmt::format("[{}/{}] ", view.index, view.count);
  std::string amount = fmt::format("  {} of {}", HumanBytes(view.done), HumanBytes(view.total));
  std::string rate;
  if (view.bytes_per_second >= 1) {
    rate = fmt::format("  {}/s", HumanBytes(static_cast<std::uint64_t>(view.bytes_per_second)));
  }
  std::string left;
  if (view.time_left) left = fmt::format("  {} left", HumanDuration(*view.time_left));

  const auto others = [&] {
    return counter.size() + percent.size() + amount.size() + rate.size() + left.size();
  };
  const std::size_t used = Columns(label) + others();
  if (used + 1 + kMinBar <= width) {
    const std::string bar = Bar(view.done, view.total, std::min(kMaxBar, width - used - 1));
    return counter + label + percent + ' ' + bar + amount + rate + left;
  }
  if (used > width) amount.clear();
  const std::size_t least = std::min(Columns(label), kMinLabel);
  for (std::string* part : {&counter, &rate, &left}) {
    if (least + others() > width) part->clear();
  }
  const std::size_t room = std::max(least, width - std::min(width, others()));
  const std::string line = counter + ShortenMiddle(label, room) + percent + amount + rate + left;
  return Columns(line) <= width ? line : ShortenEnd(label, width);
}

void RateMeter::Record(protocol::TimePoint now, std::uint64_t total_bytes) {
  samples_.push_back({now, total_bytes});
  while (samples_.size() > 2 && now - samples_[1].time >= kRateWindow) samples_.pop_front();
}

double RateMeter::bytes_per_second() const {
  if (samples_.size() < 2) return 0;
  const duration<double> elapsed = samples_.back().time - samples_.front().time;
  if (elapsed.count() <= 0) return 0;
  return static_cast<double>(samples_.back().bytes - samples_.front().bytes) / elapsed.count();
}

Progress::Progress(std::ostream& out, const protocol::Clock& clock, ProgressStyle style,
                   Width width)
    : out_(out), clock_(clock), style_(style), width_(std::move(width)) {}

void Progress::StartJob(std::size_t file_count, std::uint64_t total_bytes) {
  file_count_ = file_count;
  job_total_ = total_bytes;
  job_done_ = 0;
  job_read_ = 0;
  current_ = ProgressView();
  current_.index = 0;
  rate_ = RateMeter();
}

void Progress::StartFile(std::string label, std::uint64_t total, std::uint64_t already) {
  const std::size_t index = current_.index + 1;
  current_ = ProgressView();
  current_.label = std::move(label);
  current_.index = index;
  current_.count = file_count_;
  current_.total = total;
  current_.done = already;
  job_done_ += already;
  in_file_ = true;
  file_read_ = 0;
  file_started_ = clock_.Now();
  printed_tenths_ = Percent(already, total) / 10;
  last_draw_.reset();
  // Hashing an earlier run's bytes took time in which nothing was read.
  rate_ = RateMeter();
  rate_.Record(file_started_, job_read_);
  whole_ = already > 0 && already == total;
  if (style_ == ProgressStyle::kLines) {
    const std::string from =
        already == 0 ? "" : fmt::format(", continuing at {}", HumanBytes(already));
    if (whole_) {
      fmt::print(out_, "{}: whole already, {} checked\n", current_.label, HumanBytes(total));
    } else {
      fmt::print(out_, "{}: reading {}{}\n", current_.label, HumanBytes(total), from);
    }
    out_.flush();
  }
  Draw();
}

void Progress::Advance(std::uint64_t bytes) {
  current_.done += bytes;
  job_done_ += bytes;
  job_read_ += bytes;
  file_read_ += bytes;
  const protocol::TimePoint now = clock_.Now();
  if (style_ == ProgressStyle::kLines) PrintTenths();
  if (last_draw_ && now - *last_draw_ < kRedrawInterval) return;
  rate_.Record(now, job_read_);
  Draw();
}

void Progress::FinishFile() {
  if (!in_file_) return;
  in_file_ = false;
  if (style_ == ProgressStyle::kLines && !whole_) {
    const duration<double> elapsed = clock_.Now() - file_started_;
    std::string rate;
    if (elapsed.count() > 0 && file_read_ > 0) {
      const double per_second = static_cast<double>(file_read_) / elapsed.count();
      rate = fmt::format(" in {:.1f} s, {}/s", elapsed.count(),
                         HumanBytes(static_cast<std::uint64_t>(per_second)));
    }
    fmt::print(out_, "{}: done{}\n", current_.label, rate);
    out_.flush();
  }
  Clear();
}

void Progress::Interrupt() {
  if (!in_file_) return;
  in_file_ = false;
  if (drawn_) {
    out_ << "\n" << std::flush;
    drawn_ = false;
  }
}

void Progress::ShowStatus(std::string_view text, std::optional<unsigned> percent) {
  if (style_ != ProgressStyle::kBar || in_file_) return;
  const std::string share = percent ? fmt::format(" {} %", *percent) : "";
  const std::size_t width = std::max<std::size_t>(width_(), 2) - 1;
  const std::size_t room = width - std::min(width, share.size());
  out_ << kClearLine << ShortenEnd(Printable(text), room) << share.substr(0, width) << std::flush;
  drawn_ = true;
}

void Progress::Clear() {
  if (!drawn_) return;
  out_ << kClearLine << std::flush;
  drawn_ = false;
  last_draw_.reset();
}

void Progress::PrintTenths() {
  const unsigned tenths = Percent(current_.done, current_.total) / 10;
  // 100 % is the line of FinishFile().
  if (tenths <= printed_tenths_ || tenths >= 10) return;
  printed_tenths_ = tenths;
  fmt::print(out_, "{}: {} %\n", current_.label, tenths * 10);
  out_.flush();
}

ProgressView Progress::View() const {
  ProgressView view = current_;
  view.bytes_per_second = rate_.bytes_per_second();
  if (view.bytes_per_second >= 1 && job_total_ >= job_done_) {
    view.time_left =
        seconds(std::llround(static_cast<double>(job_total_ - job_done_) / view.bytes_per_second));
  }
  return view;
}

void Progress::Draw() {
  if (style_ != ProgressStyle::kBar) return;
  last_draw_ = clock_.Now();
  // The last column stays free: some terminals wrap when it is written.
  const std::size_t width = std::max<std::size_t>(width_(), 2) - 1;
  out_ << kClearLine << RenderBar(View(), width) << std::flush;
  drawn_ = true;
}

}  // namespace mtkrig::harness
