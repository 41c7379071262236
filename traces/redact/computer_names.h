#pragma once

// Computers in texts for people: IPv4 and IPv6 addresses, and hosts in monikers of USB/IP.

#include <cstddef>
#include <string>

namespace mtkrig::traces {

// Replaces addresses of four numbers to 255 by 192.0.2.1, which is nobody's (RFC 5737), those of
// eight words by 2001:db8::1 (RFC 3849), and "usbip:HOST:PORT/" by "usbip:host/". Loopback stays,
// and so does what has more or fewer parts, for it is a version, a time or a MAC address. Returns
// how many it replaced.
std::size_t ReplaceComputers(std::string& text);

}  // namespace mtkrig::traces
