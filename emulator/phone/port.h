#pragma once

// Port: the phone's end of the bulk pipes, between firmware (coroutines that await) and a front end
// (which pushes what the host wrote and pulls what it reads).
//
// Both directions are bounded. Input: a window of kInputWindow bytes; what does not fit is not
// taken, and the front end keeps the host waiting. Output: firmware that has kOutputWindow bytes
// untaken is suspended, as a phone is whose host does not read. Contents of flash are never queued:
// they are produced into the host's own buffer as it reads.

#include <array>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "emulator/virtual_flash.h"
#include "protocol/base/bytes.h"
#include "protocol/base/clock.h"
#include "protocol/base/task.h"

namespace mtkrig::emulator {

using protocol::ResumeTask;
using protocol::Task;

class Port {
 public:
  static constexpr std::size_t kInputWindow = 0x10000;
  static constexpr std::size_t kOutputWindow = 0x4000;

  Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() = default;

  // --- Firmware side. Every result is for one co_await at once. --------------------------------

  template <std::unsigned_integral T>
  struct TakeAwaiter {
    Port* port;
    bool await_ready() const { return port->available() >= sizeof(T); }
    void await_suspend(std::coroutine_handle<> self) const { port->WaitForInput(self, sizeof(T)); }
    T await_resume() const {
      std::array<std::uint8_t, sizeof(T)> bytes{};
      port->Pop(bytes);
      return protocol::LoadBe<T>(bytes);
    }
  };
  struct TakeSomeAwaiter {
    Port* port;
    std::size_t most;
    bool await_ready() const { return port->available() > 0; }
    void await_suspend(std::coroutine_handle<> self) const { port->WaitForInput(self, 1); }
    protocol::ByteSpan await_resume() const { return port->PopSpan(most); }
  };
  struct PeekAwaiter {
    Port* port;
    std::optional<protocol::TimePoint> deadline;
    bool await_ready() const { return port->available() > 0; }
    void await_suspend(std::coroutine_handle<> self) const {
      port->WaitForInput(self, 1);
      port->wait_.deadline = deadline;
    }
    std::optional<std::uint8_t> await_resume() const { return port->Front(); }
  };
  struct PeekOrDrainedAwaiter {
    Port* port;
    std::optional<protocol::TimePoint> deadline;
    bool await_ready() const { return port->available() > 0 || !port->has_output(); }
    void await_suspend(std::coroutine_handle<> self) const {
      port->wait_ =
          Wait{.who = self, .kind = WaitKind::kInputOrDrained, .bytes = 1, .deadline = deadline};
    }
    std::optional<std::uint8_t> await_resume() const { return port->Front(); }
  };
  struct SendAwaiter {
    Port* port;
    bool await_ready() const { return port->queued_ <= kOutputWindow; }
    void await_suspend(std::coroutine_handle<> self) const {
      port->wait_ = Wait{.who = self, .kind = WaitKind::kRoom};
    }
    void await_resume() const {}
  };
  struct FlashAwaiter {
    Port* port;
    bool await_ready() const { return port->flash_left_ == 0; }
    void await_suspend(std::coroutine_handle<> self) const {
      port->wait_ = Wait{.who = self, .kind = WaitKind::kFlash};
    }
    std::uint16_t await_resume() const { return port->flash_sum_; }
  };
  struct PauseAwaiter {
    Port* port;
    bool until_drained;
    std::optional<protocol::TimePoint> deadline;
    bool await_ready() const { return until_drained && !port->has_output(); }
    void await_suspend(std::coroutine_handle<> self) const {
      port->wait_ = Wait{.who = self,
                         .kind = until_drained ? WaitKind::kDrained : WaitKind::kTime,
                         .deadline = deadline};
    }
    void await_resume() const {}
  };

  // The next big-endian integer from the host.
  template <std::unsigned_integral T>
  TakeAwaiter<T> Take() {
    return {this};
  }
  // Between one and `most` bytes, as they lie in the front end's memory: valid until the next
  // co_await.
  TakeSomeAwaiter TakeSome(std::size_t most) { return {this, most}; }
  // The next byte, which stays; empty when `deadline` passed without one.
  PeekAwaiter Peek() { return {this, std::nullopt}; }
  PeekAwaiter PeekBefore(protocol::TimePoint deadline) { return {this, deadline}; }

