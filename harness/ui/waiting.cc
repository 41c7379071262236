#include "harness/ui/waiting.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace mtkrig::harness {
namespace {

using protocol::Phase;
using std::chrono::seconds;

struct Advice {
  seconds silence;
  std::string_view text;
};

constexpr std::array<Advice, 3> kHandshakeAdvice = {{
    {seconds(2),
     "waiting for the phone. Power it off, hold no key, and plug the cable in: its preloader "
     "listens for 2 to 3 seconds. For its boot ROM hold the boot key (volume up, volume down, or "
     "both) while plugging in."},
    {seconds(15),
     "still waiting. Take the battery out for a moment or hold power for 10 seconds, so that the "
     "phone is really off; use a cable that carries data, and a port of the computer itself. "
     "`lsusb` should show 0e8d:2000 or 0e8d:0003 for a moment."},
    {seconds(45),
     "still waiting. If lsusb shows the phone, another program may hold it (ModemManager, a second "
     "mtkrig), or this user may not open it: `mtkrig doctor` tells. Ctrl-C stops."},
}};

constexpr std::array<Advice, 1> kDramAdvice = {{
    {seconds(5), "the phone is setting up its memory, which can take half a minute."},
}};

constexpr std::array<Advice, 1> kReadAdvice = {{
    {seconds(5),
     "the phone has stopped sending. It will be given up soon; then unplug it, power it off, plug "
     "it in again and use --resume."},
}};

constexpr std::array<Advice, 1> kOtherAdvice = {{
    {seconds(5), "the phone has not answered for 5 seconds; leave it plugged in."},
}};

std::span<const Advice> AdviceFor(Phase phase) {
  switch (phase) {
    case Phase::kHandshake:
      return kHandshakeAdvice;
    case Phase::kDramSetup:
    case Phase::kStage2:
    case Phase::kStorageReport:
      return kDramAdvice;
    case Phase::kRead:
      return kReadAdvice;
    default:
      return kOtherAdvice;
  }
}

constexpr protocol::Duration kPollInterval = std::chrono::milliseconds(250);

}  // namespace

void WaitAdvisor::OnActivity(Phase phase, protocol::TimePoint now) {
  phase_ = phase;
  since_ = now;
  given_ = 0;
  started_ = true;
}

std::string WaitAdvisor::Poll(protocol::TimePoint now) {
  const std::span<const Advice> advice = AdviceFor(phase_);
  if (!of_phone_ || !started_ || given_ >= advice.size() || now - since_ < advice[given_].silence)
    return {};
  return std::string(advice[given_++].text);
}

ConsoleObserver::ConsoleObserver(Console& console, const protocol::Clock& clock, bool of_phone)
    : console_(console), clock_(clock), advisor_(of_phone), watcher_([this] { Watch(); }) {}

ConsoleObserver::~ConsoleObserver() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ending_changed_.notify_all();
  watcher_.join();
}

void ConsoleObserver::Watch() {
  std::unique_lock lock(mutex_);
  while (!ending_changed_.wait_for(lock, kPollInterval, [this] { return ending_; })) {
    const std::string advice = advisor_.Poll(clock_.Now());
    if (!advice.empty()) console_.Note(advice);
  }
}

void ConsoleObserver::OnPhase(Phase phase, std::string_view detail) {
  phase_ = phase;
  shown_percent_ = 0;
  status_ = detail.empty() ? fmt::format("{} ...", protocol::PhaseName(phase))
                           : fmt::format("{}: {} ...", protocol::PhaseName(phase), detail);
  // An upload has its share from the start: a short one is a single block.
  const bool is_upload = phase == Phase::kSendAgent || phase == Phase::kStage2;
  console_.WithProgress([&](Progress& progress) {
    progress.ShowStatus(status_, is_upload ? std::optional(0U) : std::nullopt);
  });
  const std::lock_guard lock(mutex_);
  advisor_.OnActivity(phase, clock_.Now());
}

void ConsoleObserver::OnProgress(std::uint64_t done, std::uint64_t total) {
  {
    const std::lock_guard lock(mutex_);
    advisor_.OnActivity(phase_, clock_.Now());
  }
  // A read's progress is shown by its output file, which knows of resumed bytes.
  if (phase_ == Phase::kRead || total == 0) return;
  const auto percent =
      static_cast<unsigned>(static_cast<double>(done) * 100 / static_cast<double>(total));
  if (percent == shown_percent_) return;
  shown_percent_ = percent;
  console_.WithProgress([&](Progress& progress) { progress.ShowStatus(status_, percent); });
}

void ConsoleObserver::OnNote(std::string_view text) {
  console_.Note(text);
}

void ConsoleObserver::OnWarning(std::string_view text) {
  console_.Warn(text);
}

}  // namespace mtkrig::harness
