#include "protocol/engine/phone_shadow.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/brom.h"

namespace mtkrig::protocol {

PhoneShadow::PhoneShadow(GuardedHost host) : host_(host) {
  AtHandshake();
}

Result<void> PhoneShadow::OnHost(ByteSpan data) {
  while (!data.empty() && !refused()) {
    if (waits_ == Waits::kDevice) {
      Refuse(
          "the phone still owes an answer to what was sent before, or nobody has read all of it");
    } else {
      Feed(data);
    }
  }
  if (refused()) return RefusalError();
  return Ok();
}

Result<std::size_t> PhoneShadow::OnHostInTurn(ByteSpan data) {
  ByteSpan left = data;
  do {
    if (waits_ == Waits::kDevice) return OnHost(left).error();
    Feed(left);
    if (refused()) return RefusalError();
  } while (!left.empty() && OwedBefore(left.front()) == 0 && may_follow_ == 0);
  return data.size() - left.size();
}

std::size_t PhoneShadow::OwedBefore(std::uint8_t next) const {
  if (refused()) return 0;
  if (place_ != Place::kHandshake) {
    return waits_ == Waits::kDevice ? static_cast<std::size_t>(left_) : 0;
  }
  // Bytes of the handshake may be said again until the last one is out.
  const bool owed = LastHandshakeByteIsOut() ||
                    (handshake_byte_sent_ && next == brom::kHandshake[handshake_at_ + 1]);
  return owed ? 1 : 0;
}

bool PhoneShadow::HandshakeFailedBefore(std::uint8_t next) const {
  return !refused() && place_ == Place::kHandshake && !handshake_byte_sent_ &&
         next != brom::kHandshake[handshake_at_] &&
         std::ranges::find(brom::kHandshake, next) != brom::kHandshake.end();
}

void PhoneShadow::OnDevice(ByteSpan data) {
  while (!data.empty() && !refused()) {
    if (waits_ == Waits::kDevice) {
      Feed(data);
    } else if (place_ == Place::kHandshake) {
      OnHandshakeAnswer(data.front());
      data = data.subspan(1);
    } else if (place_ == Place::kStage2End) {
      OnEarlyStart(data.front());
      data = data.subspan(1);
    } else if (place_ == Place::kOver || (place_ == Place::kCommand && at_brom_command_)) {
      // Answers of boot ROM commands without arguments, some of which not every phone gives. The
      // phone reads a command next, whatever they are, and echoes it.
      return OnPlainAnswer(data);
    } else if (place_ == Place::kCommand && tail_left_ != 0) {
      --tail_left_;
      data = data.subspan(1);
    } else if (place_ == Place::kCommand) {
      Refuse(
          "the agent said more than it was asked for, so that its next answer may be an old one");
    } else {
      Refuse("the phone answered in the middle of a command");
    }
  }
}

void PhoneShadow::OnWriteFailed() {
  if (place_ == Place::kHandshake && !LastHandshakeByteIsOut()) {
    // Nothing but handshake bytes can have arrived, and those may be sent again.
    AtHandshake();
  } else {
    Refuse("an earlier write failed half-way, so that it is unknown what the phone received");
  }
}

void PhoneShadow::OnReconnected() {
  if (refused()) return;
  if (port_is_set_up_ && place_ == Place::kCommand) {
    port_is_set_up_ = false;  // the agent of stage 2 goes on at the higher speed
  } else {
    *this = PhoneShadow(host_);
  }
}

Result<void> PhoneShadow::AnnounceWatchdogWrite(const RegisterWrite& write) {
  const auto writes = WatchdogWrites();
  const bool listed = std::ranges::find(writes, std::optional(write)) != writes.end();
  if (!refused() && !(listed && at_brom_command_)) {
    Refuse(
        fmt::format("writing 0x{:x} to register 0x{:08x} is not how a watchdog of this chip is "
                    "disabled",
                    write.value, write.address));
  }
  if (refused()) return RefusalError();
  announced_ = write;
  return Ok();
}

void PhoneShadow::Feed(ByteSpan& data) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size()));
  if (bound_ && !AreNoCommands(data.first(count))) return;
  if (!skip_) {
    std::copy_n(data.begin(), count, taken_.begin() + static_cast<std::ptrdiff_t>(taken_count_));
    taken_count_ += count;
  }
  data = data.subspan(count);
  left_ -= count;
  if (left_ == 0) (this->*next_)();
}

void PhoneShadow::Expect(Waits waits, bool skip, std::uint64_t count, Next next) {
  waits_ = waits;
  skip_ = skip;
  bound_ = false;
  left_ = count;
  next_ = next;
  place_ = Place::kInside;
  at_brom_command_ = false;
  if (!skip) taken_count_ = 0;
  if (count == 0) (this->*next)();
}

void PhoneShadow::TakeFromHost(std::size_t count, Next next) {
  Expect(Waits::kHost, false, count, next);
}

void PhoneShadow::TakeArgumentsFromHost(std::size_t count, Next next) {
  TakeFromHost(count, next);
  bound_ = true;
}

void PhoneShadow::TakeFromDevice(std::size_t count, Next next) {
  Expect(Waits::kDevice, false, count, next);
}

void PhoneShadow::SkipFromHost(std::uint64_t count, Next next) {
  Expect(Waits::kHost, true, count, next);
}

void PhoneShadow::SkipFromDevice(std::uint64_t count, Next next) {
  Expect(Waits::kDevice, true, count, next);
}

void PhoneShadow::EchoFromDevice(Next next) {
  echo_count_ = taken_count_;
  std::copy_n(taken_.begin(), taken_count_, echo_.begin());
  after_echo_ = next;
  TakeFromDevice(echo_count_, &PhoneShadow::OnEcho);
}

void PhoneShadow::OnEcho() {
  if (!std::ranges::equal(taken(), ByteSpan(echo_).first(echo_count_))) {
    Refuse(fmt::format("the phone echoed {} instead of {}", ToHex(taken()),
                       ToHex(ByteSpan(echo_).first(echo_count_))));
    return;
  }
  (this->*after_echo_)();
}

void PhoneShadow::Refuse(std::string reason) {
  if (refusal_.empty()) refusal_ = std::move(reason);
}

Error PhoneShadow::RefusalError() const {
  if (earlier_agent_) {
    return Error(ErrorCode::kProtocol, refusal_)
        .During("handshake")
        .WithHint(
            "A session that was cut off left it running. Unplug the phone, power it off (take out "
            "the battery or hold the power key), plug it in again, and run the same command.");
  }
  return Error(ErrorCode::kWriteRefused,
               fmt::format("nothing more is sent to the phone: {}", refusal_))
      .During("read-only guard")
      .WithHint(
          "mtkrig only reads. Unplug the phone, take out its battery or hold the power key, and "
          "start again; if it happens again, please report it with a trace.");
}

}  // namespace mtkrig::protocol
