#include "traces/replay/side_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "traces/replay/yaml_reader.h"

namespace mtkrig::traces {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::uint64_t kMaxSideFile = std::uint64_t{1} << 20;

Result<void> AddIgnored(const YamlValue& name, Loosenings& loosenings) {
  struct Named {
    std::string_view name;
    bool* flag;
  };
  const std::array known = {Named{"watchdog-writes", &loosenings.watchdog_writes},
                            Named{"ready", &loosenings.ready}, Named{"gaps", &loosenings.gaps}};
  std::vector<std::string> names;
  for (const Named& one : known) {
    if (name.kind() == YamlValue::Kind::kScalar && name.text() == one.name) {
      *one.flag = true;
      return Ok();
    }
    names.emplace_back(one.name);
  }
  return name.ErrorHere(fmt::format("'{}' is nothing that can be ignored{}", name.text(),
                                    SuggestName(name.text(), names)));
}

Result<RandomBytes> ReadRandom(const YamlValue& value) {
  TRY(value.CheckKeys("an item of 'random'", {"name", "packet", "at", "length"}));
  RandomBytes random;
  TRY_ASSIGN(const auto name, value.Text("name"));
  TRY_ASSIGN(const auto packet, value.Number("packet"));
  TRY_ASSIGN(const auto at, value.Number("at"));
  TRY_ASSIGN(const auto length, value.Number("length"));
  if (!name.has_value() || name->empty()) {
    return value.ErrorHere("'name' is missing: say what these bytes are");
  }
  if (!packet.has_value() || *packet == 0) {
    return value.ErrorHere("'packet' is missing: the number of the packet, from 1");
  }
  if (length == std::uint64_t{0}) return value.ErrorHere("'length' is 0; leave it out for all");
  random.name = *name;
  random.packet = *packet;
  random.at = at.value_or(0);
  random.length = length.value_or(random.length);
  return random;
}

std::string InFolder(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

Result<std::shared_ptr<const ContentSource>> ReadSource(const YamlValue& value,
                                                        std::optional<FlashArea> area,
                                                        const std::string& folder) {
  TRY_ASSIGN(const auto file, value.Text("file"));
  TRY_ASSIGN(const auto pattern, value.Number("pattern"));
  TRY_ASSIGN(const auto storage_seed, value.Number("storage_seed"));
  TRY_ASSIGN(const auto fill, value.Number("fill"));
  const int given = static_cast<int>(file.has_value()) + static_cast<int>(pattern.has_value()) +
                    static_cast<int>(storage_seed.has_value()) + static_cast<int>(fill.has_value());
  if (given != 1) {
    return value.ErrorHere("give one of 'file', 'pattern', 'storage_seed' and 'fill'");
  }
  std::shared_ptr<const ContentSource> source;
  if (file.has_value()) {
    auto opened = FileContent::Open(InFolder(folder, *file));
    if (!opened) {
      const Error& error = opened.error();
      return Error(error.code(), value.ErrorHere(error.message()).message())
          .WithHint("A path in the side file counts from the folder that it stands in.");
    }
    source = *std::move(opened);
  } else if (pattern.has_value()) {
    source = std::make_shared<PatternContent>(SeededPattern(*pattern),
                                              fmt::format("pattern 0x{:x}", *pattern));
  } else if (storage_seed.has_value()) {
    if (!area.has_value()) return value.ErrorHere("'storage_seed' needs an 'area'");
    source = std::make_shared<PatternContent>(SeededPattern::OfArea(*storage_seed, *area),
                                              fmt::format("storage_seed 0x{:x}", *storage_seed));
  } else if (fill.has_value()) {
    if (*fill > std::numeric_limits<std::uint8_t>::max()) {
      return value.ErrorHere("'fill' is one byte, 0 to 0xff");
    }
    source = std::make_shared<FillContent>(static_cast<std::uint8_t>(*fill));
  }
  return source;
}

Result<ContentRule> ReadContent(const YamlValue& value, const std::string& folder) {
  TRY(value.CheckKeys("an item of 'contents'", {"area", "phase", "at", "sent", "offset", "file",
                                                "pattern", "storage_seed", "fill"}));
  ContentRule rule;
  TRY_ASSIGN(const auto area, value.Text("area"));
  if (area.has_value()) {
    rule.area = ParseFlashArea(*area);
    if (!rule.area.has_value()) {
      return value.Find("area")->ErrorHere(
          fmt::format("unknown area '{}'{}", *area, SuggestName(*area, FlashAreaNames())));
    }
  }
  TRY_ASSIGN(rule.phase, value.Text("phase"));
  TRY_ASSIGN(const auto at, value.Number("at"));
  TRY_ASSIGN(const auto offset, value.Number("offset"));
  TRY_ASSIGN(const bool sent, value.Flag("sent"));
  if (at.has_value() && !rule.area.has_value()) {
    return value.Find("at")->ErrorHere("'at' is an address: it needs an 'area'");
  }
  if (sent && rule.area.has_value()) {
    return value.Find("sent")->ErrorHere("'sent' is of the host, and has no 'area'");
  }
  rule.at = at.value_or(0);
  rule.offset = offset.value_or(0);
  if (sent) rule.direction = Direction::kToPhone;
  TRY_ASSIGN(rule.source, ReadSource(value, rule.area, folder));
  const bool uniform = value.Find("fill") != nullptr;
  if (!uniform && !rule.area.has_value() && !rule.phase.has_value()) {
    return value.ErrorHere("say where this content stands: give 'area' or 'phase'");
  }
  const auto size = rule.source->size();
  if (size.has_value() && rule.offset > *size) {
    return value.ErrorHere(fmt::format("'offset' is 0x{:x}, but {} ends at 0x{:x}", rule.offset,
                                       rule.source->name(), *size));
  }
  return rule;
}

}  // namespace

std::string SideFilePath(std::string_view trace_path) {
  const std::filesystem::path path(trace_path);
  std::filesystem::path name = path.filename();
  if (name.extension() == ".zst") name = name.stem();
  if (name.has_extension()) name = name.stem();
  name += ".replay.yaml";
  return (path.parent_path() / name).string();
}

Result<ReplaySettings> ParseSideFile(std::string_view text, std::string_view source,
                                     const std::string& folder) {
  TRY_ASSIGN(const YamlValue root, YamlValue::Parse(text, source));
  TRY(root.CheckKeys("a side file", {"ignore", "random", "contents"}));
  ReplaySettings settings;
  TRY_ASSIGN(const auto ignored, root.List("ignore"));
  for (const YamlValue* name : ignored) TRY(AddIgnored(*name, settings.loosenings));
  TRY_ASSIGN(const auto randoms, root.List("random"));
  for (const YamlValue* value : randoms) {
    TRY_ASSIGN(RandomBytes random, ReadRandom(*value));
    settings.loosenings.random.push_back(std::move(random));
  }
  TRY_ASSIGN(const auto contents, root.List("contents"));
  for (const YamlValue* value : contents) {
    TRY_ASSIGN(ContentRule rule, ReadContent(*value, folder));
    settings.contents.Add(std::move(rule));
  }
  return settings;
}

Result<ReplaySettings> LoadSideFile(const std::string& path) {
  TRY_ASSIGN(const auto file, FileContent::Open(path));
  const std::uint64_t size = file->size().value_or(0);
  if (size > kMaxSideFile) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is larger than 1 MiB", path))
        .WithHint("A side file is short; this may be another kind of file.");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  TRY(file->Read(0, bytes));
  return ParseSideFile(std::string(bytes.begin(), bytes.end()), path,
                       std::filesystem::path(path).parent_path().string());
}

Result<ReplaySettings> SettingsOfTrace(const std::string& trace_path) {
  auto settings = LoadSideFile(SideFilePath(trace_path));
  if (!settings && settings.error().code() == ErrorCode::kNotFound) {
    std::error_code ignored;
    if (!std::filesystem::exists(SideFilePath(trace_path), ignored)) return ReplaySettings();
  }
  return settings;
}

}  // namespace mtkrig::traces
