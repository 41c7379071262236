#include "emulator/profile/config_reader.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <numeric>
#include <utility>

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

constexpr ConfigNode::Kind kScalar = ConfigNode::Kind::kScalar;
constexpr ConfigNode::Kind kList = ConfigNode::Kind::kList;
constexpr ConfigNode::Kind kMap = ConfigNode::Kind::kMap;

// How many letters must be typed, deleted or replaced to get from one word to the other.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::uint32_t> ParseAddress(const ConfigNode& node) {
  if (node.kind != kScalar) return std::nullopt;
  const auto number = ParseNumber(node.text);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value, base);
  if (failure != std::errc()) return std::nullopt;
  unsigned shift = 0;
  if (stop != end) {
    const std::size_t power = std::string_view("KMG").find(*stop);
    if (stop + 1 != end || power == std::string_view::npos) return std::nullopt;
    shift = 10 * (static_cast<unsigned>(power) + 1);
  }
  if (value > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return value << shift;
}

std::string_view ClosestName(std::string_view text, const std::vector<std::string>& candidates) {
  std::string_view best;
  // Half of a word may be wrong, but not more: a far-fetched suggestion is worse than none.
  std::size_t best_distance = text.size() / 2 + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(text, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

ConfigReader::ConfigReader(const ConfigNode* node, std::string title)
    : node_(node), title_(std::move(title)) {}

bool ConfigReader::Has(std::string_view key) const {
  return node_ != nullptr && node_->Find(key) != nullptr;
}

const ConfigNode* ConfigReader::Child(std::string_view key) {
  known_.emplace_back(key);
  return node_ == nullptr ? nullptr : node_->Find(key);
}

ConfigPlace ConfigReader::PlaceOf(std::string_view key) const {
  if (node_ == nullptr) return {};
  const ConfigNode* child = node_->Find(key);
  return child == nullptr ? node_->place() : child->place();
}

Error ConfigReader::ErrorAt(std::string_view key, std::string_view message) const {
  return PlaceOf(key).ErrorHere(fmt::format("'{}' {}", key, message));
}

Result<const ConfigNode*> ConfigReader::GetScalar(std::string_view key, std::string_view wanted) {
  const ConfigNode* child = Child(key);
  if (child != nullptr && child->kind != kScalar) {
    return ErrorAt(key, fmt::format("must be {}", wanted));
  }
  return child;
}

Result<const ConfigNode*> ConfigReader::GetList(std::string_view key, std::string_view wanted) {
  const ConfigNode* child = Child(key);
  if (child != nullptr && child->kind != kList) {
    return ErrorAt(key, fmt::format("must be a list of {}", wanted));
  }
  return child;
}

Result<std::optional<std::uint64_t>> ConfigReader::GetNumber(std::string_view key,
                                                             std::uint64_t limit) {
  TRY_ASSIGN(const ConfigNode* child, GetScalar(key, "a number such as 0x6577, 4096 or 4K"));
  if (child == nullptr) return std::optional<std::uint64_t>();
  const auto number = ParseNumber(child->text);
  if (!number) {
    return ErrorAt(
        key, fmt::format("is '{}', which is not a number such as 0x6577, 4096 or 4K", child->text));
  }
  if (*number > limit) {
    return ErrorAt(key, fmt::format("is {:#x}; at most {:#x} fits here", *number, limit));
  }
  return number;
}

Result<void> ConfigReader::Get(std::string_view key, bool& value) {
  TRY_ASSIGN(const ConfigNode* child, GetScalar(key, "true or false"));
  if (child == nullptr) return Ok();
  if (child->text != "true" && child->text != "false") {
    return ErrorAt(key, fmt::format("is '{}'; write true or false", child->text));
  }
  value = child->text == "true";
  return Ok();
}

Result<void> ConfigReader::Get(std::string_view key, std::string& value) {
  TRY_ASSIGN(const ConfigNode* child, GetScalar(key, "a text"));
  if (child != nullptr) value = child->text;
  return Ok();
}

Result<void> ConfigReader::Get(std::string_view key, std::vector<std::uint8_t>& value) {
  TRY_ASSIGN(const ConfigNode* child, GetScalar(key, "bytes as hex digits"));
  if (child == nullptr) return Ok();
  std::string digits = child->text;
  std::erase_if(digits, [](char c) { return c == ' ' || c == '_'; });
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  bool good = digits.size() % 2 == 0;
  for (std::size_t i = 0; i < bytes.size() && good; ++i) {
    const char* const first = digits.data() + 2 * i;
    good = std::from_chars(first, first + 2, bytes[i], 16).ptr == first + 2;
  }
  if (!good) {
    return ErrorAt(key, fmt::format("is '{}'; write bytes as pairs of hex digits", child->text));
  }
  value = std::move(bytes);
  return Ok();
}

template <std::unsigned_integral T>
Result<void> ConfigReader::GetNumbers(std::string_view key, std::vector<T>& value) {
  constexpr T kMax = std::numeric_limits<T>::max();
  TRY_ASSIGN(const ConfigNode* child, GetList(key, "numbers"));
  if (child == nullptr) return Ok();
  value.clear();
  for (const ConfigNode& item : child->children) {
    const auto number = ParseAddress(item);
    if (!number || *number > kMax) {
      return item.ErrorHere(
          fmt::format("'{}' takes numbers such as 0x00ad, up to {:#x}", key, kMax));
    }
    value.push_back(static_cast<T>(*number));
  }
  return Ok();
}

Result<void> ConfigReader::Get(std::string_view key, std::vector<std::uint16_t>& value) {
  return GetNumbers(key, value);
}

Result<void> ConfigReader::Get(std::string_view key, std::vector<std::uint32_t>& value) {
  return GetNumbers(key, value);
}

Result<void> ConfigReader::Get(std::string_view key, std::vector<std::string>& value) {
  TRY_ASSIGN(const ConfigNode* child, GetList(key, "names"));
  if (child == nullptr) return Ok();
  value.clear();
  for (const ConfigNode& item : child->children) {
    if (item.kind != kScalar) return item.ErrorHere(fmt::format("'{}' takes names", key));
    value.push_back(item.text);
  }
  return Ok();
}

Result<void> ConfigReader::Get(std::string_view key, std::vector<AddressRange>& value) {
  TRY_ASSIGN(const ConfigNode* child, GetList(key, "[first, last]"));
  if (child == nullptr) return Ok();
  value.clear();
  for (const ConfigNode& item : child->children) {
    const bool is_pair = item.kind == kList && item.children.size() == 2;
    const auto first = is_pair ? ParseAddress(item.children[0]) : std::nullopt;
    const auto last = is_pair ? ParseAddress(item.children[1]) : std::nullopt;
    if (!first || !last || *first > *last) {
      return item.ErrorHere(
          fmt::format("'{}' takes pairs [first, last] of 32-bit addresses, last included", key));
    }
    value.push_back({.first = *first, .last = *last});
  }
  return Ok();
}

Result<void> ConfigReader::Get(std::string_view key, std::vector<RegisterReset>& value) {
  const ConfigNode* child = Child(key);
  if (child == nullptr || child->kind == ConfigNode::Kind::kNull) return Ok();
  if (child->kind != kMap) return ErrorAt(key, "must be a map of address to value");
  value.clear();
  for (std::size_t i = 0; i < child->keys.size(); ++i) {
    const auto address = ParseNumber(child->keys[i]);
    const auto reset = ParseAddress(child->children[i]);
    if (!address || *address > std::numeric_limits<std::uint32_t>::max() || !reset) {
      return child->children[i].ErrorHere(
          fmt::format("'{}' takes lines 'address: value' of 32-bit numbers", key));
    }
    value.push_back({.address = static_cast<std::uint32_t>(*address), .value = *reset});
  }
  return Ok();
}

Result<void> ConfigReader::RefuseUnknown() const {
  for (std::size_t i = 0; i < node_->keys.size(); ++i) {
    const std::string& key = node_->keys[i];
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string_view guess = ClosestName(key, known_);
    return node_->children[i].ErrorHere(
        guess.empty()
            ? fmt::format("unknown key '{}' in {}; known are: {}", key, title_,
                          fmt::join(known_, ", "))
            : fmt::format("unknown key '{}' in {}; did you mean '{}'?", key, title_, guess));
  }
  return Ok();
}

Result<void> ConfigReader::Finish() const {
  if (node_ != nullptr && node_->kind != ConfigNode::Kind::kNull) {
    if (node_->kind != kMap) {
      return node_->ErrorHere(fmt::format("{} must be a map of keys and values", title_));
    }
    TRY(RefuseUnknown());
  }
  for (const std::string& key : required_) {
    if (Has(key)) continue;
    const std::string message = fmt::format("'{}' is missing in {}; add it", key, title_);
    if (node_ == nullptr) return Error(ErrorCode::kInvalidInput, message);
    return node_->ErrorHere(message);
  }
  return Ok();
}

}  // namespace mtkrig::emulator
