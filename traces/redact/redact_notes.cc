// What a redaction does to notes and facts.

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "traces/redact/harmless_text.h"
#include "traces/redact/redact_plan.h"

namespace mtkrig::traces {
namespace {

// Beyond, they share a number.
constexpr std::size_t kMaxPhases = 4096;

// Of a moniker that names a file: without its folders; of one that names a computer: without it; of
// a port by what is plugged in there, as in /dev/serial/by-id: without that, for it may be a serial
// number.
std::string WithoutFolders(const std::string& moniker) {
  const std::size_t colon = moniker.find(':');
  const std::string kind = moniker.substr(0, colon == std::string::npos ? 0 : colon);
  const std::size_t slash = moniker.rfind('/');
  if (kind == "usbip" && slash != std::string::npos) {
    return fmt::format("usbip:host{}", moniker.substr(slash));
  }
  const bool numbered = moniker.starts_with("serial:/dev/tty");
  if (kind == "serial") return numbered ? moniker : "serial:port";
  if (kind != "emulator" && kind != "replay") return moniker;
  const std::string file = std::filesystem::path(moniker.substr(colon + 1)).filename().string();
  return fmt::format("{}:{}", kind, file);
}

std::string HarmlessOrNothing(std::string_view text) {
  return IsHarmlessText(text) ? std::string(text) : std::string();
}

}  // namespace

// A text without what is not harmless, which `harmless` leaves out; or, if notes stay, without what
// is found in it.
std::string NoteTreatment::Treated(const std::string& text,
                                   std::string (*harmless)(std::string_view)) {
  std::string made = harmless(text);
  const bool same = made == text;
  if (!plan_.options.keep_notes) {
    if (!same) ++report_.notes_removed;
    return made;
  }
  if (!same) ++report_.notes_kept;
  made = text;
  report_.text_places += RedactText(plan_, made);
  return made;
}

SessionFacts NoteTreatment::Facts(const SessionFacts& facts) {
  SessionFacts made;
  made.moniker = Treated(WithoutFolders(facts.moniker), HarmlessMoniker);
  made.chip = Treated(facts.chip, HarmlessOrNothing);
  made.tool = Treated(facts.tool, HarmlessTool);
  made.seed = Treated(facts.seed, HarmlessOrNothing);
  for (const std::string& comment : facts.comments) {
    std::string text = Treated(comment, HarmlessOrNothing);
    if (!text.empty()) made.comments.push_back(std::move(text));
  }
  return made;
}

bool NoteTreatment::Take(Event& event) {
  switch (event.kind) {
    case EventKind::kPhase:
      event.text = PhaseName(event.text);
      return true;
    case EventKind::kGap:
      event.text = Treated(event.text, HarmlessGap);
      return true;
    case EventKind::kComment:
      event.text = Treated(event.text, HarmlessOrNothing);
      return !event.text.empty();
    default:
      if (!event.text.empty()) event.text = Treated(event.text, HarmlessOrNothing);
      return true;
  }
}

// One that is removed has a number in its place, so that the same phases are the same still.
std::string NoteTreatment::PhaseName(const std::string& name) {
  std::string made = Treated(name, [](std::string_view text) {
    return IsHarmlessPhase(text) ? std::string(text) : std::string();
  });
  if (!made.empty() || name.empty()) return made;
  auto known = phases_.find(name);
  if (known == phases_.end() && phases_.size() < kMaxPhases) {
    known = phases_.emplace(name, phases_.size() + 1).first;
  }
  const std::size_t number = known == phases_.end() ? kMaxPhases + 1 : known->second;
  return fmt::format("phase {} (name removed)", number);
}

std::string NoteTreatment::UsbString(const std::string& text) {
  std::string made = text;
  plan_.secrets.ReplaceIn(made);
  made = Treated(made, HarmlessOrNothing);
  // Bytes that were spelled as numbers may be longer or shorter ones now.
  made.resize(text.size(), made.empty() ? 'x' : '0');
  return made;
}

}  // namespace mtkrig::traces
