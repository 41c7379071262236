#include "traces/replay/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

namespace mtkrig::traces {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;
constexpr std::size_t kMaxValues = 10'000;
constexpr int kMaxDepth = 16;

// How many letters must be typed, deleted or replaced to get from one word to the other.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::uint64_t> ParseYamlNumber(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value, hexadecimal ? 16 : 10);
  if (failure != std::errc()) return std::nullopt;
  if (stop == end) return value;
  const std::size_t power = std::string_view("KMG").find(*stop);
  if (stop + 1 != end || power == std::string_view::npos) return std::nullopt;
  const auto shift = static_cast<unsigned>(10 * (power + 1));
  if (value > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return value << shift;
}

std::string SuggestName(std::string_view text, const std::vector<std::string>& known) {
  std::string_view best;
  // Half of a word may be wrong, but not more: a far-fetched suggestion is worse than none.
  std::size_t best_distance = text.size() / 2 + 1;
  // Beyond this no name is close, and comparing would only take time.
  constexpr std::size_t kLongest = 100;
  for (const std::string& name : known) {
    if (text.size() > kLongest) break;
    // The beginning of a name is as good as the name.
    const bool begins = text.size() >= 3 && name.starts_with(text);
    const std::size_t distance = begins ? 0 : Distance(text, name);
    if (distance >= best_distance) continue;
    best = name;
    best_distance = distance;
  }
  if (!best.empty()) return fmt::format("; did you mean '{}'?", best);
  return fmt::format("; known are: {}", fmt::join(known, ", "));
}

class YamlConverter {
 public:
  explicit YamlConverter(std::string_view source)
      : source_(std::make_shared<const std::string>(source)) {}

  Result<YamlValue> Convert(const YAML::Node& from, int depth) {
    YamlValue to;
    to.source_ = source_;
    to.line_ = from.Mark().line + 1;
    to.position_ = static_cast<std::size_t>(std::max(from.Mark().pos, 0));
    if (depth > kMaxDepth) return to.ErrorHere("this is nested too deeply");
    if (++values_ > kMaxValues) return to.ErrorHere("there are too many values in this file");
    if (from.IsScalar()) {
      to.kind_ = YamlValue::Kind::kScalar;
      to.text_ = from.Scalar();
    } else if (from.IsSequence()) {
      to.kind_ = YamlValue::Kind::kList;
      for (const auto& item : from) {
        TRY_ASSIGN(YamlValue child, Convert(item, depth + 1));
        to.children_.push_back(std::move(child));
      }
    } else if (from.IsMap()) {
      to.kind_ = YamlValue::Kind::kMap;
      for (const auto& item : from) TRY(AddMember(to, item.first, item.second, depth));
    }
    return to;
  }

 private:
  Result<void> AddMember(YamlValue& to, const YAML::Node& key, const YAML::Node& value, int depth) {
    TRY_ASSIGN(YamlValue child, Convert(value, depth + 1));
    // A null value may have no line of its own.
    child.line_ = key.Mark().line + 1;
    if (!key.IsScalar()) return child.ErrorHere("a key must be a plain word");
    if (to.Find(key.Scalar()) != nullptr) {
      return child.ErrorHere(fmt::format("'{}' is given twice; remove one", key.Scalar()));
    }
    to.keys_.push_back(key.Scalar());
    to.children_.push_back(std::move(child));
    return Ok();
  }

  std::shared_ptr<const std::string> source_;
  std::size_t values_ = 0;
};

Result<YamlValue> YamlValue::Parse(std::string_view text, std::string_view source) {
  if (text.size() > kMaxText) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is larger than 1 MiB", source));
  }
  try {
    return YamlConverter(source).Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}:{}: not valid YAML: {}", source, e.mark.line + 1, e.msg));
  }
}

const YamlValue* YamlValue::Find(std::string_view key) const {
  if (kind_ != Kind::kMap) return nullptr;
  const auto it = std::find(keys_.begin(), keys_.end(), key);
  return it == keys_.end() ? nullptr : &children_[static_cast<std::size_t>(it - keys_.begin())];
}

Error YamlValue::ErrorHere(std::string_view message) const {
  return {ErrorCode::kInvalidInput,
          fmt::format("{}:{}: {}", source_ == nullptr ? "" : *source_, line_, message)};
}

Result<void> YamlValue::CheckKeys(std::string_view title,
                                  std::initializer_list<std::string_view> known) const {
  if (kind_ == Kind::kNull) return Ok();
  if (kind_ != Kind::kMap) {
    return ErrorHere(fmt::format("{} must be a map of keys and values", title));
  }
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (std::find(known.begin(), known.end(), keys_[i]) != known.end()) continue;
    return children_[i].ErrorHere(
        fmt::format("unknown key '{}' in {}{}", keys_[i], title,
                    SuggestName(keys_[i], std::vector<std::string>(known.begin(), known.end()))));
  }
  return Ok();
}

Result<std::vector<const YamlValue*>> YamlValue::List(std::string_view key) const {
  std::vector<const YamlValue*> items;
  const YamlValue* value = Find(key);
  if (value == nullptr || value->kind_ == Kind::kNull) return items;
  if (value->kind_ != Kind::kList) {
    return value->ErrorHere(fmt::format("'{}' must be a list", key));
  }
  for (const YamlValue& item : value->children_) items.push_back(&item);
  return items;
}

Result<std::optional<std::string>> YamlValue::Text(std::string_view key) const {
  const YamlValue* value = Find(key);
  if (value == nullptr) return std::optional<std::string>();
  if (value->kind_ != Kind::kScalar) {
    return value->ErrorHere(fmt::format("'{}' must be a single text", key));
  }
  return std::optional<std::string>(value->text_);
}

Result<std::optional<std::uint64_t>> YamlValue::Number(std::string_view key) const {
  TRY_ASSIGN(const auto text, Text(key));
  if (!text.has_value()) return std::optional<std::uint64_t>();
  const auto number = ParseYamlNumber(*text);
  if (!number.has_value()) {
    return Find(key)->ErrorHere(
        fmt::format("'{}' is '{}', which is not a number such as 4096, 0x1000 or 4K", key, *text));
  }
  return number;
}

Result<bool> YamlValue::Flag(std::string_view key) const {
  TRY_ASSIGN(const auto text, Text(key));
  if (!text.has_value()) return false;
  if (*text != "true" && *text != "false") {
    return Find(key)->ErrorHere(fmt::format("'{}' is '{}'; write true or false", key, *text));
  }
  return *text == "true";
}

}  // namespace mtkrig::traces
