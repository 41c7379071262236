#pragma once

// The TCP connection under USB/IP, non-blocking, behind an interface so that the parser of what
// comes in can be fed by a test or a fuzzer.

#include <sys/uio.h>

#include <memory>

#include "device/common.h"

namespace mtkrig::device::usbip {

class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Fills the parts one after another with what is there; 0 if nothing is. kDisconnected when the
  // server has closed or reset the connection.
  virtual Result<std::size_t> Receive(std::span<iovec> parts) = 0;
  // Sends what the connection takes now of the parts; 0 if it takes nothing.
  virtual Result<std::size_t> Send(std::span<iovec> parts) = 0;
  // Until something can be received, or sent if `to_send`; the time is over; or cancellation.
  virtual void Wait(bool to_send, Duration at_most, const Cancellation* cancellation) = 0;
};

// The errors of Resolve(), and kTransport if no address of the host answers.
Result<std::unique_ptr<Stream>> ConnectTcp(const std::string& host, std::uint16_t port,
                                           const Deadline& deadline,
                                           const Cancellation* cancellation);

}  // namespace mtkrig::device::usbip
