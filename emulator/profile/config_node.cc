#include "emulator/profile/config_node.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
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
    // A null value may have no mark, and an empty file has none at all.
    to.line = std::max(from.Mark().line + 1, 1);
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

// Looks for nothing but the line that the last document begins in.
class DocumentFinder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { line_ = mark.line + 1; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}

  int line() const { return line_; }

 private:
  int line_ = 1;
};

// The library reads the first document and says nothing of those behind it.
Result<void> RefuseSecondDocument(const std::string& text, const ConfigNode& first) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentFinder finder;
  if (!parser.HandleNextDocument(finder) || !parser.HandleNextDocument(finder)) return Ok();
  ConfigPlace place = first.place();
  place.line = finder.line();
  return place.ErrorHere(
      "a second YAML document begins here; a profile is one: remove the line '---', or what "
      "follows it");
}

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

Error ConfigPlace::ErrorHere(std::string_view message) const {
  if (source == nullptr) return {ErrorCode::kInvalidInput, std::string(message)};
  return {ErrorCode::kInvalidInput, fmt::format("{}:{}: {}", *source, line, message)};
}

Error ConfigPlace::Locate(const Error& error, std::string_view what) const {
  const ErrorCode code =
      error.code() == ErrorCode::kInvalidArgument ? ErrorCode::kInvalidInput : error.code();
  const std::string message = ErrorHere(std::string(what) + error.message()).message();
  return Error(code, message).WithHint(error.hint());
}

Result<ConfigNode> ParseYaml(std::string_view text, std::string_view source) {
  try {
    const std::string own(text);
    TRY_ASSIGN(ConfigNode root, Converter(source).Convert(YAML::Load(own), 0));
    TRY(RefuseSecondDocument(own, root));
    return root;
  } catch (const YAML::Exception& e) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}:{}: not valid YAML: {}; correct this line or the one before it",
                             source, std::max(e.mark.line + 1, 1), e.msg));
  }
}

void MergeConfig(ConfigNode& base, const ConfigNode& over) {
  if (base.kind != ConfigNode::Kind::kMap || over.kind != ConfigNode::Kind::kMap) {
    base = over;
    return;
  }
  static_cast<ConfigPlace&>(base) = over.place();
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
