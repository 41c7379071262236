#include "harness/commands/trace_redact.h"

#include <fmt/format.h>

#include <memory>

#include "harness/exit_codes.h"
#include "harness/text.h"
#include "harness/trace/counted.h"
#include "harness/trace/recorded_command.h"
#include "harness/trace/redacted_trace.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::harness {
namespace {

nlohmann::ordered_json ReportToJson(const traces::RedactReport& report) {
  return {{"identities", report.identities},
          {"identity_places", report.identity_places},
          {"text_places", report.text_places},
          {"notes_removed", report.notes_removed},
          {"notes_kept", report.notes_kept},
          {"agent_texts_blanked", report.packet_texts},
          {"content_bytes", report.content_bytes},
          {"register_writes_kept", report.register_writes},
          {"partition_tables_kept", report.tables},
          {"guids", report.guids},
          {"unknown_bytes_blanked", report.unknown_blanked},
          {"unknown_bytes_kept", report.unknown_kept},
          {"unknown_places", report.unknown_places},
          {"agent_bytes_blanked", report.agent_bytes},
          {"checksums", report.checksums},
          {"checksums_left", report.checksums_left},
          {"digests", report.digests},
          {"digests_dropped", report.digests_dropped}};
}

void Print(CommandContext& context, const traces::RedactReport& report) {
  const auto line = [&](std::uint64_t count, std::string_view text) {
    if (count > 0) context.console.Print("{:>12}  {}\n", count, text);
  };
  line(report.identities, "identities, serial numbers and GUIDs replaced");
  line(report.identity_places, "places of the conversation where they stood");
  line(report.text_places, "places in notes, facts and USB strings");
  line(report.notes_removed, "notes, facts and USB strings left out: they may say anything");
  line(report.notes_kept, "such notes kept, as asked for");
  line(report.packet_texts, "texts of agents and hosts in which something is x now");
  line(report.content_bytes, "bytes of flash, registers and memory now zeros");
  line(report.tables, "partition tables kept");
  line(report.guids, "GUIDs in them replaced");
  line(report.agent_bytes, "bytes of agents now zeros");
  line(report.unknown_blanked, "bytes that were not understood now zeros");
  line(report.unknown_kept, "bytes that were not understood kept: short, or asked for");
  line(report.register_writes, "writes to registers and memory kept");
  line(report.checksums, "checksums made right again");
  line(report.digests, "digests of cut transfers made again");
}

void Warn(CommandContext& context, const traces::RedactReport& report, const std::string& file) {
  WarnOfNotes(context.console, report, file);
  WarnOfUnknown(context.console, report, file);
  WarnOfWrites(context.console, report, file);
  if (report.checksums_left > 0 || report.digests_dropped > 0) {
    context.console.Warn(
        fmt::format("{} checksums stay as they were and {} digests are gone, because the recording "
                    "lacks bytes that they cover",
                    report.checksums_left, report.digests_dropped),
        file);
  }
  if (report.agents_cut) {
    context.console.Warn(
        "agents were cut in the recording: replaying it as a host needs them, in "
        "the side file",
        file);
  }
}

// The commands to type: as the recording tells them, of which not all may stand in what was
// written.
Result<void> PrintHowToReplay(Console& console, const RedactRequest& request,
                              const RedactedTrace& redacted) {
  const std::string& output = request.output;
  TRY_ASSIGN(const auto reader,
             traces::OpenTrace(request.input, {.device = request.capture_device}));
  TRY(reader->Next());  // facts of a text file are complete with its first event
  const traces::SessionFacts& facts = reader->facts();
  if (const auto command = CommandOfTrace(facts)) {
    std::string line = fmt::format("mtkrig {} -d replay:{}", *command, output);
    if (command->starts_with("readback")) line += " -o DIR";
    if (!redacted.agent_file.empty()) {
      line += fmt::format(" --da {}", redacted.agent_file);
    } else if (!redacted.report.agents.empty() && !facts.moniker.starts_with("emulator:")) {
      line += " --da FILE";
    }
    console.PrintText(fmt::format("to replay the phone: {}\n", Printable(line)));
  }
  const bool emulated = facts.moniker.starts_with("emulator:");
  console.PrintText(fmt::format("to replay the host: mtkrig replay-host {} -d {}\n",
                                Printable(output),
                                emulated ? Printable(facts.moniker) : "emulator:NAME"));
  return Ok();
}

Result<int> Redact(CommandContext& context, RedactRequest request) {
  GapWarnings gaps(context.console, request.input);
  request.gaps = &gaps;
  request.write_agents = request.options.blank_agents;
  request.loosen_identities = true;
  TRY_ASSIGN(const RedactedTrace redacted, RedactTrace(request));
  gaps.Finish();
  context.results = {
      {"input", request.input},
      {"output", request.output},
      {"side_file", redacted.side_file.empty() ? nlohmann::ordered_json()
                                               : nlohmann::ordered_json(redacted.side_file)},
      {"agent_file", redacted.agent_file.empty() ? nlohmann::ordered_json()
                                                 : nlohmann::ordered_json(redacted.agent_file)}};
  context.results.update(ReportToJson(redacted.report));
  context.results["gaps"] = gaps.count();
  Print(context, redacted.report);
  context.console.Print("{}: {}\n", Printable(request.output),
                        Counted(redacted.report.events, "event"));
  if (!redacted.side_file.empty()) {
    context.console.Print("{}: what replaying it needs\n", Printable(redacted.side_file));
  }
  if (!redacted.agent_file.empty()) {
    context.console.Print("{}: zeros in place of the agents, for --da\n",
                          Printable(redacted.agent_file));
  }
  TRY(PrintHowToReplay(context.console, request, redacted));
  Warn(context, redacted.report, request.output);
  return kExitSuccess;
}

}  // namespace

void AddTraceRedact(CLI::App& group, CommandLine& line) {
  auto request = std::make_shared<RedactRequest>();
  CLI::App& command =
      AddCommand(group, line, "trace redact", "Take out of a recording what is of one phone",
                 [request](CommandContext& context) { return Redact(context, *request); });
  command.add_option("INPUT", request->input, "A recording: .pcapng, .pcap or .wire")->required();
  command.add_option("OUTPUT", request->output, ".pcapng or .wire, each also with .zst")
      ->required();
  command.add_flag("--keep-notes", request->options.keep_notes,
                   "Keep comments and other notes, searched for identities: read them yourself");
  command.add_flag("--keep-unknown", request->options.keep_unknown,
                   "Keep what was not understood, too");
  command.add_flag("--blank-agents", request->options.blank_agents,
                   "Take out the download agents, too: they are their vendor's");
  command
      .add_option("--from", request->capture_device,
                  "Which device of a capture: BUS:ADDRESS or a port such as 1-1.4")
      ->type_name("DEVICE");
  command.add_flag("--force", request->overwrite, "Replace files that are there");
  command.footer(
      "ME id, SoC id, CID, serial numbers and random ids become others, the same ones wherever "
      "they stand; what was read of flash, but for partition tables, and of registers and memory "
      "becomes zeros; checksums fit again. So the result replays with the same command, and with "
      "the side file that is written beside it. "
      "Comments, names and other texts are left out unless every word of them is known to say "
      "nothing of a phone; --keep-notes keeps them, and what it does not find in them. Times, "
      "lengths, agents and partition tables stay. Look at the result before you publish it.\n\n"
      "Example:\n  mtkrig trace redact session.pcapng public.pcapng");
}

}  // namespace mtkrig::harness
