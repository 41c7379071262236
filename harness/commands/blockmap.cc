#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "harness/commands/command.h"
#include "harness/commands/device_session.h"
#include "harness/commands/table_text.h"
#include "harness/output/manifest.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/scatter_writer.h"

namespace mtkrig::harness {
namespace {

using protocol::PartitionTable;

struct Options {
  DeviceOptions device;
  std::string format = "table";
};

Result<std::string> ScatterText(const PartitionTable& table,
                                const protocol::DeviceIdentity& identity) {
  protocol::ScatterWriteOptions options;
  options.platform =
      identity.chip_name.empty() ? fmt::format("MT{:04X}", identity.hw_code) : identity.chip_name;
  return protocol::WriteScatter(table, options);
}

Result<PartitionTable> ReadTable(DeviceSession& device) {
  TRY(device.StartAgent());
  TRY_ASSIGN(const PartitionTable table, device.session().ReadPartitionTable());
  const protocol::StorageSizes& sizes = device.session().storage().sizes;
  return protocol::CompleteTable(protocol::ResolveTails(table, sizes), sizes);
}

Result<void> Show(CommandContext& context, const Options& options, const PartitionTable& table,
                  protocol::Session& session) {
  context.results["device"] = DeviceToJson(session.identity(), &session.storage());
  context.results["source"] = TableSourceName(table.source);
  context.results["partitions"] = PartitionsToJson(table);
  if (options.format == "scatter") {
    TRY_ASSIGN(const std::string text, ScatterText(table, session.identity()));
    context.results["scatter"] = text;
    context.console.PrintDocument(text);
  } else if (options.format == "json") {
    context.console.PrintDocument(
        context.results.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
        "\n");
  } else {
    context.console.PrintDocument(PartitionTableText(table));
  }
  return Ok();
}

Result<int> Run(CommandContext& context, const Options& options) {
  TRY_ASSIGN(const auto device, DeviceSession::Prepare(context, options.device));
  TRY(device->RequireAgent());
  TRY(device->Connect());
  const Result<PartitionTable> table = ReadTable(*device);
  if (!table) {
    device->Abandon();
    return table.error();
  }
  device->Finish();
  TRY(Show(context, options, *table, device->session()));
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
