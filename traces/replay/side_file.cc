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
                            Named{"ready", &loosenings.ready}, Named{"gaps", &loosenings.gaps},
                            Named{"missing-handshake", &loosenings.missing_handshake}};
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
  random.line = value.line();
  random.name = *name;
  random.packet = *packet;
  random.at = at.value_or(0);
  random.length = length.value_or(random.length);
  return random;
}

std::string InFolder(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

using Source = std::shared_ptr<const ContentSource>;

// What the sources of a side file are opened with.
struct Openers {
  const std::string& folder;
  const EmulatedFlashOpener& flash;
};

// An error of what an item names, where the item stands.
Error ErrorOf(const YamlValue& value, const Error& error) {
  return Error(error.code(), value.ErrorHere(error.message()).message());
}

Result<Source> OpenImage(const YamlValue& value, const std::string& file, const Openers& openers) {
  auto opened = FileContent::Open(InFolder(openers.folder, file));
  if (!opened) {
    return ErrorOf(value, opened.error())
        .WithHint("A path in the side file counts from the folder that it stands in.");
  }
  return Source(*std::move(opened));
}

Result<Source> OpenEmulated(const YamlValue& value, const std::string& phone,
                            std::optional<FlashArea> area, const Openers& openers) {
  if (!area.has_value()) return value.ErrorHere("'emulator' needs an 'area'");
  if (!openers.flash) {
    return Error(ErrorCode::kUnsupported,
                 value.ErrorHere("phones in software are not known here").message());
  }
  // A path counts from the folder, as every other; a shipped profile's name has no slash.
  const bool is_path = phone.find('/') != std::string::npos || phone.ends_with(".yaml");
  auto opened = openers.flash(is_path ? InFolder(openers.folder, phone) : phone, *area);
  if (!opened) return ErrorOf(value, opened.error());
  return *std::move(opened);
}

Result<Source> ReadSource(const YamlValue& value, std::optional<FlashArea> area,
                          const Openers& openers) {
  TRY_ASSIGN(const auto file, value.Text("file"));
  TRY_ASSIGN(const auto emulator, value.Text("emulator"));
  TRY_ASSIGN(const auto pattern, value.Number("pattern"));
  TRY_ASSIGN(const auto storage_seed, value.Number("storage_seed"));
  TRY_ASSIGN(const auto fill, value.Number("fill"));
  const int given = static_cast<int>(file.has_value()) + static_cast<int>(emulator.has_value()) +
                    static_cast<int>(pattern.has_value()) +
                    static_cast<int>(storage_seed.has_value()) + static_cast<int>(fill.has_value());
  if (given != 1) {
    return value.ErrorHere("give one of 'file', 'pattern', 'storage_seed', 'emulator' and 'fill'");
  }
  if (file.has_value()) return OpenImage(value, *file, openers);
  if (emulator.has_value()) return OpenEmulated(value, *emulator, area, openers);
  if (pattern.has_value()) {
    return Source(std::make_shared<PatternContent>(SeededPattern(*pattern),
                                                   fmt::format("pattern 0x{:x}", *pattern)));
  }
  if (storage_seed.has_value()) {
    if (!area.has_value()) return value.ErrorHere("'storage_seed' needs an 'area'");
    return Source(
        std::make_shared<PatternContent>(SeededPattern::OfArea(*storage_seed, *area),
                                         fmt::format("storage_seed 0x{:x}", *storage_seed)));
  }
  if (*fill > std::numeric_limits<std::uint8_t>::max()) {
    return value.ErrorHere("'fill' is one byte, 0 to 0xff");
  }
  return Source(std::make_shared<FillContent>(static_cast<std::uint8_t>(*fill)));
}

Result<ContentRule> ReadContent(const YamlValue& value, const Openers& openers) {
  TRY(value.CheckKeys("an item of 'contents'", {"area", "phase", "at", "sent", "offset", "file",
                                                "pattern", "storage_seed", "emulator", "fill"}));
  ContentRule rule;
  rule.line = value.line();
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
  TRY_ASSIGN(rule.source, ReadSource(value, rule.area, openers));
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

Result<YamlValue> ParseRoot(std::string_view text, std::string_view source) {
  TRY_ASSIGN(YamlValue root, YamlValue::Parse(text, source));
  TRY(root.CheckKeys("a side file",
                     {"ignore", "random", "contents", "blanked", "exact", "timing"}));
  return root;
}

Result<void> ReadBlanked(const YamlValue& root, Loosenings& loosenings) {
  TRY_ASSIGN(const auto blanked, root.List("blanked"));
  std::uint64_t free_from = 0;
  for (const YamlValue* value : blanked) {
    TRY(value->CheckKeys("an item of 'blanked'", {"at", "length"}));
    TRY_ASSIGN(const auto at, value->Number("at"));
    TRY_ASSIGN(const auto length, value->Number("length"));
    constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();
    if (!at.has_value()) return value->ErrorHere("'at' is missing: where in what the phone says");
    if (length == std::uint64_t{0}) return value->ErrorHere("'length' is 0; leave it out for all");
    if (*at < free_from)
      return value->ErrorHere("the items of 'blanked' stand in order, and apart");
    const ByteRange range{*at, std::min(length.value_or(kEnd), kEnd - *at)};
    free_from = range.offset + range.length;
    loosenings.blanked.push_back(range);
  }
  return Ok();
}

Result<Loosenings> ReadLoosenings(const YamlValue& root) {
  Loosenings loosenings;
  TRY_ASSIGN(const auto ignored, root.List("ignore"));
  for (const YamlValue* name : ignored) TRY(AddIgnored(*name, loosenings));
  TRY_ASSIGN(const auto randoms, root.List("random"));
  for (const YamlValue* value : randoms) {
    TRY_ASSIGN(RandomBytes random, ReadRandom(*value));
    loosenings.random.push_back(std::move(random));
  }
  TRY(ReadBlanked(root, loosenings));
  TRY_ASSIGN(loosenings.exact, root.Flag("exact"));
  TRY_ASSIGN(const auto timing, root.Text("timing"));
  if (timing.has_value()) {
    const auto parsed = ParseReplayTiming(*timing);
    if (!parsed.has_value()) {
      return root.Find("timing")->ErrorHere(
          fmt::format("'{}' is no timing{}", *timing, SuggestName(*timing, ReplayTimingNames())));
    }
    loosenings.timing = *parsed;
  }
  return loosenings;
}

}  // namespace

std::optional<ReplayTiming> ParseReplayTiming(std::string_view name) {
  if (name == "none") return ReplayTiming::kNone;
  if (name == "recorded") return ReplayTiming::kRecorded;
  return std::nullopt;
}

std::vector<std::string> ReplayTimingNames() {
  return {"none", "recorded"};
}

std::string SideFilePath(std::string_view trace_path) {
  const std::filesystem::path path(trace_path);
  std::filesystem::path name = path.filename();
  if (name.extension() == ".zst") name = name.stem();
  if (name.has_extension()) name = name.stem();
  name += ".replay.yaml";
  return (path.parent_path() / name).string();
}

Result<Loosenings> ParseLoosenings(std::string_view text, std::string_view source) {
  TRY_ASSIGN(const YamlValue root, ParseRoot(text, source));
  return ReadLoosenings(root);
}

Result<ReplaySettings> ParseSideFile(std::string_view text, std::string_view source,
                                     const std::string& folder,
                                     const EmulatedFlashOpener& open_flash) {
  TRY_ASSIGN(const YamlValue root, ParseRoot(text, source));
  ReplaySettings settings;
  TRY_ASSIGN(settings.loosenings, ReadLoosenings(root));
  TRY_ASSIGN(const auto contents, root.List("contents"));
  for (const YamlValue* value : contents) {
    TRY_ASSIGN(ContentRule rule, ReadContent(*value, Openers{folder, open_flash}));
    settings.contents.Add(std::move(rule));
  }
  return settings;
}

Result<ReplaySettings> LoadSideFile(const std::string& path,
                                    const EmulatedFlashOpener& open_flash) {
  TRY_ASSIGN(const auto file, FileContent::Open(path));
  const std::uint64_t size = file->size().value_or(0);
  if (size > kMaxSideFile) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is larger than 1 MiB", path))
        .WithHint("A side file is short; this may be another kind of file.");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  TRY(file->Read(0, bytes));
  return ParseSideFile(std::string(bytes.begin(), bytes.end()), path,
                       std::filesystem::path(path).parent_path().string(), open_flash);
}

Result<ReplaySettings> SettingsOfTrace(const std::string& trace_path,
                                       const EmulatedFlashOpener& open_flash) {
  auto settings = LoadSideFile(SideFilePath(trace_path), open_flash);
  if (!settings && settings.error().code() == ErrorCode::kNotFound) {
    std::error_code ignored;
    if (!std::filesystem::exists(SideFilePath(trace_path), ignored)) return ReplaySettings();
  }
  return settings;
}

}  // namespace mtkrig::traces
