#include "traces/replay/moved_side_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "traces/replay/side_file.h"
#include "traces/replay/yaml_reader.h"

namespace mtkrig::traces {

using protocol::Ok;
using protocol::Result;

namespace {

namespace fs = std::filesystem;

struct Replacement {
  std::size_t position = 0;
  std::size_t length = 0;
  std::string text;
};

// As YAML has it in double quotes.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// Replaces a scalar where it stands.
Result<void> Replace(std::string_view text, const YamlValue& value, std::string by,
                     std::vector<Replacement>& replacements) {
  const std::size_t at = std::min(value.position(), text.size());
  const std::string& old = value.text();
  const char quote = at < text.size() ? text[at] : '\0';
  if (text.substr(at, old.size()) == old) {
    replacements.push_back({at, old.size(), std::move(by)});
    return Ok();
  }
  const bool quoted = (quote == '"' || quote == '\'') && text.substr(at + 1, old.size()) == old &&
                      at + 1 + old.size() < text.size() && text[at + 1 + old.size()] == quote;
  if (!quoted) {
    return value.ErrorHere(fmt::format("'{}' cannot be replaced; write it plainly", old));
  }
  replacements.push_back({at, old.size() + 2, std::move(by)});
  return Ok();
}

Result<void> MovePackets(std::string_view text, const YamlValue& root, const SideFileMove& move,
                         std::vector<Replacement>& replacements) {
  TRY_ASSIGN(const auto randoms, root.List("random"));
  for (const YamlValue* random : randoms) {
    TRY_ASSIGN(const auto packet, random->Number("packet"));
    const auto moved = move.packets.find(packet.value_or(0));
    const YamlValue* value = random->Find("packet");
    if (value == nullptr || moved == move.packets.end()) {
      return random->ErrorHere(
          fmt::format("packet {} is no transfer of the recording", packet.value_or(0)));
    }
    TRY(Replace(text, *value, fmt::format("{}", moved->second), replacements));
  }
  return Ok();
}

// An empty name is the current folder. What cannot be looked up stays as it was given.
fs::path WholePath(const std::string& folder) {
  fs::path given(folder.empty() ? "." : folder);
  std::error_code failed;
  const fs::path absolute = fs::absolute(given, failed);
  if (failed) return given;
  fs::path whole = fs::weakly_canonical(absolute, failed);
  return failed ? absolute.lexically_normal() : whole;
}

Result<void> MovePaths(std::string_view text, const YamlValue& root, const SideFileMove& move,
                       std::vector<Replacement>& replacements) {
  const fs::path from = WholePath(move.from_folder);
  const fs::path to = WholePath(move.to_folder);
  if (from == to) return Ok();
  TRY_ASSIGN(const auto contents, root.List("contents"));
  for (const YamlValue* content : contents) {
    for (const std::string_view key : {"file", "emulator"}) {
      const YamlValue* value = content->Find(key);
      if (value == nullptr || fs::path(value->text()).is_absolute()) continue;
      const std::string& path = value->text();
      // A shipped profile's name.
      const bool name =
          key == "emulator" && path.find('/') == std::string::npos && !path.ends_with(".yaml");
      if (name) continue;
      const fs::path there = (from / path).lexically_normal().lexically_relative(to);
      TRY(Replace(text, *value, Quoted(there.string()), replacements));
    }
  }
  return Ok();
}

}  // namespace

Result<std::vector<std::uint64_t>> PacketsOfSideFile(std::string_view text,
                                                     std::string_view source) {
  TRY_ASSIGN(const Loosenings loosenings, ParseLoosenings(text, source));
  std::vector<std::uint64_t> packets;
  for (const RandomBytes& random : loosenings.random) packets.push_back(random.packet);
  return packets;
}

Result<std::string> MovedSideFile(std::string_view text, std::string_view source,
                                  const SideFileMove& move) {
  TRY_ASSIGN(const YamlValue root, YamlValue::Parse(text, source));
  std::vector<Replacement> replacements;
  TRY(MovePackets(text, root, move, replacements));
  TRY(MovePaths(text, root, move, replacements));
  std::ranges::sort(replacements, {}, &Replacement::position);
  std::string moved(text);
  // From the back: what is replaced may have another length.
  for (auto one = replacements.rbegin(); one != replacements.rend(); ++one) {
    moved.replace(one->position, one->length, one->text);
  }
  return moved;
}

}  // namespace mtkrig::traces
