#pragma once

// A host's USB with one phone, in software and in virtual time: what the kernel and libusb do with
// transfers, without either. Time moves only when something waits; what is to happen later is
// written down with At().

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "device/libusb_transport.h"

namespace mtkrig::device::testing {

// A CDC-ACM device as preloaders are: interface 0 communication, 1 data, bulk 0x81 and 0x01.
std::vector<std::uint8_t> AcmDescriptors(std::uint16_t packet = 512);
UsbDevice Preloader(std::string port_path = "1-1.4", unsigned address = 5);

class UsbWorld {
 public:
  using Bytes = std::vector<std::uint8_t>;

  UsbWorld() = default;
  ~UsbWorld();
  UsbWorld(const UsbWorld&) = delete;
  UsbWorld& operator=(const UsbWorld&) = delete;

  UsbHost Host();

  // Time.
  TimePoint now() const { return now_; }
  Duration elapsed() const { return now_.time_since_epoch(); }
  void At(Duration when, std::function<void()> what) {
    events_.emplace(TimePoint(when), std::move(what));
  }
  // Lets time pass, up to the next event; true if there was one.
  bool Pass(Duration at_most);

  // The bus.
  std::vector<UsbDevice> devices;
  std::string holders;
  bool tells_changes = true;  // off: a change is seen when the bus is looked at
  void Plug(const UsbDevice& device);
  // Ends all transfers, and takes the device off the list.
  void Unplug();
  // Unplugs in front of so many calls of UsbApi from now; negative: never.
  int unplug_in_calls = -1;

  // What calls answer; 0 unless a test says otherwise.
  int open_status = 0;
  int claim_status = 0;
  int control_status = 0;
  bool control_hangs = false;  // requests are not answered, and end with their time-out
  int submit_in_status = 0;
  int submit_out_status = 0;
  std::size_t memory = std::size_t{64} << 20;  // for transfers in flight, in bytes
  bool cancel_works = true;
  std::set<int> kernel_drivers = {0, 1};

  // The phone's side of the bulk endpoints. A send ends with a short packet or, if it fills its
  // last packet, without any unless `zero_packet`.
  void Send(ByteSpan data, bool zero_packet = false);
  void Fail(libusb_transfer_status status);  // the next IN transfer, once
  enum class Out { kTake, kNak, kStallOnce, kStall, kError };
  Out out = Out::kTake;
  Bytes written;
  std::vector<std::size_t> out_transfers;

  // What happened: "open 5", "detach 0", "claim 0", "control 21 20 0000 0000 00100e00000008", ...
  std::vector<std::string> log;
  int live_transfers = 0;
  int open_handles = 0;
  std::size_t largest_in_flight = 0;    // most IN transfers at once
  std::vector<int> in_lengths() const;  // of the IN transfers in flight

 private:
  friend class FakeApi;
  struct Packet {
    Bytes data;
    std::optional<libusb_transfer_status> failure;
  };

  int Submit(libusb_transfer* transfer);
  int Cancel(libusb_transfer* transfer);

  void FillReads();
  void TakeWrite(libusb_transfer* transfer);
  void Finish(libusb_transfer* transfer, libusb_transfer_status status);
  bool RunCallbacks();

  TimePoint now_;
  std::multimap<TimePoint, std::function<void()>> events_;
  bool gone_ = true;
  std::size_t packet_ = 512;
  std::deque<Packet> sent_;
  std::deque<libusb_transfer*> reads_;
  std::deque<libusb_transfer*> writes_;
  std::deque<libusb_transfer*> finished_;
};

}  // namespace mtkrig::device::testing
