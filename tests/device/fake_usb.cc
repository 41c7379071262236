#include "tests/device/fake_usb.h"

#include <fmt/format.h>

#include "protocol/base/bytes.h"

namespace mtkrig::device::testing {
namespace {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(UsbWorld& world) : world_(&world) {}
  TimePoint Now() const override { return world_->now(); }
  void SleepFor(Duration duration) override { world_->Pass(duration); }

 private:
  UsbWorld* world_;
};

class FakeBus final : public UsbBus {
 public:
  explicit FakeBus(UsbWorld& world) : world_(&world) {}
  Result<std::vector<UsbDevice>> List() override { return world_->devices; }
  void WaitForChange(Duration at_most, const Cancellation* cancellation) override {
    if (IsCancelled(cancellation)) return;
    const TimePoint end =
        world_->now() + std::min<Duration>(at_most, std::chrono::milliseconds(20));
    while (world_->Pass(end - world_->now()) && !world_->tells_changes && world_->now() < end) {
    }
  }
  std::string Holders(const UsbDevice& /*device*/) override { return world_->holders; }

 private:
  UsbWorld* world_;
};

}  // namespace

class FakeApi final : public UsbApi {
 public:
  explicit FakeApi(UsbWorld& world) : world_(&world) {}

  int Open(const UsbDevice& device, libusb_device_handle** handle) override {
    Step();
    const bool there =
        std::any_of(world_->devices.begin(), world_->devices.end(),
                    [&device](const UsbDevice& other) { return other.address == device.address; });
    if (!there) return LIBUSB_ERROR_NO_DEVICE;
    if (world_->open_status != 0) return world_->open_status;
    Log(fmt::format("open {}", device.address));
    ++world_->open_handles;
    *handle = reinterpret_cast<libusb_device_handle*>(world_);
    return 0;
  }
  void Close(libusb_device_handle* /*handle*/) override {
    Log("close");
    --world_->open_handles;
    world_->reads_.clear();
    world_->writes_.clear();
    world_->finished_.clear();
  }
  int SetConfiguration(libusb_device_handle* /*handle*/, int configuration) override {
    Log(fmt::format("configure {}", configuration));
    return Step();
  }
  int KernelDriverActive(libusb_device_handle* /*handle*/, int interface) override {
    if (Step() != 0) return LIBUSB_ERROR_NO_DEVICE;
    return world_->kernel_drivers.count(interface) == 1 ? 1 : 0;
  }
  // cdc_acm lets go of both interfaces at once.
  int DetachKernelDriver(libusb_device_handle* /*handle*/, int interface) override {
    Log(fmt::format("detach {}", interface));
    world_->kernel_drivers.clear();
    return Step();
  }
  int AttachKernelDriver(libusb_device_handle* /*handle*/, int interface) override {
    Log(fmt::format("attach {}", interface));
    return Step();
  }
  int ClaimInterface(libusb_device_handle* /*handle*/, int interface) override {
    if (world_->claim_status != 0) return world_->claim_status;
    Log(fmt::format("claim {}", interface));
    return Step();
  }
  int ReleaseInterface(libusb_device_handle* /*handle*/, int interface) override {
    Log(fmt::format("release {}", interface));
    return Step();
  }
  int ControlOut(libusb_device_handle* /*handle*/, std::uint8_t request_type, std::uint8_t request,
                 std::uint16_t value, std::uint16_t index, std::span<std::uint8_t> data,
                 Duration timeout) override {
    if (Step() != 0) return LIBUSB_ERROR_NO_DEVICE;
    if (world_->control_hangs) {
      const TimePoint end = world_->now() + timeout;
      while (world_->now() < end) world_->Pass(end - world_->now());
      return LIBUSB_ERROR_TIMEOUT;
    }
    Log(fmt::format("control {:02x} {:02x} {:04x} {:04x} {}", request_type, request, value, index,
                    protocol::ToHex(data)));
    return world_->control_status != 0 ? world_->control_status : static_cast<int>(data.size());
  }
  int ClearHalt(libusb_device_handle* /*handle*/, std::uint8_t endpoint) override {
    Log(fmt::format("clear {:02x}", endpoint));
    return Step();
  }
  libusb_transfer* AllocTransfer() override {
    ++world_->live_transfers;
    return libusb_alloc_transfer(0);
  }
  void FreeTransfer(libusb_transfer* transfer) override {
    --world_->live_transfers;
    libusb_free_transfer(transfer);
  }
  int SubmitTransfer(libusb_transfer* transfer) override {
    Step();
    return world_->Submit(transfer);
  }
  int CancelTransfer(libusb_transfer* transfer) override {
    Step();
    return world_->Cancel(transfer);
  }
  void WaitEvents(Duration at_most, const Cancellation* cancellation) override {
    Step();
    if (world_->RunCallbacks() || IsCancelled(cancellation)) return;
    world_->Pass(at_most);
    world_->RunCallbacks();
  }

