#pragma once

// Where phones are served: what stands behind `emulate --usbip`, and how hosts get there.

#include <cstdint>
#include <string>

#include "harness/base.h"
#include "protocol/wire/usbip.h"

namespace mtkrig::harness {

enum class Reach { kThisMachine, kOneAddress, kEveryAddress };

struct ListenAddress {
  std::string address = "127.0.0.1";  // numeric, IPv6 without brackets
  std::uint16_t port = protocol::usbip::kDefaultPort;

  // Who can get there.
  Reach reach() const;
  // "127.0.0.1:3240", "[::1]:3240"
  std::string Text() const;
  // What this machine connects to: where every address is listened at, the loopback one.
  std::string LocalHost() const;
  std::string LocalText() const;
  // "usbip attach -r HOST -b 1-1", with the port where it is not the usual one.
  std::string AttachCommand(const std::string& host) const;
};

// "", "127.0.0.1", "127.0.0.1:3240", "[::1]:3240", "localhost:3240", ":3240" or "3240". Errors:
// kInvalidArgument, also for names other than localhost.
Result<ListenAddress> ParseListenAddress(const std::string& text);

}  // namespace mtkrig::harness
