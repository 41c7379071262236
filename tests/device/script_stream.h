#pragma once

// A USB/IP server that follows a script, in process and in virtual time: what the client must send,
// byte for byte, and what it is answered.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "device/usbip_transport.h"

namespace mtkrig::device::testing {

using Bytes = std::vector<std::uint8_t>;

// Hexadecimal digits; blanks between them mean nothing.
Bytes Hex(std::string_view text);

class Script {
 public:
  // The client sends these bytes next; then the server sends those.
  Script& Expect(std::string_view hex) { return ExpectBytes(Hex(hex)); }
  Script& ExpectBytes(Bytes bytes);
  Script& Answer(std::string_view hex) { return AnswerBytes(Hex(hex)); }
  Script& AnswerBytes(Bytes bytes);
  // From here the server closes the connection when all before has been read.
  Script& Close();
  // What the server answers after so much (more) virtual time, if the client waits for it.
  Script& AnswerLater(Duration after, std::string_view hex);

  // A preloader is imported from bus id 1-1 as device 00010002 and opened, up to transfer 8, the
  // second of the two listeners.
  static Script Opened(std::uint16_t packet = 512);
  // What the opening of `Opened` sends and gets for a descriptor request.
  static std::string Submit(unsigned seqnum, bool in, unsigned endpoint, unsigned length,
                            std::string_view setup = "0000000000000000");
  static std::string SubmitReply(unsigned seqnum, int status, unsigned actual_length);
  static std::string Unlink(unsigned seqnum, unsigned victim);
  static std::string UnlinkReply(unsigned seqnum, int status);
  static Bytes ImportReply(std::string_view bus_id, std::uint16_t product);

 private:
  friend class ScriptNetwork;
  friend class ScriptStream;
  struct Step {
    Bytes expected;
    Bytes answer;
    bool close = false;
    Duration after = Duration::zero();
  };
  std::deque<Step> steps_;
};

// Hands out one script for each connection that is made, in their order.
class ScriptNetwork {
 public:
  explicit ScriptNetwork(std::deque<Script> scripts) : scripts_(std::move(scripts)) {}
  // Fails the test if anything of a script was not asked for.
  ~ScriptNetwork();
  ScriptNetwork(const ScriptNetwork&) = delete;
  ScriptNetwork& operator=(const ScriptNetwork&) = delete;

  Result<std::unique_ptr<UsbipTransport>> Open(Duration wait = Duration::zero(),
                                               const Cancellation* cancellation = nullptr,
                                               DiscoveryObserver* observer = nullptr);
  Duration elapsed() const { return now_.time_since_epoch(); }
  // At most so many bytes are handed over at once, in either direction.
  std::size_t chunk = 1 << 30;
  // Further connections are refused once the scripts are used up.
  int connections = 0;

 private:
  friend class ScriptStream;
  friend class ScriptClock;
  std::deque<Script> scripts_;
  TimePoint now_;
};

}  // namespace mtkrig::device::testing