 private:
  // A call begins. What it answers if the phone is not there any more.
  int Step() {
    if (world_->unplug_in_calls >= 0 && world_->unplug_in_calls-- == 0) world_->Unplug();
    return world_->gone_ ? LIBUSB_ERROR_NO_DEVICE : 0;
  }
  void Log(std::string line) { world_->log.push_back(std::move(line)); }
  UsbWorld* world_;
};

std::vector<std::uint8_t> AcmDescriptors(std::uint16_t packet) {
  const auto low = static_cast<std::uint8_t>(packet);
  const auto high = static_cast<std::uint8_t>(packet >> 8);
  return {
      18,   1,    0x00, 0x02, 2,    0,    0, 64,   0x8d,
      0x0e, 0x00, 0x20, 0,    1,    1,    2, 0,    1,     // device
      9,    2,    67,   0,    2,    1,    0, 0xc0, 0xfa,  // configuration 1
      9,    4,    0,    0,    1,    2,    2, 1,    0,     // communication
      5,    0x24, 0,    0x10, 0x01,                       // header
      4,    0x24, 2,    0x0f,                             // ACM
      5,    0x24, 6,    0,    1,                          // union
      5,    0x24, 1,    3,    1,                          // call management
      7,    5,    0x84, 3,    64,   0,    1,              // interrupt IN
      9,    4,    1,    0,    2,    0x0a, 0, 0,    0,     // data
      7,    5,    0x81, 2,    low,  high, 0,              // bulk IN
      7,    5,    0x01, 2,    low,  high, 0,              // bulk OUT
  };
}

UsbDevice Preloader(std::string port_path, unsigned address) {
  UsbDevice device;
  device.port_path = std::move(port_path);
  device.id = {0x0e8d, 0x2000};
  device.bus = 1;
  device.address = address;
  device.speed_mbps = 480;
  device.configuration = 1;
  device.descriptors = AcmDescriptors();
  device.product = "MT65xx Preloader";
  return device;
}

UsbWorld::~UsbWorld() {
  EXPECT_EQ(live_transfers, 0) << "transfers leaked";
  EXPECT_EQ(open_handles, 0) << "handles leaked";
}

UsbHost UsbWorld::Host() {
  UsbHost host;
  host.bus = std::make_unique<FakeBus>(*this);
  host.api = std::make_unique<FakeApi>(*this);
  host.clock = std::make_unique<FakeClock>(*this);
  return host;
}

bool UsbWorld::Pass(Duration at_most) {
  if (at_most > std::chrono::hours(1) && events_.empty()) {
    ADD_FAILURE() << "waits for ever";
    std::abort();
  }
  const TimePoint end = now_ + std::min<Duration>(at_most, std::chrono::hours(24));
  if (events_.empty() || events_.begin()->first > end) {
    now_ = end;
    return false;
  }
  now_ = std::max(now_, events_.begin()->first);
  const auto event = events_.extract(events_.begin());
  event.mapped()();
  return true;
}

void UsbWorld::Plug(const UsbDevice& device) {
  devices.push_back(device);
  gone_ = false;
  packet_ = device.descriptors.size() > 55 && device.descriptors[83] == 64 ? 64 : 512;
}

void UsbWorld::Unplug() {
  gone_ = true;
  devices.clear();
  sent_.clear();
  while (!reads_.empty()) Finish(reads_.front(), LIBUSB_TRANSFER_NO_DEVICE);
  while (!writes_.empty()) Finish(writes_.front(), LIBUSB_TRANSFER_NO_DEVICE);
}

