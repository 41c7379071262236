#pragma once

// The way into this folder: from a moniker's tail (selectors.h) to a Transport.
//
//   TRY_ASSIGN(const UsbSelector selector, ParseUsbSelector("1-1.4"));
//   TRY_ASSIGN(auto phone, OpenUsb(selector, 30s, &cancellation, &observer));
//
// Every function waits up to `wait` for the device to appear, 0 for not at all, and stops at once
// on cancellation, which stays set on the transport and must outlive it. Both pointers may be null.
// Errors, each with a hint: kNotFound (nothing appeared), kPermissionDenied, kBusy (held by another
// program), kUnsupported (this host has no USB), kCancelled, kInvalidArgument (several phones fit),
// kTransport (no USB/IP server answers).

#include <memory>

#include "device/common.h"
#include "device/discovery_observer.h"
#include "device/selectors.h"

namespace mtkrig::device {

Result<std::unique_ptr<Transport>> OpenUsb(const UsbSelector& selector, Duration wait,
                                           const Cancellation* cancellation,
                                           DiscoveryObserver* observer);
Result<std::unique_ptr<Transport>> OpenSerial(const SerialSelector& selector, Duration wait,
                                              const Cancellation* cancellation,
                                              DiscoveryObserver* observer);
Result<std::unique_ptr<Transport>> OpenUsbip(const UsbipSelector& selector, Duration wait,
                                             const Cancellation* cancellation,
                                             DiscoveryObserver* observer);

}  // namespace mtkrig::device
