#pragma once

// The content of a YAML file as a plain tree, with the line that each value came from. yaml-cpp and
// its exceptions end here.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::emulator {

struct ConfigNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;                           // of a scalar
  std::vector<std::string> keys;              // of a map, in the order of the file
  std::vector<ConfigNode> children;           // of a map (as many as keys) or a list
  std::shared_ptr<const std::string> source;  // the file, as messages name it
  int line = 0;                               // from 1

  // Null when this is not a map or has no such key.
  const ConfigNode* Find(std::string_view key) const;
  // Does nothing when there is no such key.
  void Erase(std::string_view key);
  // An error of the given message that begins with "file:line: ".
  protocol::Error ErrorHere(std::string_view message) const;
};

// Fails with kInvalidInput, naming the line: not YAML, a key given twice, a key that is not a plain
// word, nesting deeper than 32, or more than 100,000 values (aliases count each time).
protocol::Result<ConfigNode> ParseYaml(std::string_view text, std::string_view source);

// Puts the values of `over` into `base`: maps are merged, everything else is replaced.
void MergeConfig(ConfigNode& base, const ConfigNode& over);

}  // namespace mtkrig::emulator
