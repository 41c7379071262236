#pragma once

// The set-up phase of USB/IP: which devices a server exports, and taking one of them over.

#include <vector>

#include "device/usbip_codec.h"
#include "device/usbip_stream.h"

namespace mtkrig::device::usbip {

// Each takes a fresh connection: a server answers one request of this phase on each.
Result<std::vector<ExportedDevice>> ListDevices(Stream& stream, const Deadline& deadline,
                                                const Cancellation* cancellation);
// kNotFound if the server has no such device (now), kBusy if another client has it. On success the
// connection has entered the transfer phase.
Result<ExportedDevice> Import(Stream& stream, std::string_view bus_id, const Deadline& deadline,
                              const Cancellation* cancellation);

}  // namespace mtkrig::device::usbip
