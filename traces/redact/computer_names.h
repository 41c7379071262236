#pragma once

// Computers in texts for people: IPv4 addresses, and hosts in monikers of USB/IP.

#include <cstddef>
#include <string>

namespace mtkrig::traces {

// Replaces addresses of four numbers to 255 by 192.0.2.1, which is nobody's (RFC 5737), and
// "usbip:HOST:PORT/" by "usbip:host/". Loopback stays, and so does what has more or fewer parts,
// for it is a version. Returns how many it replaced.
std::size_t ReplaceComputers(std::string& text);

}  // namespace mtkrig::traces
