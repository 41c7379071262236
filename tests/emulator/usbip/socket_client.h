#pragma once

// A client on a plain blocking socket. Every wait ends after some seconds, as a safety net: no test
// depends on it.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/emulator/usbip/usbip_packets.h"

namespace mtkrig::emulator {

class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port);
  ~SocketClient();
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  // False: the server closed the connection.
  bool Send(const Bytes& bytes);
  // That many bytes, or fewer if the connection ended or nothing came for long.
  Bytes Receive(std::size_t count);
  // Whether the server closes the connection, with nothing more to say.
  bool SeesEnd();
  // Sends what is left and FIN.
  void Close();
  // Sends RST at once.
  void Abort();
  // The client's own port.
  std::uint16_t local_port() const;

 private:
  int socket_;
};

}  // namespace mtkrig::emulator
