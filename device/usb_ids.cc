#include "device/usb_ids.h"

#include <fmt/format.h>

#include <array>

#include "protocol/wire/brom.h"

namespace mtkrig::device {
namespace {

constexpr std::uint16_t kMediaTek = 0x0e8d;
constexpr std::uint16_t kLg = 0x1004;
constexpr std::uint16_t kOppo = 0x22d9;
constexpr std::uint16_t kSony = 0x0fce;

constexpr std::array kKnown = {
    KnownUsbId{protocol::brom::kBromUsbId, "BROM"},
    KnownUsbId{protocol::brom::kPreloaderUsbId, "preloader"},
    // Some preloaders, and every stage-2 agent after its speed switch.
    KnownUsbId{protocol::brom::kHighSpeedAgentUsbId, "preloader or download agent"},
    KnownUsbId{{kMediaTek, 0x20ff}, "preloader"},
    KnownUsbId{{kMediaTek, 0x3000}, "preloader"},
    KnownUsbId{{kMediaTek, 0x6000}, "preloader"},
    KnownUsbId{{kLg, 0x6000}, "preloader (LG)"},
    KnownUsbId{{kOppo, 0x0006}, "preloader (OPPO)"},
    KnownUsbId{{kSony, 0xf200}, "BROM (Sony)"},
    KnownUsbId{{kSony, 0xd1e9}, "BROM (Sony)"},
    KnownUsbId{{kSony, 0xd1e2}, "BROM (Sony)"},
    KnownUsbId{{kSony, 0xd1ec}, "BROM (Sony)"},
    KnownUsbId{{kSony, 0xd1dd}, "BROM (Sony)"},
};

}  // namespace

std::span<const KnownUsbId> KnownUsbIds() {
  return kKnown;
}

std::optional<std::string_view> KnownMode(UsbId id) {
  for (const KnownUsbId& known : kKnown) {
    if (known.id == id) return known.mode;
  }
  return std::nullopt;
}

std::string ToString(UsbId id) {
  return fmt::format("{:04x}:{:04x}", id.vendor, id.product);
}

}  // namespace mtkrig::device
