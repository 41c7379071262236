#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "harness/commands/command.h"
#include "harness/commands/device_session.h"
#include "harness/commands/table_text.h"
#include "harness/output/manifest.h"
#include "protocol/engine/chip_names.h"
#include "protocol/layout/linear_space.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/scatter_writer.h"

namespace mtkrig::harness {
namespace {

using protocol::PartitionTable;

struct Options {
  DeviceOptions device;
  std::string format = "table";
};

// The partitions with what goes with them, and what is known of their linear addresses.
struct BlockMap {
  PartitionTable table;
  protocol::LinearSpace linear;
};

// A die with several names: what a scatter file calls it is the phone's maker's choice.
std::string PlatformComment(const protocol::DeviceIdentity& identity) {
  const auto names = protocol::PossibleChips(identity.hw_code, identity.hw_sub_code);
  if (names.size() < 2) return {};
  return fmt::format(
      " The phone's codes ({:04x}, {:04x}) are those of {}: where its firmware says another of "
      "them, platform should say that too.",
      identity.hw_code, identity.hw_sub_code, fmt::join(names, " and "));
}

// A reader of the file must not take an offset for a linear address that the phone told.
std::string ScatterComment(const protocol::LinearSpace& linear) {
  if (linear.known()) return fmt::format("Made from the phone's own table; {}.", linear.note);
  return fmt::format(
      "Made from the phone's own table. linear_start_addr equals physical_start_addr in this file "
      "because the phone does not tell its linear addresses: {}. Do not enter these as linear "
      "addresses where a tool asks for such.",
      linear.note);
}

Result<std::string> ScatterText(const BlockMap& map, const protocol::DeviceIdentity& identity) {
  protocol::ScatterWriteOptions options;
  options.platform =
      identity.chip_name.empty() ? fmt::format("MT{:04X}", identity.hw_code) : identity.chip_name;
  options.comment = ScatterComment(map.linear) + PlatformComment(identity);
  return protocol::WriteScatter(map.table, options);
}

Result<BlockMap> ReadBlockMap(DeviceSession& device) {
  TRY(device.StartAgent());
  TRY_ASSIGN(const PartitionTable table, device.ReadPartitionTable());
  const protocol::StorageSizes& sizes = device.session().storage().sizes;
  BlockMap map;
  map.linear = protocol::LinearSpaceOfPhone(table, sizes);
  map.table = protocol::CompleteTable(protocol::ResolveTails(table, sizes), sizes);
  protocol::AddLinearAddresses(map.table, map.linear);
  return map;
}

Result<void> Show(CommandContext& context, const Options& options, const BlockMap& map,
                  protocol::Session& session) {
  context.results["device"] = DeviceToJson(session.identity(), &session.storage());
  context.results["source"] = TableSourceName(map.table.source);
  context.results["linear"] = LinearSpaceToJson(map.linear);
  context.results["partitions"] = PartitionsToJson(map.table);
  if (options.format == "scatter") {
    TRY_ASSIGN(const std::string text, ScatterText(map, session.identity()));
    context.results["scatter"] = text;
    context.console.PrintDocument(text);
  } else if (options.format == "json") {
    context.console.PrintDocument(
        context.results.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
        "\n");
  } else {
    context.console.PrintDocument(
        PartitionTableText(map.table, map.linear, context.console.output_columns()));
  }
  return Ok();
}

Result<int> Run(CommandContext& context, const Options& options) {
  TRY_ASSIGN(const auto device, DeviceSession::Prepare(context, options.device));
  TRY(device->RequireAgent());
  TRY(device->Connect());
  const Result<BlockMap> map = ReadBlockMap(*device);
  if (!map) {
    device->Abandon();
    return map.error();
  }
  device->Finish();
  TRY(Show(context, options, *map, device->session()));
  TRY(device->Conclude());
  return 0;
}

}  // namespace

void AddBlockmap(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(app, line, "blockmap", "List every partition of a phone with its place",
                 [options](CommandContext& context) { return Run(context, *options); });
  AddDeviceOptions(command, options->device);
  command
      .add_option("-f,--format", options->format,
                  "table, json, or scatter: a scatter file made from the phone's own table")
      ->check(CLI::IsMember({"table", "json", "scatter"}))
      ->type_name("FORMAT");
  command.footer(R"(Examples:
  mtkrig blockmap --device emulator:mt6577
  mtkrig blockmap --device emulator:mt6592 --format scatter > MT6592_scatter.txt)");
}

}  // namespace mtkrig::harness
