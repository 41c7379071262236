#pragma once

// Which phone it is, so that a resumed read or a folder never mixes two of them.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/base.h"
#include "protocol/engine/session.h"

namespace mtkrig::harness {

struct DeviceMark {
  // SHA-256 in hex over what a phone tells in every boot mode: the chip's code, and the CID of the
  // eMMC or, where there is none, the sizes of the storage. Two phones of one model without eMMC
  // have the same one.
  std::string fingerprint;
  // In hex, of a phone without CID. Most preloaders do not tell it: empty then.
  std::string me_id = {};
  // By what the first versions knew this phone: they took ME id or SoC id into the fingerprint,
  // which therefore changed with the boot mode.
  std::vector<std::string> earlier = {};
};

Result<DeviceMark> MarkDevice(const protocol::DeviceIdentity& identity,
                              const protocol::StorageReport& storage);
// The same of a phone as DeviceToJson() describes it; nothing where the description lacks a part.
std::optional<DeviceMark> MarkOfDescription(const nlohmann::ordered_json& device);

// Whether `recorded`, of a manifest or a journal, can be the phone at hand: the fingerprint must be
// one of its own, and the ME ids the same where both are known.
bool IsSameDevice(const DeviceMark& at_hand, const DeviceMark& recorded);

}  // namespace mtkrig::harness
