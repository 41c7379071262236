#include "traces/redact/redactor.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "traces/redact/computer_names.h"
#include "traces/redact/named_identities.h"
#include "traces/redact/personal_texts.h"
#include "traces/redact/redact_plan.h"

namespace mtkrig::traces {

std::size_t RedactText(const RedactPlan& plan, std::string& text) {
  if (text.empty()) return 0;
  // First by name: the made-up values must not be taken for other identities.
  const std::string original = text;
  std::size_t replaced = ReplaceNamedIdentities(plan.secrets, text);
  replaced += ReplacePersonal(plan.secrets, original, text);
  replaced += plan.secrets.ReplaceIn(text) + ReplaceNames(plan.names, text);
  return replaced + ReplaceComputers(text);
}

Result<RedactReport> Redact(const TraceOpener& open, const TraceCreator& create,
                            const RedactOptions& options) {
  RedactReport report;
  RedactPlan plan;
  plan.options = options;
  const auto feed = [&]() -> Result<std::unique_ptr<RoleFeed>> {
    TRY_ASSIGN(auto reader, open());
    return std::make_unique<RoleFeed>(std::move(reader));
  };
  {
    TRY_ASSIGN(const auto first, feed());
    TRY(Survey(*first, plan, report));
  }
  if (options.keep_identities) {
    plan.secrets = SecretTable();
    plan.serial_index.reset();
    for (PatchList& list : plan.identities) list = PatchList();
  }
  if (plan.some_unknown || !plan.broken.empty()) {
    TRY_ASSIGN(const auto again, feed());
    TRY(FindUnknown(*again, plan, report));
  }
  {
    TRY_ASSIGN(const auto second, feed());
    TRY(FindOccurrences(*second, plan, report));
  }
  for (const std::size_t side : {0U, 1U}) {
    plan.identities[side].Sort();
    plan.occurrences[side].Sort();
    plan.leading_sums[side].Sort();
  }
  plan.tables.Sort();
  // Facts of a text file are complete with its first event.
  TRY_ASSIGN(const auto head, open());
  TRY(head->Next());
  NoteTreatment notes(plan, report);
  TRY_ASSIGN(const auto writer, create(notes.Facts(head->facts())));
  TRY_ASSIGN(const auto third, feed());
  TRY(Rewrite(*third, plan, *writer, report));
  return report;
}

Result<std::vector<std::string>> RedactTexts(const TraceOpener& open,
                                             std::vector<std::string> texts) {
  RedactReport report;
  RedactPlan plan;
  TRY_ASSIGN(auto reader, open());
  RoleFeed feed(std::move(reader));
  TRY(Survey(feed, plan, report));
  for (const std::string& text : texts) {
    LearnNamedIdentities(text, plan.secrets);
    LearnPersonal(text, plan.secrets, plan.names);
  }
  for (std::string& text : texts) RedactText(plan, text);
  return texts;
}

void AddBlanked(std::vector<ByteRange>& blanked, const ByteRange& range) {
  // A side file may have 10,000 values.
  constexpr std::size_t kMaxBlanked = 2048;
  // A header of a packet between two pieces of content.
  constexpr std::uint64_t kClose = 16;
  const auto end_of = [](const ByteRange& one) {
    return one.offset + one.length;
  };
  const auto join = [&](std::uint64_t apart) {
    std::size_t last = 0;
    for (std::size_t i = 1; i < blanked.size(); ++i) {
      if (blanked[i].offset <= end_of(blanked[last]) + apart) {
        blanked[last].length = end_of(blanked[i]) - blanked[last].offset;
      } else {
        blanked[++last] = blanked[i];
      }
    }
    blanked.resize(last + 1);
  };
  if (range.length == 0) return;
  if (!blanked.empty() && range.offset <= end_of(blanked.back())) {
    if (end_of(range) > end_of(blanked.back())) {
      blanked.back().length = end_of(range) - blanked.back().offset;
    }
    return;
  }
  if (blanked.size() == kMaxBlanked) join(kClose);
  if (blanked.size() < kMaxBlanked) {
    blanked.push_back(range);
  } else {
    blanked.back().length = ~std::uint64_t{0} - blanked.back().offset;
  }
}

std::string RedactedSideFile(const RedactReport& report, const Loosenings& loosenings) {
  std::string text;
  std::vector<std::string> ignored;
  if (loosenings.watchdog_writes) ignored.emplace_back("watchdog-writes");
  if (loosenings.ready) ignored.emplace_back("ready");
  if (loosenings.gaps) ignored.emplace_back("gaps");
  if (loosenings.missing_handshake) ignored.emplace_back("missing-handshake");
  if (!ignored.empty()) text += fmt::format("ignore: [{}]\n", fmt::join(ignored, ", "));
  if (!loosenings.random.empty()) text += "random:\n";
  for (const RandomBytes& random : loosenings.random) {
    text += fmt::format("  - {{name: \"{}\", packet: {}, at: {}", random.name, random.packet,
                        random.at);
    if (random.length != RandomBytes().length) text += fmt::format(", length: {}", random.length);
    text += "}\n";
  }
  if (loosenings.exact) text += "exact: true\n";
  if (loosenings.timing == ReplayTiming::kRecorded) text += "timing: recorded\n";
  if (!report.blanked.empty()) {
    text +=
        "# What the phone said there was left out or made up: a replayed host takes anything.\n"
        "blanked:\n";
  }
  for (const ByteRange& range : report.blanked) {
    text += fmt::format("  - {{at: {:#x}, length: {:#x}}}\n", range.offset, range.length);
  }
  if (!report.fill_received && !report.fill_sent) return text;
  text += "# Content was left out: zeros stand for it.\ncontents:\n";
  if (report.fill_received) text += "  - {fill: 0}\n";
  if (report.fill_sent) text += "  - {sent: true, fill: 0}\n";
  return text;
}

}  // namespace mtkrig::traces
