#pragma once

// The content of a YAML file as a plain tree, with the line that each value came from. yaml-cpp and
// its exceptions end here.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::emulator {

// Where something stands, as messages name it.
struct ConfigPlace {
  std::shared_ptr<const std::string> source;  // null: in no file
  int line = 0;                               // from 1

  // An error of the given message that begins with "file:line: ".
  protocol::Error ErrorHere(std::string_view message) const;
  // The same error, said of this place: with its code (a bad argument becomes bad input: here it is
  // the file that is wrong), its hint, and `what` before its message.
  protocol::Error Locate(const protocol::Error& error, std::string_view what = {}) const;
};

struct ConfigNode : ConfigPlace {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;                  // of a scalar
  std::vector<std::string> keys;     // of a map, in the order of the file
  std::vector<ConfigNode> children;  // of a map (as many as keys) or a list

  const ConfigPlace& place() const { return *this; }
  // Null when this is not a map or has no such key.
  const ConfigNode* Find(std::string_view key) const;
  // Does nothing when there is no such key.
  void Erase(std::string_view key);
};

// Fails with kInvalidInput, naming the line: not YAML, a second document, a key given twice, a key
// that is not a plain word, nesting deeper than 32, or more than 100,000 values (aliases count each
// time).
protocol::Result<ConfigNode> ParseYaml(std::string_view text, std::string_view source);

// Puts the values of `over` into `base`: maps are merged, everything else is replaced. A merged map
// stands where `over` has it, since that is what can be mistaken.
void MergeConfig(ConfigNode& base, const ConfigNode& over);

}  // namespace mtkrig::emulator
