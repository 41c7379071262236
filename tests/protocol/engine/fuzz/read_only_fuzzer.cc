// The guard against a host that says anything, judged by a phone that writes down what is done to
// it. An input is a list of turns: a control byte, then bytes to send. Control byte: the low six
// bits are the number of bytes, 0x40 leaves all answers but one byte unread, 0x80 announces a
// watchdog write.

#include <algorithm>
#include <array>
#include <cstdlib>

#include "protocol/engine/read_only_transport.h"
#include "tests/protocol/engine/effect_phone.h"

namespace {

using namespace mtkrig::protocol;  // NOLINT(google-build-using-namespace)

void Play(EffectPhone::Agent agent, GuardedHost host, ByteSpan left) {
  EffectPhone phone(agent);
  ReadOnlyTransport guard(phone, host);
  while (!left.empty()) {
    const std::uint8_t control = left.front();
    left = left.subspan(1);
    const std::size_t count = std::min<std::size_t>(control & 0x3f, left.size());
    if ((control & 0x80) != 0) {
      (void)guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064});
    }
    (void)guard.Write(left.first(count), std::chrono::seconds(1));
    left = left.subspan(count);
    std::array<std::uint8_t, 256> answer = {};
    if ((control & 0x40) != 0) {
      (void)guard.ReadSome(std::span(answer).first(1), Duration::zero());
      continue;
    }
    while (guard.ReadSome(answer, Duration::zero()).has_value()) {
    }
  }
  if (!phone.effects().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const EffectPhone::Agent agent : EffectPhone::kAgents) {
    for (const GuardedHost host : {GuardedHost::kEngine, GuardedHost::kRecorded}) {
      Play(agent, host, ByteSpan(data, size));
    }
  }
  return 0;
}
