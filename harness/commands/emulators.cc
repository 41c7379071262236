#include "emulator/emulator_transport.h"

#include "harness/commands/command.h"

namespace mtkrig::harness {
namespace {

Result<int> Run(CommandContext& context) {
  std::vector<std::vector<std::string>> rows = {{"DEVICE", "CHIP", "DESCRIPTION"}};
  auto list = nlohmann::ordered_json::array();
  for (const emulator::ProfileSummary& profile : emulator::ShippedProfiles()) {
    const std::string moniker = "emulator:" + profile.name;
    rows.push_back({moniker, profile.chip, profile.description});
    list.push_back(
        {{"device", moniker}, {"chip", profile.chip}, {"description", profile.description}});
  }
  context.results["emulators"] = std::move(list);
  context.console.PrintTable({std::move(rows), {}, true});
  return 0;
}

}  // namespace

void AddEmulators(CLI::App& app, CommandLine& line) {
  AddCommand(app, line, "emulators", "List the phones in software", Run)
      .footer(R"(Any of them is a device: mtkrig identify --device emulator:mt6577
A profile of your own is named by its path: --device emulator:path/to/profile.yaml)");
}

}  // namespace mtkrig::harness
