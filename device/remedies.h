#pragma once

// What to do, in words that fit a package as well as a checkout.

#include <string_view>

namespace mtkrig::device {

inline constexpr std::string_view kInstallUdevRules =
    "mtkrig doctor --udev-rules | sudo tee /etc/udev/rules.d/60-mtkrig.rules >/dev/null && sudo "
    "udevadm control --reload, then plug the phone in again";

}  // namespace mtkrig::device
