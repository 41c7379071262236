#include "device/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/commands/command.h"
#include "harness/commands/udev_rules.h"
#include "harness/exit_codes.h"
#include "harness/text.h"

namespace mtkrig::harness {
namespace {

using device::Check;
using device::CheckLevel;

Result<int> PrintRules(CommandContext& context) {
  context.results["udev_rules"] = kUdevRules;
  context.console.PrintText(kUdevRules);
  return kExitSuccess;
}

Result<int> Run(CommandContext& context) {
  const std::vector<Check> checks = device::RunDoctor(device::ThisHost());
  std::vector<std::vector<std::string>> rows;
  auto list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    const std::string level(CheckLevelName(check.level));
    // Names of processes and phones are in there, which may be anything.
    rows.push_back({level, Printable(check.name), Printable(check.detail)});
    list.push_back({{"name", check.name},
                    {"level", level},
                    {"detail", check.detail},
                    {"remedy", check.remedy}});
  }
  context.results["checks"] = std::move(list);
  context.console.PrintTable({std::move(rows), {}, false});
  for (const Check& check : checks) {
    if (check.remedy.empty()) continue;
    context.console.PrintProse(
        fmt::format("\n{}:\n  {}\n", Printable(check.name), Printable(check.remedy)));
  }
  const bool failed = std::any_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.level == CheckLevel::kFailure;
  });
  return failed ? kExitDifferent : kExitSuccess;
}

}  // namespace

void AddDoctor(CLI::App& app, CommandLine& line) {
  auto rules_only = std::make_shared<bool>(false);
  CLI::App& command =
      AddCommand(app, line, "doctor", "Say what on this machine keeps a phone from being found",
                 [rules_only](CommandContext& context) {
                   return *rules_only ? PrintRules(context) : Run(context);
                 });
  command.add_flag("--udev-rules", *rules_only,
                   "Print the rules that let users open phones, and nothing else");
  command.footer(
      R"(Looks at udev rules, groups, ModemManager, kernel drivers and hubs; changes nothing.

To install the rules where no package has done it:
  mtkrig doctor --udev-rules | sudo tee /etc/udev/rules.d/60-mtkrig.rules
  sudo udevadm control --reload)");
}

}  // namespace mtkrig::harness
