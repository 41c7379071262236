#pragma once

// Small YAML files, read strictly: every value knows its line, and what nobody asked for is an
// error with a suggestion. yaml-cpp and its exceptions end here.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::traces {

// 4096, 0x1000, 4K: decimal or 0x-hexadecimal, then at most one of K, M, G (powers of 1024).
std::optional<std::uint64_t> ParseYamlNumber(std::string_view text);

// ", did you mean 'x'?" for a name that is close to `text`, otherwise "; known are: x, y".
std::string SuggestName(std::string_view text, const std::vector<std::string>& known);

class YamlValue {
 public:
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  // kInvalidInput, naming `source` and the line: not YAML, a key twice or not a plain word, nested
  // deeper than 16, more than 10,000 values, or a text beyond 1 MiB.
  static protocol::Result<YamlValue> Parse(std::string_view text, std::string_view source);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }
  // From 1.
  int line() const { return line_; }
  // Where it begins in the text that was read, as yaml-cpp counts.
  std::size_t position() const { return position_; }
  const std::vector<YamlValue>& items() const { return children_; }  // of a list
  const YamlValue* Find(std::string_view key) const;
  // kInvalidInput "source:line: message".
  protocol::Error ErrorHere(std::string_view message) const;

  // Refuses what is no map, and keys other than these. Null is an empty map.
  protocol::Result<void> CheckKeys(std::string_view title,
                                   std::initializer_list<std::string_view> known) const;
  // The items of a list under `key`; none when it is absent.
  protocol::Result<std::vector<const YamlValue*>> List(std::string_view key) const;
  // Empty when `key` is absent.
  protocol::Result<std::optional<std::string>> Text(std::string_view key) const;
  protocol::Result<std::optional<std::uint64_t>> Number(std::string_view key) const;
  protocol::Result<bool> Flag(std::string_view key) const;

 private:
  friend class YamlConverter;

  Kind kind_ = Kind::kNull;
  std::string text_;
  std::vector<std::string> keys_;
  std::vector<YamlValue> children_;  // of a map, as many as keys; of a list
  std::shared_ptr<const std::string> source_;
  int line_ = 0;
  std::size_t position_ = 0;
};

}  // namespace mtkrig::traces
