#pragma once

// "Nothing happens after I plug it in" is the most frequent complaint of the field. While a step
// waits for the phone, this says what it waits for and what the user can do.

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "harness/ui/console.h"
#include "protocol/base/clock.h"
#include "protocol/engine/observer.h"

namespace mtkrig::harness {

// Decides what to say; owns no thread, so that it can be tested with a virtual clock.
class WaitAdvisor {
 public:
  // `of_phone`: false where there is nothing to be done, as with a recording that takes its time.
  explicit WaitAdvisor(bool of_phone = true) : of_phone_(of_phone) {}
  // A step began, or the phone gave a sign of life in it.
  void OnActivity(protocol::Phase phase, protocol::TimePoint now);
  // What to tell the user now, or nothing. Each piece of advice is given once a silence.
  std::string Poll(protocol::TimePoint now);

 private:
  const bool of_phone_;
  protocol::Phase phase_ = protocol::Phase::kHandshake;
  protocol::TimePoint since_;
  std::size_t given_ = 0;
  bool started_ = false;
};

// The observer of a session: shows the steps on the console, passes warnings on, and watches for
// silence on a thread of its own, on the wall clock: people wait in real time.
class ConsoleObserver final : public protocol::Observer {
 public:
  // Both must outlive the observer. `of_phone` as of WaitAdvisor.
  ConsoleObserver(Console& console, const protocol::Clock& clock, bool of_phone = true);
  ~ConsoleObserver() override;
  ConsoleObserver(const ConsoleObserver&) = delete;
  ConsoleObserver& operator=(const ConsoleObserver&) = delete;

  void OnPhase(protocol::Phase phase, std::string_view detail) override;
  void OnProgress(std::uint64_t done, std::uint64_t total) override;
  void OnNote(std::string_view text) override;
  void OnWarning(std::string_view text) override;

  // The step that is under way.
  protocol::Phase phase() const { return phase_; }

 private:
  void Watch();

  Console& console_;
  const protocol::Clock& clock_;
  protocol::Phase phase_ = protocol::Phase::kHandshake;
  std::string status_;
  unsigned shown_percent_ = 0;

  std::mutex mutex_;  // of what follows
  std::condition_variable ending_changed_;
  WaitAdvisor advisor_;
  bool ending_ = false;
  std::thread watcher_;
};

}  // namespace mtkrig::harness
