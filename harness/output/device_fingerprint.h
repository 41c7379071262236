#pragma once

// A short name for one phone, so that a resumed read or a folder never mixes two of them.

#include <string>

#include "harness/base.h"
#include "protocol/engine/session.h"

namespace mtkrig::harness {

// SHA-256 in hex over what is unique and the same in every boot mode: the CID of the eMMC, or where
// there is none the phone's ME id or SoC id, always with the chip's code. Two phones without any of
// these and with the same chip and storage sizes have the same fingerprint.
Result<std::string> DeviceFingerprint(const protocol::DeviceIdentity& identity,
                                      const protocol::StorageReport& storage);

}  // namespace mtkrig::harness
