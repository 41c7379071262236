// Any sequence of transfers against a device: requests, bulk transfers, cancellations. Whatever
// comes, every transfer is completed once or pending, and what is cancelled is never completed.

#include <cstdint>
#include <cstdlib>
#include <set>
#include <vector>

#include "emulator/usb/usb_device.h"
#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {
namespace {

class CountingSink final : public TransferSink {
 public:
  void Completed(Completion completion) override {
    if (open.erase(completion.id) != 1) std::abort();
    if (completion.data.size() > completion.actual_length) std::abort();
  }
  std::set<std::uint64_t> open;
};

void Run(protocol::ByteSpan input) {
  FakeFunction function;
  function.when_written = [&function](protocol::ByteSpan) {
    function.written.clear();
  };
  CountingSink sink;
  BufferPool pool;
  if (input.empty()) return;
  function.device_description.strict_packets = (input[0] & 1) != 0;
  function.device_description.zero_length_packets = (input[0] & 2) != 0;
  if ((input[0] & 4) != 0) function.device_description = BootRomDescription();
  UsbDevice device(function, sink, pool);
  device.Configure();
  protocol::ByteReader reader(input.subspan(1), protocol::Endian::kLittle);
  for (std::uint64_t id = 0; reader.left() > 0; ++id) {
    const std::uint8_t step = reader.Take<std::uint8_t>().value_or(0);
    if (step < 0x40) {
      // A transfer: endpoint, length, and the setup packet where there is one.
      Transfer transfer;
      transfer.id = id;
      transfer.endpoint = static_cast<std::uint8_t>((step & 0x0f) | (step & 0x10) << 3);
      transfer.short_not_ok = (step & 0x20) != 0;
      transfer.length = reader.Take<std::uint16_t>().value_or(0);
      if ((step & 0x0f) == 0) {
        const auto setup = reader.TakeBytes(protocol::usb::kSetupSize);
        if (setup) transfer.setup = SetupPacket::Parse(*setup);
      }
      if ((transfer.endpoint & 0x80) == 0) {
        transfer.length %= 2048;
        transfer.data = pool.Take(transfer.length);
        transfer.data.Append(std::vector<std::uint8_t>(transfer.length, step));
      }
      sink.open.insert(id);
      device.Submit(std::move(transfer));
    } else if (step < 0x80) {
      const std::uint64_t victim = id - std::min<std::uint64_t>(id, step & 0x3f);
      if (device.Cancel(victim) && sink.open.erase(victim) != 1) std::abort();
    } else if (step < 0xc0) {
      function.output.Send(std::vector<std::uint8_t>(1 + (step & 0x3f) * std::size_t{33}));
      device.Pump();
    } else if (step < 0xe0) {
      device.set_has_room((step & 1) != 0);
      function.input_room = step & 0x1f;
    } else {
      device.Reset();
      if ((step & 1) != 0) device.Configure();
    }
    if (device.pending() != sink.open.size()) std::abort();
  }
}

}  // namespace
}  // namespace mtkrig::emulator

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mtkrig::emulator::Run({data, size});
  return 0;
}
