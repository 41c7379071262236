#pragma once

// UsbApi over libusb-1.0, on the caller's thread: no thread of ours, none of libusb's.

#include <memory>

#include "device/usb_api.h"

namespace mtkrig::device {

// kUnsupported where libusb cannot start.
Result<std::unique_ptr<UsbApi>> CreateLibusbApi();

}  // namespace mtkrig::device
