#include "harness/commands/emulate_control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "emulator/usbip/control_client.h"
#include "harness/exit_codes.h"

namespace mtkrig::harness {
namespace {

// The lines of the answer to `status`: bus id, name, mode, plugged, USB id, imported.
nlohmann::ordered_json PhonesOf(const std::string& answer) {
  auto phones = nlohmann::ordered_json::array();
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string bus_id;
    std::string name;
    std::string mode;
    std::string cable;
    std::string usb_id;
    std::string owner;
    if (!(words >> bus_id >> name >> mode >> cable >> usb_id >> owner)) continue;
    phones.push_back(
        {{"bus_id", bus_id},
         {"profile", name},
         {"mode", mode},
         {"plugged", cable == "plugged"},
         {"usb_id", usb_id == "-" ? nlohmann::ordered_json() : nlohmann::ordered_json(usb_id)},
         {"imported", owner == "imported"}});
  }
  return phones;
}

Result<int> Control(CommandContext& context, const std::string& socket,
                    const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  TRY_ASSIGN(const std::string answer, emulator::SendControlCommand(socket, line));
  context.results["answer"] = answer;
  // Only status answers with anything but its success.
  if (!answer.empty()) context.results["phones"] = PhonesOf(answer);
  context.console.PrintText(answer);
  return kExitSuccess;
}

}  // namespace

std::string DefaultControlPath() {
  // The environment is read before any thread is started.
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  if (runtime != nullptr && *runtime != '\0') return fmt::format("{}/mtkrig-emulate", runtime);
  return fmt::format("/tmp/mtkrig-emulate-{}", ::getuid());
}

void AddEmulateControl(CLI::App& parent, CommandLine& line) {
  struct ControlOptions {
    std::string socket = DefaultControlPath();
    std::vector<std::string> words;
  };
  auto options = std::make_shared<ControlOptions>();
  CLI::App& command = AddCommand(parent, line, "emulate ctl", "Pull or plug the cable of a phone",
                                 [options](CommandContext& context) {
                                   return Control(context, options->socket, options->words);
                                 });
  command.add_option("--control", options->socket, "Control socket of the server")
      ->type_name("PATH")
      ->capture_default_str();
  command
      .add_option("WORD", options->words,
                  "unplug, plug, mode brom, mode preloader or status; "
                  "a bus id behind it names one of several phones")
      ->required()
      ->type_name("...");
  command.footer("Examples:\n  mtkrig emulate ctl unplug\n  mtkrig emulate ctl mode brom 1-2");
}

}  // namespace mtkrig::harness
