#pragma once

// From the name of a USB/IP server to its addresses, within a deadline.

#include <netdb.h>

#include <functional>
#include <memory>
#include <string>

#include "device/common.h"

namespace mtkrig::device::usbip {

using AddressList = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

// getaddrinfo(3), or a test's. Called from another thread, and possibly still running when
// Resolve() has returned.
using LookUp = std::function<int(const char* node, const char* service, const addrinfo* hints,
                                 addrinfo** found)>;

// Addresses to connect to, at least one, in the order to try them. kNotFound if there is no such
// name, kTransport if the name service fails, kTimeout if it takes longer than the deadline,
// kCancelled.
Result<AddressList> Resolve(const std::string& host, std::uint16_t port, const Deadline& deadline,
                            const Cancellation* cancellation,
                            const LookUp& look_up = ::getaddrinfo);

}  // namespace mtkrig::device::usbip
