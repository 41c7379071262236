#include "emulator/profile/config_node.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 100'000;

class Converter {
 public:
  explicit Converter(std::string_view source)
      : source_(std::make_shared<const std::string>(source)) {}

  Result<ConfigNode> Convert(const YAML::Node& from, int depth) {
    ConfigNode to;
    to.source = source_;
    to.line = from.Mark().line + 1;
    if (depth > kMaxDepth) return to.ErrorHere("nested too deeply for a profile");
    if (++nodes_ > kMaxNodes) return to.ErrorHere("too many values for a profile");
    if (from.IsScalar()) {
      to.kind = ConfigNode::Kind::kScalar;
      to.text = from.Scalar();
    } else if (from.IsSequence()) {
      to.kind = ConfigNode::Kind::kList;
      for (const auto& item : from) {
        TRY_ASSIGN(ConfigNode child, Convert(item, depth + 1));
        to.children.push_back(std::move(child));
      }
    } else if (from.IsMap()) {
      to.kind = ConfigNode::Kind::kMap;
      for (const auto& item : from) TRY(AddMember(to, item.first, item.second, depth));
    }
    return to;
  }

 private:
  Result<void> AddMember(ConfigNode& to, const YAML::Node& key, const YAML::Node& value,
                         int depth) {
    TRY_ASSIGN(ConfigNode child, Convert(value, depth + 1));
    // The line of the key is where a reader looks, and a null value may have none.
    child.line = key.Mark().line + 1;
    if (!key.IsScalar()) return child.ErrorHere("a key must be a plain word");
    if (to.Find(key.Scalar()) != nullptr) {
      return child.ErrorHere(fmt::format("'{}' is given twice; remove one", key.Scalar()));
    }
    to.keys.push_back(key.Scalar());
    to.children.push_back(std::move(child));
    return Ok();
  }

  std::shared_ptr<const std::string> source_;
  std::size_t nodes_ = 0;
};

}  // namespace

const ConfigNode* ConfigNode::Find(std::string_view key) const {
  const auto it = std::find(keys.begin(), keys.end(), key);
  return it == keys.end() ? nullptr : &children[static_cast<std::size_t>(it - keys.begin())];
}

void ConfigNode::Erase(std::string_view key) {
  const auto it = std::find(keys.begin(), keys.end(), key);
  if (it == keys.end()) return;
  children.erase(children.begin() + (it - keys.begin()));
  keys.erase(it);
}

Error ConfigNode::ErrorHere(std::string_view message) const {
  return {ErrorCode::kInvalidInput,
          fmt::format("{}:{}: {}", source == nullptr ? "profile" : *source, line, message)};
}

Result<ConfigNode> ParseYaml(std::string_view text, std::string_view source) {
  try {
    return Converter(source).Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}:{}: not valid YAML: {}", source, e.mark.line + 1, e.msg));
  }
}

void MergeConfig(ConfigNode& base, const ConfigNode& over) {
  if (base.kind != ConfigNode::Kind::kMap || over.kind != ConfigNode::Kind::kMap) {
    base = over;
    return;
  }
  for (std::size_t i = 0; i < over.keys.size(); ++i) {
    const auto it = std::find(base.keys.begin(), base.keys.end(), over.keys[i]);
    if (it == base.keys.end()) {
      base.keys.push_back(over.keys[i]);
      base.children.push_back(over.children[i]);
    } else {
      MergeConfig(base.children[static_cast<std::size_t>(it - base.keys.begin())],
                  over.children[i]);
    }
  }
}

}  // namespace mtkrig::emulator
