#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "harness/commands/chip_check.h"
#include "harness/commands/command.h"
#include "harness/commands/device_session.h"
#include "harness/commands/table_text.h"
#include "harness/exit_codes.h"
#include "harness/text.h"
#include "protocol/layout/compare.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/scatter.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;
using protocol::LayoutDifference;
using protocol::PartitionTable;
using protocol::ScatterFile;
using protocol::ScatterWarning;
using protocol::StorageSizes;

void Warn(CommandContext& context, const std::string& file,
          const std::vector<ScatterWarning>& warnings) {
  for (const ScatterWarning& warning : warnings) {
    context.console.Warn(warning.text, file, warning.line);
  }
}

std::string Title(const ScatterFile& scatter) {
  std::string title =
      fmt::format("{}, {}", scatter.platform.empty() ? "unknown chip" : Printable(scatter.platform),
                  protocol::ScatterStyleName(scatter.style));
  if (!scatter.config_version.empty()) title += " " + Printable(scatter.config_version);
  if (!scatter.project.empty()) title += ", project " + Printable(scatter.project);
  return title;
}

Result<int> Show(CommandContext& context, const std::string& file) {
  TRY_ASSIGN(const ScatterFile scatter, protocol::LoadScatter(file));
  Warn(context, file, scatter.warnings);
  Warn(context, file, protocol::CheckScatter(scatter, {}));
  Json blocks = Json::array();
  context.console.PrintProse(Title(scatter) + "\n");
  for (const protocol::StorageBlock& block : scatter.blocks) {
    PartitionTable table;
    table.partitions = block.partitions;
    const std::string explanation = protocol::ExplainAddresses(block);
    blocks.push_back({{"storage_type", block.storage_type},
                      {"boot_channel", block.boot_channel},
                      {"block_size", block.block_size},
                      {"partitions", PartitionsToJson(table)},
                      {"address_explanation", explanation}});
    context.console.Print("\n{}\n{}\n", Printable(block.storage_type),
                          PartitionTableText(table, context.console.output_columns()));
    context.console.PrintProse(explanation);
  }
  context.results = {{"file", file},
                     {"style", protocol::ScatterStyleName(scatter.style)},
                     {"config_version", scatter.config_version},
                     {"platform", scatter.platform},
                     {"project", scatter.project},
                     {"blocks", std::move(blocks)}};
  return 0;
}

struct CheckOptions {
  DeviceOptions device;
  std::string file;
};

Result<PartitionTable> PhoneTable(DeviceSession& device) {
  TRY(device.StartAgent());
  return device.ReadPartitionTable();
}

Json DifferenceToJson(const LayoutDifference& difference) {
  return {{"kind", protocol::DifferenceKindName(difference.kind)},
          {"name", difference.name},
          {"line", difference.line > 0 ? Json(difference.line) : Json()},
          {"text", difference.text}};
}

std::vector<std::string> DifferenceRow(const LayoutDifference& difference) {
  const std::string_view elsewhere =
      difference.kind == protocol::DifferenceKind::kChip ? "file" : "phone";
  return {difference.line > 0 ? fmt::format("line {}", difference.line) : std::string(elsewhere),
          std::string(protocol::DifferenceKindName(difference.kind)), Printable(difference.name),
          Printable(difference.text)};
}

Result<int> Check(CommandContext& context, const CheckOptions& options) {
  TRY_ASSIGN(const ScatterFile scatter, protocol::LoadScatter(options.file));
  Warn(context, options.file, scatter.warnings);
  TRY_ASSIGN(const auto device, DeviceSession::Prepare(context, options.device));
  TRY(device->RequireAgent());
  TRY(device->Connect());
  std::vector<LayoutDifference> differences;
  if (auto chip = CompareChip(scatter, device->session().identity())) {
    differences.push_back(*std::move(chip));
  }
  const Result<PartitionTable> phone = PhoneTable(*device);
  if (!phone) {
    device->Abandon();
    // Another chip is the likeliest reason.
    for (const LayoutDifference& difference : differences) {
      context.console.Warn(difference.text, options.file, difference.line);
    }
    return phone.error();
  }
  device->Finish();

  const StorageSizes& sizes = device->session().storage().sizes;
  Warn(context, options.file, protocol::CheckScatter(scatter, sizes));
  auto places = protocol::CompareLayouts(scatter.TableFor(sizes), *phone, sizes);
  std::move(places.begin(), places.end(), std::back_inserter(differences));
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const LayoutDifference& difference : differences) {
    list.push_back(DifferenceToJson(difference));
    rows.push_back(DifferenceRow(difference));
  }
  context.results = {{"file", options.file},
                     {"agrees", differences.empty()},
                     {"table", TableSourceName(phone->source)},
                     {"differences", std::move(list)}};
  if (differences.empty()) {
    context.console.PrintProse(fmt::format("{} agrees with the phone's own table\n", options.file));
  } else {
    context.console.PrintTable({std::move(rows), {}, false});
  }
  TRY(device->Conclude());
  return differences.empty() ? kExitSuccess : kExitDifferent;
}

}  // namespace

void AddScatter(CLI::App& app, CommandLine& line) {
  CLI::App* group = app.add_subcommand("scatter", "Look into scatter files");
  group->require_subcommand(1);

  auto file = std::make_shared<std::string>();
  CLI::App& show =
      AddCommand(*group, line, "scatter show", "List what is in a scatter file, and what is odd",
                 [file](CommandContext& context) { return Show(context, *file); });
  show.add_option("FILE", *file, "The scatter file")->required();
  show.footer(
      "Examples:\n  mtkrig scatter show MT6577_Android_scatter_emmc.txt\n"
      "  unzip -p rom.zip MT6577_scatter.txt | mtkrig scatter show /dev/stdin");

  auto options = std::make_shared<CheckOptions>();
  CLI::App& check =
      AddCommand(*group, line, "scatter check", "Tell where a scatter file and a phone disagree",
                 [options](CommandContext& context) { return Check(context, *options); });
  check.add_option("FILE", options->file, "The scatter file")->required();
  AddDeviceOptions(check, options->device);
  check.footer(R"(The exit status is 0 when they agree and 1 when they do not.

Example:
  mtkrig scatter check MT6577_Android_scatter_emmc.txt --device emulator:mt6577)");
}

}  // namespace mtkrig::harness
