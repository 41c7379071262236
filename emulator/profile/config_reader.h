#pragma once

// Takes typed values out of one map of a profile, and refuses what nobody asked for: a mistyped key
// is an error with a suggestion, never a silent default.
//
//   ConfigReader reader(node, "identity");
//   reader.Require("hw_code");
//   TRY(reader.Get("hw_code", profile.hw_code));   // keeps its value when the key is absent
//   TRY(reader.Finish());                          // refuses unknown keys, and missing ones

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/profile.h"
#include "emulator/profile/config_node.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// 4096, 0x1000, 4K, 0x10M: decimal or 0x-hexadecimal, then at most one of K, M, G (powers of 1024).
// Empty for anything else and for what does not fit 64 bits.
std::optional<std::uint64_t> ParseNumber(std::string_view text);

// The candidate that `text` was probably meant to be, or empty.
std::string_view ClosestName(std::string_view text, const std::vector<std::string>& candidates);

class ConfigReader {
 public:
  // `node` must outlive the reader; null reads as an empty map. `title` names the section.
  ConfigReader(const ConfigNode* node, std::string title);

  // Has Finish() fail when the section lacks `key`. Only there, so that a mistyped key is told as
  // such, and not as a missing one.
  void Require(std::string_view key) { required_.emplace_back(key); }
  // Marks keys as known that another reader of the same section takes.
  void Know(std::initializer_list<std::string_view> keys) {
    known_.insert(known_.end(), keys.begin(), keys.end());
  }

  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) protocol::Result<void> Get(std::string_view key, T& value) {
    TRY_ASSIGN(const auto number, GetNumber(key, std::numeric_limits<T>::max()));
    if (number) value = static_cast<T>(*number);
    return protocol::Ok();
  }
  protocol::Result<void> Get(std::string_view key, bool& value);
  protocol::Result<void> Get(std::string_view key, std::string& value);
  // Bytes as hex digits; blanks and underscores between them are allowed.
  protocol::Result<void> Get(std::string_view key, std::vector<std::uint8_t>& value);
  protocol::Result<void> Get(std::string_view key, std::vector<std::uint16_t>& value);
  protocol::Result<void> Get(std::string_view key, std::vector<std::uint32_t>& value);
  protocol::Result<void> Get(std::string_view key, std::vector<std::string>& value);
  // A list of pairs [first, last].
  protocol::Result<void> Get(std::string_view key, std::vector<AddressRange>& value);
  // A map of address to value.
  protocol::Result<void> Get(std::string_view key, std::vector<RegisterReset>& value);

  // The value itself, or null; marks the key as known.
  const ConfigNode* Child(std::string_view key);
  bool Has(std::string_view key) const;
  // Where the key stands, or else the section.
  ConfigPlace PlaceOf(std::string_view key) const;

  // Fails when the section is there but is not a map, has a key that nobody asked for, or lacks one
  // that is required. Values of required keys are the caller's own until then.
  protocol::Result<void> Finish() const;
  protocol::Error ErrorAt(std::string_view key, std::string_view message) const;

 private:
  protocol::Result<void> RefuseUnknown() const;
  protocol::Result<std::optional<std::uint64_t>> GetNumber(std::string_view key,
                                                           std::uint64_t limit);
  template <std::unsigned_integral T>
  protocol::Result<void> GetNumbers(std::string_view key, std::vector<T>& value);
  protocol::Result<const ConfigNode*> GetScalar(std::string_view key, std::string_view wanted);
  protocol::Result<const ConfigNode*> GetList(std::string_view key, std::string_view wanted);

  const ConfigNode* node_;
  std::string title_;
  std::vector<std::string> known_;
  std::vector<std::string> required_;
};

}  // namespace mtkrig::emulator