void UsbWorld::Send(ByteSpan data, bool zero_packet) {
  for (std::size_t at = 0; at < data.size(); at += packet_) {
    const ByteSpan part = data.subspan(at, std::min(packet_, data.size() - at));
    sent_.push_back({.data = Bytes(part.begin(), part.end()), .failure = {}});
  }
  if (zero_packet) sent_.push_back({});
  FillReads();
}

void UsbWorld::Fail(libusb_transfer_status status) {
  sent_.push_back({.data = {}, .failure = status});
  FillReads();
}

std::vector<int> UsbWorld::in_lengths() const {
  std::vector<int> lengths;
  for (const libusb_transfer* transfer : reads_) lengths.push_back(transfer->length);
  return lengths;
}

int UsbWorld::Submit(libusb_transfer* transfer) {
  if (gone_) return LIBUSB_ERROR_NO_DEVICE;
  if ((transfer->endpoint & 0x80) == 0) {
    if (submit_out_status != 0) return submit_out_status;
    out_transfers.push_back(static_cast<std::size_t>(transfer->length));
    TakeWrite(transfer);
    return 0;
  }
  if (submit_in_status != 0) return submit_in_status;
  std::size_t used = static_cast<std::size_t>(transfer->length);
  for (const int length : in_lengths()) used += static_cast<std::size_t>(length);
  if (used > memory) return LIBUSB_ERROR_NO_MEM;
  reads_.push_back(transfer);
  largest_in_flight = std::max(largest_in_flight, reads_.size());
  FillReads();
  return 0;
}

void UsbWorld::TakeWrite(libusb_transfer* transfer) {
  writes_.push_back(transfer);
  switch (out) {
    case Out::kNak:
      return;
    case Out::kStallOnce:
    case Out::kStall:
      if (out == Out::kStallOnce) out = Out::kTake;
      Finish(transfer, LIBUSB_TRANSFER_STALL);
      return;
    case Out::kError:
      Finish(transfer, LIBUSB_TRANSFER_ERROR);
      return;
    case Out::kTake:
      written.insert(written.end(), transfer->buffer, transfer->buffer + transfer->length);
      transfer->actual_length = transfer->length;
      Finish(transfer, LIBUSB_TRANSFER_COMPLETED);
  }
}

int UsbWorld::Cancel(libusb_transfer* transfer) {
  const bool pending = std::count(reads_.begin(), reads_.end(), transfer) +
                           std::count(writes_.begin(), writes_.end(), transfer) >
                       0;
  if (!pending) return LIBUSB_ERROR_NOT_FOUND;
  if (cancel_works) Finish(transfer, LIBUSB_TRANSFER_CANCELLED);
  return 0;
}

// Packets go to the oldest transfer until it is full or a packet is short.
void UsbWorld::FillReads() {
  while (!reads_.empty() && !sent_.empty()) {
    libusb_transfer* transfer = reads_.front();
    const Packet packet = sent_.front();
    sent_.pop_front();
    if (packet.failure) {
      Finish(transfer, *packet.failure);
      // A halted endpoint does no more until it is cleared; an error or babble ends one transfer.
      if (*packet.failure == LIBUSB_TRANSFER_STALL) return;
      continue;
    }
    std::copy(packet.data.begin(), packet.data.end(), transfer->buffer + transfer->actual_length);
    transfer->actual_length += static_cast<int>(packet.data.size());
    if (packet.data.size() < packet_ || transfer->actual_length == transfer->length) {
      Finish(transfer, LIBUSB_TRANSFER_COMPLETED);
    }
  }
}

void UsbWorld::Finish(libusb_transfer* transfer, libusb_transfer_status status) {
  std::erase(reads_, transfer);
  std::erase(writes_, transfer);
  transfer->status = status;
  finished_.push_back(transfer);
}

bool UsbWorld::RunCallbacks() {
  const bool any = !finished_.empty();
  while (!finished_.empty()) {
    libusb_transfer* transfer = finished_.front();
    finished_.pop_front();
    transfer->callback(transfer);
  }
  return any;
}

}  // namespace mtkrig::device::testing