  // The same, and ends also when the host has taken everything.
  PeekOrDrainedAwaiter PeekOrDrainedBefore(protocol::TimePoint deadline) {
    return {this, deadline};
  }

  // Sends one USB transfer. The data is copied at once.
  SendAwaiter Send(protocol::ByteSpan data) {
    Enqueue(data);
    return {this};
  }
  // Sends one big-endian integer as one transfer.
  template <std::unsigned_integral T>
  SendAwaiter Send(T value) {
    std::array<std::uint8_t, sizeof(T)> bytes{};
    protocol::StoreBe<T>(bytes, value);
    Enqueue(bytes);
    return {this};
  }
  // Sends a stretch of flash as one transfer, produced while the host reads it; yields the sum of
  // its bytes. Requires that the stretch lies inside the area.
  FlashAwaiter SendFlash(const VirtualFlash& flash, StorageArea area, std::uint64_t offset,
                         std::uint32_t length) {
    flash_ = &flash;
    flash_area_ = area;
    flash_offset_ = offset;
    flash_left_ = length;
    flash_sum_ = 0;
    return {this};
  }

  PauseAwaiter Sleep(protocol::Duration duration) { return {this, false, now_ + duration}; }
  // Until the host has taken everything, or the time is up.
  PauseAwaiter Drain(protocol::Duration limit) { return {this, true, now_ + limit}; }
  // For ever: the firmware hangs until the phone loses power.
  PauseAwaiter Halt() { return {this, false, std::nullopt}; }

  protocol::TimePoint now() const { return now_; }
  bool has_output() const { return queued_ > 0 || flash_left_ > 0; }

  // --- Front end side. --------------------------------------------------------------------------

  // Hands bytes to the firmware and runs it. Returns how many were taken; the rest is to be offered
  // again.
  std::size_t HostWrote(protocol::ByteSpan data);

  struct Output {
    std::size_t count = 0;
    bool ended = false;  // the last byte of a transfer is among them
  };
  // Fills `buffer` from the current transfer, and runs firmware that waited for room.
  Output TakeOutput(std::span<std::uint8_t> buffer);

  // Moves the clock and runs firmware whose time has come. Time never goes back.
  void AdvanceTo(protocol::TimePoint now);
  std::optional<protocol::TimePoint> deadline() const { return wait_.deadline; }
  // Forgets what is under way in both directions: the device left the bus.
  void Clear();

 private:
  enum class WaitKind { kNone, kInput, kInputOrDrained, kRoom, kFlash, kDrained, kTime };
  struct Wait {
    std::coroutine_handle<> who = nullptr;
    WaitKind kind = WaitKind::kNone;
    std::size_t bytes = 0;
    std::optional<protocol::TimePoint> deadline = std::nullopt;
  };

  std::size_t available() const { return input_.size() - input_head_ + incoming_.size(); }
  void WaitForInput(std::coroutine_handle<> self, std::size_t bytes) {
    wait_ = Wait{.who = self, .kind = WaitKind::kInput, .bytes = bytes};
  }
  void Pop(std::span<std::uint8_t> out);
  protocol::ByteSpan PopSpan(std::size_t most);
  std::optional<std::uint8_t> Front() const;
  void Enqueue(protocol::ByteSpan data);
  bool Satisfied() const;
  // Resumes the firmware for as long as what it waits for is there.
  void Run();

  protocol::TimePoint now_{};
  Wait wait_;

  // Input: first what was kept, then what the host is just handing over.
  std::vector<std::uint8_t> input_;
  std::size_t input_head_ = 0;
  protocol::ByteSpan incoming_;

  // Output: the bytes of all queued transfers, and how long each is.
  std::vector<std::uint8_t> output_;
  std::size_t output_head_ = 0;
  std::size_t queued_ = 0;
  std::deque<std::size_t> transfers_;
  // A stretch of flash behind the queue. The firmware waits meanwhile, so nothing can follow it.
  const VirtualFlash* flash_ = nullptr;
  StorageArea flash_area_ = StorageArea::kEmmcUser;
  std::uint64_t flash_offset_ = 0;
  std::uint64_t flash_left_ = 0;
  std::uint16_t flash_sum_ = 0;
};

}  // namespace mtkrig::emulator
