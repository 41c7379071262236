// BromClient::Handshake().

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/brom_client.h"
#include "protocol/wire/brom.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

// M waits this long for a complement before it begins again.
constexpr Duration kComplementTimeout = 500ms;
// Every other attempt begins again this early: a preloader that took the first byte for a mere sign
// of life listens for the whole handshake for some 300 ms only, and a host that comes back later
// wakes it anew each time. The attempts between give a slow line (a phone behind a network) its
// time.
constexpr Duration kImpatientTimeout = 100ms;
// Between two attempts that were answered wrongly, so that a babbling device costs no whole core.
constexpr Duration kPause = 10ms;
// For the answer to the last byte.
constexpr Duration kLastTimeout = 1s;
// A phone in its command loop echoes what it does not know (preloader source of MT6582); seen twice
// it is taken to be there. GET_HW_CODE, which comes next, settles it.
constexpr int kEchoesOfALoop = 2;
constexpr std::size_t kMaxGarbageShown = 16;

bool IsReady(std::uint8_t byte) {
  return std::ranges::find(brom::kReady, byte) != brom::kReady.end();
}

bool IsAgentAnswer(std::uint8_t byte) {
  return byte == legacy_da::kAck || byte == legacy_da::kNack || byte == legacy_da::kUnknownCommand;
}

}  // namespace

// What came instead of a handshake, for the error message.
struct BromClient::HandshakeTrace {
  bool heard_ready = false;
  int echoes = 0;  // first bytes in a row that came back as they were
  std::vector<std::uint8_t> garbage;

  void Note(std::uint8_t byte) {
    if (IsReady(byte)) {
      heard_ready = true;
    } else if (garbage.size() < kMaxGarbageShown) {
      garbage.push_back(byte);
    }
  }

  Error ToError() const {
    if (!garbage.empty()) {
      return Error(ErrorCode::kProtocol,
                   fmt::format("the device answered {} instead of the handshake", ToHex(garbage)))
          .WithHint(
              "This may not be a MediaTek boot ROM or preloader, or the phone still runs something "
              "of an earlier session. Unplug it, take out the battery or hold the power key for 15 "
              "seconds, and plug it in again.");
    }
    if (heard_ready) {
      return Error(ErrorCode::kTimeout,
                   "the preloader says READY but does not answer the handshake")
          .WithHint("Unplug the phone and plug it in again with mtkrig already waiting.");
    }
    return Error(ErrorCode::kTimeout, "the phone does not answer the handshake")
        .WithHint(
            "Power the phone off and plug it in with no key held; its preloader listens for 2 to 3 "
            "seconds only. If nothing happens, hold the boot key (often volume up or down) while "
            "plugging in, and try another cable and port.");
  }
};

// One complement, with READY texts in front of it. False: restart at the first byte.
Result<bool> BromClient::AwaitComplement(std::uint8_t sent, HandshakeTrace& trace,
                                         Duration timeout) {
  const auto expected = static_cast<std::uint8_t>(~sent);
  Clock& clock = link_.device().clock();
  const TimePoint deadline = clock.Now() + timeout;
  for (;;) {
    const Duration left = deadline - clock.Now();
    if (left <= Duration::zero()) return false;
    std::uint8_t byte = 0;
    auto count = link_.device().ReadSome(std::span(&byte, 1), left);
    if (!count) {
      if (count.error().code() == ErrorCode::kTimeout) return false;
      return std::move(count).error();
    }
    if (byte == expected) {
      trace.echoes = 0;
      return true;
    }
    trace.echoes = byte == brom::kHandshake[0] && sent == byte ? trace.echoes + 1 : 0;
    trace.Note(byte);
    if (IsReady(byte)) continue;
    if (IsAgentAnswer(byte)) {
      return Error(ErrorCode::kProtocol,
                   fmt::format("an agent of an earlier session answers (0x{:02x})", byte))
          .WithHint("Unplug the phone and take out its battery or hold the power key, then retry.");
    }
    clock.SleepFor(std::min(kPause, std::max(left, Duration::zero())));
    return false;
  }
}

// One pass over the four bytes. False: something was missing or wrong.
Result<bool> BromClient::TryHandshake(HandshakeTrace& trace, Duration patience,
                                      TimePoint deadline) {
  Clock& clock = link_.device().clock();
  TRY(link_.Discard(Duration::zero()));
  for (const std::uint8_t byte : brom::kHandshake) {
    const Duration left = deadline - clock.Now();
    if (left <= Duration::zero()) return false;
    // After the last byte nothing may be tried again: a phone that took it reads commands now.
    const bool last = &byte == &brom::kHandshake.back();
    const Duration timeout = last ? std::max(kLastTimeout, patience) : std::min(patience, left);
    auto sent = link_.device().Write(std::span(&byte, 1), timeout);
    if (!sent) {
      if (sent.error().code() == ErrorCode::kTimeout) return false;
      return std::move(sent).error();
    }
    TRY_ASSIGN(const bool right, AwaitComplement(byte, trace, timeout));
    if (!right && last) return trace.ToError();
    if (!right) return false;
  }
  return true;
}

Result<void> BromClient::Handshake(Duration timeout) {
  Clock& clock = link_.device().clock();
  const bool forever = timeout == Duration::zero();
  const TimePoint start = clock.Now();
  HandshakeTrace trace;
  bool patient = false;
  do {
    const TimePoint deadline = forever ? clock.Now() + 1h : start + timeout;
    auto done = TryHandshake(trace, patient ? kComplementTimeout : kImpatientTimeout, deadline);
    patient = !patient;
    if (!done) return std::move(done).error().During("handshake");
    if (*done) return Ok();
    if (trace.echoes == kEchoesOfALoop) {
      observer_.OnWarning(
          "the phone is past its handshake already, as after an earlier session; going on there");
      return Ok();
    }
  } while (forever || clock.Now() < start + timeout);
  return trace.ToError().During("handshake");
}

}  // namespace mtkrig::protocol
