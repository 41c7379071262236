#include <fmt/format.h>

#include "harness/commands/command.h"
#include "harness/text.h"
#include "protocol/engine/chip_names.h"
#include "protocol/engine/da_archive.h"

namespace mtkrig::harness {
namespace {

using protocol::AgentEntry;
using protocol::AgentRegion;
using protocol::DaArchive;

std::string RegionText(const AgentRegion& region) {
  std::string text = fmt::format("{} @ {}", Hex(region.length), Hex(region.address));
  if (region.signature_length > 0) {
    text += fmt::format(" (signature {})", Hex(region.signature_length));
  }
  return text;
}

nlohmann::ordered_json EntryToJson(const AgentEntry& entry, const DaArchive& archive) {
  auto regions = nlohmann::ordered_json::array();
  for (const AgentRegion& region : entry.regions) {
    regions.push_back({{"file_offset", region.file_offset},
                       {"length", region.length},
                       {"address", region.address},
                       {"length_without_signature", region.length_without_signature},
                       {"signature_length", region.signature_length}});
  }
  return {{"hw_code", fmt::format("0x{:04x}", entry.hw_code)},
          {"chips", protocol::ArchiveChips(entry.hw_code)},
          {"hw_sub_code", fmt::format("0x{:04x}", entry.hw_sub_code)},
          {"hw_version", fmt::format("0x{:04x}", entry.hw_version)},
          {"sw_version", fmt::format("0x{:04x}", entry.sw_version)},
          {"entry_region_index", entry.entry_region_index},
          {"regions", std::move(regions)},
          {"problems", archive.FaultsOf(entry)}};
}

Result<int> List(CommandContext& context, const std::string& file) {
  TRY_ASSIGN(const DaArchive archive, DaArchive::Load(file));
  for (const std::string& warning : archive.warnings()) context.console.Warn(warning, file);

  std::vector<std::vector<std::string>> rows = {
      {"HW CODE", "CHIPS", "SUB", "HW VER", "SW VER", "REGIONS"}};
  auto entries = nlohmann::ordered_json::array();
  for (const AgentEntry& entry : archive.entries()) {
    std::string regions;
    for (const AgentRegion& region : entry.regions) {
      if (!regions.empty()) regions += ", ";
      regions += RegionText(region);
    }
    const std::string chips =
        fmt::format("{}", fmt::join(protocol::ArchiveChips(entry.hw_code), ", "));
    rows.push_back({fmt::format("{:04x}", entry.hw_code), chips.empty() ? "unknown" : chips,
                    fmt::format("{:04x}", entry.hw_sub_code),
                    fmt::format("{:04x}", entry.hw_version),
                    fmt::format("{:04x}", entry.sw_version), std::move(regions)});
    entries.push_back(EntryToJson(entry, archive));
  }
  context.results = {{"file", file},
                     {"identifier", archive.identifier()},
                     {"description", archive.description()},
                     {"xml", archive.is_xml()},
                     {"entries", std::move(entries)}};
  const std::size_t count = archive.entries().size();
  context.console.PrintProse(fmt::format("{}\n{}, {} {}\n\n", Printable(archive.identifier()),
                                         Printable(archive.description()), count,
                                         count == 1 ? "entry" : "entries"));
  context.console.PrintTable({std::move(rows), {}, true});
  return 0;
}

}  // namespace

void AddDa(CLI::App& app, CommandLine& line) {
  CLI::App* group = app.add_subcommand("da", "Look into download agent files");
  group->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  CLI::App& list =
      AddCommand(*group, line, "da list", "List the chips that a download agent file serves",
                 [file](CommandContext& context) { return List(context, *file); });
  list.add_option("FILE", *file, "MTK_AllInOne_DA.bin or the like")->required();
  list.footer("Example:\n  mtkrig da list MTK_AllInOne_DA.bin");
}

}  // namespace mtkrig::harness
