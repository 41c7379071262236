// What a USB/IP server can do to the client: any bytes, in any pieces, while the client opens a
// phone, reads, writes and follows it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "device/usbip_client.h"
#include "device/usbip_transport.h"

namespace {

using namespace mtkrig;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
using protocol::Duration;

// Time passes only in waits, and a wait is always to its end.
class FuzzClock final : public protocol::Clock {
 public:
  protocol::TimePoint Now() const override { return now; }
  void SleepFor(Duration duration) override { now += duration; }
  protocol::TimePoint now;
};

class FuzzStream final : public device::usbip::Stream {
 public:
  FuzzStream(FuzzClock& clock, protocol::ByteSpan& input) : clock_(&clock), input_(&input) {}

  protocol::Result<std::size_t> Receive(std::span<iovec> parts) override {
    if (input_->empty()) {
      return protocol::Error(protocol::ErrorCode::kDisconnected, "the input is over");
    }
    // The first byte of each piece is its length; 0 is a pause.
    std::size_t left = std::min<std::size_t>((*input_)[0], input_->size() - 1);
    *input_ = input_->subspan(1);
    std::size_t count = 0;
    for (const iovec& part : parts) {
      const std::size_t step = std::min(left, part.iov_len);
      std::copy_n(input_->begin(), step, static_cast<std::uint8_t*>(part.iov_base));
      *input_ = input_->subspan(step);
      left -= step;
      count += step;
    }
    return count;
  }
  protocol::Result<std::size_t> Send(std::span<iovec> parts) override {
    std::size_t count = 0;
    for (const iovec& part : parts) count += part.iov_len;
    return count;
  }
  void Wait(bool /*to_send*/, Duration at_most,
            const protocol::Cancellation* /*cancellation*/) override {
    clock_->now += at_most;
  }

 private:
  FuzzClock* clock_;
  protocol::ByteSpan* input_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteSpan input(data, size);
  auto clock = std::make_unique<FuzzClock>();
  FuzzClock* time = clock.get();
  const auto connect = [&input, time](const device::Deadline& /*deadline*/,
                                      const protocol::Cancellation* /*cancellation*/)
      -> protocol::Result<std::unique_ptr<device::usbip::Stream>> {
    return std::unique_ptr<device::usbip::Stream>(std::make_unique<FuzzStream>(*time, input));
  };
  auto transport = device::UsbipTransport::Open({.host = "fuzz", .port = 1, .bus_id = "1-1"}, 1s,
                                                nullptr, nullptr, connect, std::move(clock));
  if (!transport) return 0;
  std::vector<std::uint8_t> buffer(4096);
  for (int i = 0; i < 8; ++i) {
    const auto count = (*transport)->ReadSome(buffer, 1s);
    // The contract of Transport; the base class turns a breach into kTransport.
    if (count && (*count == 0 || *count > buffer.size())) std::abort();
    const auto written = (*transport)->Write(std::span(buffer).subspan(0, 700), 1s);
    const auto exact = (*transport)->ReadExact(buffer, 1s);
    if (!written && !exact && written.error().code() == protocol::ErrorCode::kDisconnected) break;
  }
  [[maybe_unused]] const auto reconnected = (*transport)->Reconnect(1s);
  return 0;
}
