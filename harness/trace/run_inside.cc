#include "harness/trace/run_inside.h"

#include <sstream>

#include "harness/app.h"

namespace mtkrig::harness {
namespace {

// The text there, or none.
std::string TextAt(const nlohmann::json& document, const std::string& pointer) {
  const nlohmann::json::json_pointer at(pointer);
  if (!document.contains(at) || !document.at(at).is_string()) return {};
  return document.at(at).get<std::string>();
}

}  // namespace

CommandOutcome RunInside(CommandContext& context, std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  arguments.emplace_back("--json");
  CommandOutcome outcome;
  outcome.exit_code =
      RunApp(arguments, {out, err, context.clock, context.cancellation, ConsoleOptions()});
  const nlohmann::json document = nlohmann::json::parse(out.str(), nullptr, false);
  outcome.error = TextAt(document, "/error/message");
  outcome.difference = TextAt(document, "/results/difference/message");
  outcome.loosening = TextAt(document, "/results/difference/loosening");
  const nlohmann::json::json_pointer warnings("/warnings");
  if (document.contains(warnings)) {
    for (const nlohmann::json& warning : document.at(warnings)) {
      outcome.warnings.push_back(TextAt(warning, "/text"));
    }
  }
  const nlohmann::json::json_pointer compared("/results/bytes_compared");
  if (document.contains(compared)) document.at(compared).get_to(outcome.bytes_compared);
  return outcome;
}

}  // namespace mtkrig::harness
