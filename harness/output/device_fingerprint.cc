#include "harness/output/device_fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <utility>

#include "harness/output/json_fields.h"
#include "protocol/base/sha256.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;

// What tells phones apart, ids in hex.
struct Facts {
  std::uint16_t hw_code = 0;
  std::string cid;
  std::string me_id;
  std::string soc_id;
  std::vector<std::pair<std::string, std::uint64_t>> regions;
};

Result<std::string> Digest(std::uint16_t hw_code, std::string_view what) {
  const std::string text = fmt::format("mtkrig device\nchip {:04x}\n{}", hw_code, what);
  Sha256 hash;
  hash.Update(std::vector<std::uint8_t>(text.begin(), text.end()));
  return hash.HexDigest();
}

std::string SizesText(const Facts& facts, bool with_absent) {
  std::string text;
  for (const auto& [region, size] : facts.regions) {
    if (size > 0 || with_absent) fmt::format_to(std::back_inserter(text), "{} {}\n", region, size);
  }
  return text;
}

Result<DeviceMark> Mark(const Facts& facts) {
  DeviceMark mark;
  if (!facts.cid.empty()) {
    TRY_ASSIGN(mark.fingerprint, Digest(facts.hw_code, "cid " + facts.cid));
    return mark;
  }
  TRY_ASSIGN(mark.fingerprint, Digest(facts.hw_code, SizesText(facts, false)));
  mark.me_id = facts.me_id;
  std::vector<std::string> earlier = {SizesText(facts, true)};
  if (!facts.me_id.empty()) earlier.push_back("me " + facts.me_id);
  if (!facts.soc_id.empty()) earlier.push_back("soc " + facts.soc_id);
  for (const std::string& text : earlier) {
    TRY_ASSIGN(std::string digest, Digest(facts.hw_code, text));
    mark.earlier.push_back(std::move(digest));
  }
  return mark;
}

// "0x6573".
std::optional<std::uint16_t> ParseCode(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  std::uint16_t code = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data() + 2, end, code, 16);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return code;
}

Result<Facts> FactsOf(const Json& device) {
  Facts facts;
  TRY_ASSIGN(const std::string code, TakeField<std::string>(device, "hw_code"));
  const std::optional<std::uint16_t> hw_code = ParseCode(code);
  if (!hw_code) return Error(ErrorCode::kInvalidInput, "\"hw_code\" is no code");
  facts.hw_code = *hw_code;
  TRY_ASSIGN(facts.me_id, TakeField<std::string>(device, "me_id"));
  TRY_ASSIGN(facts.soc_id, TakeField<std::string>(device, "soc_id"));
  TRY_ASSIGN(const Json storage, TakeField<Json>(device, "storage"));
  TRY_ASSIGN(facts.cid, TakeField<std::string>(storage, "cid"));
  TRY_ASSIGN(const Json regions, TakeField<Json>(storage, "regions"));
  for (const Json& region : regions) {
    TRY_ASSIGN(std::string name, TakeField<std::string>(region, "region"));
    TRY_ASSIGN(const std::uint64_t size, TakeField<std::uint64_t>(region, "size"));
    facts.regions.emplace_back(std::move(name), size);
  }
  return facts;
}

}  // namespace

Result<DeviceMark> MarkDevice(const protocol::DeviceIdentity& identity,
                              const protocol::StorageReport& storage) {
  Facts facts;
  facts.hw_code = identity.hw_code;
  facts.cid = protocol::ToHex(storage.cid);
  facts.me_id = protocol::ToHex(identity.me_id);
  facts.soc_id = protocol::ToHex(identity.soc_id);
  for (const auto& [region, size] : storage.sizes.regions) {
    facts.regions.emplace_back(protocol::FlashRegionName(region), size);
  }
  return Mark(facts);
}

std::optional<DeviceMark> MarkOfDescription(const Json& device) {
  const Result<Facts> facts = FactsOf(device);
  if (!facts) return std::nullopt;
  Result<DeviceMark> mark = Mark(*facts);
  if (!mark) return std::nullopt;
  return *std::move(mark);
}

bool IsSameDevice(const DeviceMark& at_hand, const DeviceMark& recorded) {
  const bool known = recorded.fingerprint == at_hand.fingerprint ||
                     std::find(at_hand.earlier.begin(), at_hand.earlier.end(),
                               recorded.fingerprint) != at_hand.earlier.end();
  const bool others =
      !at_hand.me_id.empty() && !recorded.me_id.empty() && at_hand.me_id != recorded.me_id;
  return known && !others;
}

}  // namespace mtkrig::harness
