#pragma once

// The USB/IP server: exports emulated phones to any number of hosts, one host a phone. One thread,
// which sleeps until a host or a phone has something to do.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/usbip/exportable_phone.h"
#include "emulator/usbip/plug_schedule.h"
#include "protocol/base/result.h"
#include "protocol/wire/usbip.h"

namespace mtkrig::emulator {

struct ServedPhone {
  std::unique_ptr<ExportablePhone> phone;
  PlugSchedule schedule;  // empty: the cable stays as it is
};

struct UsbipServerOptions {
  std::string address = "127.0.0.1";  // numeric; a phone is everybody's who can reach this
  std::uint16_t port = protocol::usbip::kDefaultPort;  // 0: any free one
  std::string control_path = {};                       // of the control socket; empty: none
  // Of clients that have no phone; those that have one are as many as phones.
  std::size_t max_connections = 64;
  std::chrono::milliseconds setup_time{10000};  // for a client to ask for something, in both ways
};

class UsbipServer {
 public:
  // Listens at once. Phones get the bus ids 1-1, 1-2, ... Errors: kInvalidArgument (no
  // address), kNotFound (none of this machine's; no folder for the control socket), kBusy (somebody
  // listens there), kPermissionDenied, kIo.
  static protocol::Result<std::unique_ptr<UsbipServer>> Create(UsbipServerOptions options,
                                                               std::vector<ServedPhone> phones);
  ~UsbipServer();
  UsbipServer(const UsbipServer&) = delete;
  UsbipServer& operator=(const UsbipServer&) = delete;

  // Serves until Stop(), on the calling thread, on which alone the phones are touched.
  void Run();
  // Any thread. Run() returns soon, with every connection closed.
  void Stop();
  // Any thread: runs `work` on the serving thread, and lets the phones act on it.
  void Post(std::function<void()> work);

  std::uint16_t port() const;
  const std::string& address() const;

 private:
  class Impl;
  explicit UsbipServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mtkrig::emulator
