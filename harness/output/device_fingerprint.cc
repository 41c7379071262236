#include "harness/output/device_fingerprint.h"

#include <fmt/format.h>

#include <iterator>

#include "protocol/base/sha256.h"

namespace mtkrig::harness {

Result<std::string> DeviceFingerprint(const protocol::DeviceIdentity& identity,
                                      const protocol::StorageReport& storage) {
  std::string text = fmt::format("mtkrig device\nchip {:04x}\n", identity.hw_code);
  if (!storage.cid.empty()) {
    text += "cid " + protocol::ToHex(storage.cid);
  } else if (!identity.me_id.empty()) {
    text += "me " + protocol::ToHex(identity.me_id);
  } else if (!identity.soc_id.empty()) {
    text += "soc " + protocol::ToHex(identity.soc_id);
  } else {
    for (const auto& [region, size] : storage.sizes.regions) {
      fmt::format_to(std::back_inserter(text), "{} {}\n", protocol::FlashRegionName(region), size);
    }
  }
  Sha256 hash;
  hash.Update(std::vector<std::uint8_t>(text.begin(), text.end()));
  return hash.HexDigest();
}

}  // namespace mtkrig::harness
