#pragma once

// Who a phone in flash mode says it is. Source of the list: wire-protocol facts, M (mtkclient).

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "device/common.h"

namespace mtkrig::device {

struct KnownUsbId {
  UsbId id;
  std::string_view mode;  // "BROM", "preloader", "preloader (LG)"
};

std::span<const KnownUsbId> KnownUsbIds();

// "BROM", "preloader", ...; empty for an id that is not in the list.
std::optional<std::string_view> KnownMode(UsbId id);

// "0e8d:2000"
std::string ToString(UsbId id);

}  // namespace mtkrig::device
