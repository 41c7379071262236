// Any bytes as a client's, in any pieces, with a phone that talks, comes and goes. The server's
// answers must stay a well-formed stream, and what it holds must stay bounded.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "emulator/usbip/session.h"
#include "protocol/wire/usbip.h"
#include "tests/emulator/usbip/fake_phone.h"

namespace mtkrig::emulator::usbip {
namespace {

class CheckingOutbox final : public Outbox {
 public:
  void Send(const Header& header, Buffer payload) override {
    const protocol::ByteSpan bytes(header);
    const auto command = protocol::LoadBe<std::uint32_t>(bytes);
    if (command != protocol::usbip::kRetSubmit && command != protocol::usbip::kRetUnlink) {
      std::abort();
    }
    if (!payload.empty() && payload.size() != protocol::LoadBe<std::uint32_t>(bytes.subspan(24))) {
      std::abort();
    }
    unsent += header.size() + payload.size();
  }
  void Send(std::vector<std::uint8_t> bytes) override { unsent += bytes.size(); }
  void Wake() override {}
  bool has_room() const override { return unsent < kLimit; }

  static constexpr std::size_t kLimit = 4096;
  std::size_t unsent = 0;
};

void Run(protocol::ByteSpan input) {
  PhoneHub hub;
  auto owned = std::make_unique<FakePhone>();
  FakePhone& phone = *owned;
  hub.Add(std::move(owned), {});
  phone.when_written = [&phone](protocol::ByteSpan bytes) {
    phone.written.clear();
    if (!phone.output.has_output()) phone.output.Send({bytes.begin(), bytes.end()});
    phone.input_room = std::size_t{1} << 20;
  };
  CheckingOutbox outbox;
  Session session(hub, outbox);
  std::uint8_t round = 0;
  while (!input.empty() && session.state() == Session::State::kOpen) {
    if (!outbox.has_room()) {
      outbox.unsent = 0;
      session.ResumeOutput();
    }
    const std::span<std::uint8_t> room = session.ReadBuffer();
    if (room.empty()) std::abort();
    // Pieces of all sizes, chosen by the input itself.
    const std::size_t piece = std::size_t{1} + input[0] % 97;
    const std::size_t count = std::min({room.size(), input.size(), piece});
    std::copy_n(input.begin(), count, room.begin());
    session.Received(count);
    input = input.subspan(count);
    if (++round % 16 == 0) phone.output.Send(std::vector<std::uint8_t>(round * std::size_t{16}));
    if (round == 200) phone.Unplug();
    hub.Service(protocol::TimePoint(std::chrono::milliseconds(round)));
    // One piece of input makes at most so much output: a large payload, or many small answers.
    if (outbox.unsent > CheckingOutbox::kLimit + Session::kMaxTransfer) std::abort();
  }
}

}  // namespace
}  // namespace mtkrig::emulator::usbip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mtkrig::emulator::usbip::Run({data, size});
  return 0;
}
