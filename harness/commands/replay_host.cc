#include <fmt/format.h>

#include <memory>
#include <utility>

#include "harness/commands/command.h"
#include "harness/device_opener.h"
#include "harness/exit_codes.h"
#include "harness/moniker.h"
#include "harness/text.h"
#include "harness/trace/emulated_flash.h"
#include "protocol/engine/read_only_transport.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/replay_host.h"

namespace mtkrig::harness {
namespace {

struct ReplayHostArguments {
  std::string file;
  std::string device;
  std::string capture_device;
};

void WarnOfSamples(CommandContext& context, const std::string& file,
                   const traces::ReplayHostReport& report) {
  const std::string samples = report.checks.Warning();
  if (!samples.empty()) context.console.Warn(samples, file);
}

void Print(CommandContext& context, const std::string& file,
           const traces::ReplayHostReport& report) {
  context.results = {{"file", file},
                     {"transfers", report.transfers},
                     {"bytes_sent", report.bytes_sent},
                     {"bytes_compared", report.bytes_compared},
                     {"bytes_unseen", report.bytes_unseen},
                     {"bytes_sampled", report.checks.sampled_bytes},
                     {"bytes_left", report.bytes_left},
                     {"reconnections", report.reconnections},
                     {"handshakes_supplied", report.handshakes_supplied},
                     {"difference", nullptr}};
  if (report.handshakes_supplied > 0) {
    context.console.Note(
        "the recording lacks the handshake of its host, which was supplied: what the phone "
        "answered to it is not compared with anything that was recorded");
  }
  if (report.difference) {
    context.results["difference"] = {{"packet", report.difference->packet},
                                     {"at", report.difference->at},
                                     {"phase", report.difference->phase},
                                     {"message", report.difference->message},
                                     {"gap", nullptr},
                                     {"hint", nullptr},
                                     {"loosening", nullptr}};
    context.console.Print("differs: {}\n", report.difference->message);
    const std::string hint = report.difference->loosening.Text(traces::SideFilePath(file));
    if (!hint.empty()) {
      context.results["difference"]["hint"] = hint;
      if (const std::string& line = report.difference->loosening.line; !line.empty()) {
        context.results["difference"]["loosening"] = line;
      }
      context.console.Note(hint);
    }
    if (!report.difference->gap.empty()) {
      context.results["difference"]["gap"] = report.difference->gap;
      context.console.Warn(
          fmt::format("the recording has a gap, which may be why: {}", report.difference->gap),
          file);
    }
    return;
  }
  context.console.Print("the same: {} transfers, {} bytes sent, {} bytes of answers compared\n",
                        report.transfers, report.bytes_sent, report.bytes_compared);
  if (report.bytes_unseen > 0) {
    context.console.Note(
        fmt::format("{} bytes of answers could not be compared: the recording has "
                    "neither their content nor a digest, or a redaction left them out",
                    report.bytes_unseen));
  }
  if (report.bytes_left > 0) {
    context.console.Warn(
        fmt::format("the phone said {} bytes more than the recorded one", report.bytes_left), file);
  }
}

// The guard's own hint is for mtkrig's engine, which never does what it refuses.
Error Refused(Error error) {
  if (error.code() != ErrorCode::kWriteRefused) return error;
  return std::move(error).WithHint(
      "A real phone, and one behind usbip:, gets only what mtkrig itself would send to read it, "
      "whatever the recorded host did. Power it off before it is used again; a phone in software "
      "gets all of it, as in --device emulator:mt6580.");
}

Result<int> Replay(CommandContext& context, const ReplayHostArguments& arguments) {
  TRY_ASSIGN(const Moniker moniker, ParseMoniker(arguments.device));
  if (moniker.kind == MonikerKind::kReplay) {
    return Error(ErrorCode::kInvalidArgument, "a recording cannot be replayed against a recording")
        .WithHint("name a phone, as in --device emulator:mt6577");
  }
  TRY(CheckSupported(moniker));
  TRY_ASSIGN(auto reader, traces::OpenTrace(arguments.file, {.device = arguments.capture_device}));
  traces::ReplayHostOptions options;
  TRY_ASSIGN(options.settings, traces::SettingsOfTrace(arguments.file, OpenEmulatedFlash));
  TRY_ASSIGN(const auto device, OpenDevice(moniker, context.console, context.cancellation));
  device->set_cancellation(&context.cancellation);
  // Nobody knows what a recorded host does to a phone. One in software cannot be harmed.
  protocol::ReadOnlyTransport guard(*device, protocol::GuardedHost::kRecorded);
  protocol::Transport& phone =
      moniker.kind == MonikerKind::kEmulator ? *device : static_cast<protocol::Transport&>(guard);
  traces::ReplayHost host(std::move(reader), phone, std::move(options));
  auto played = host.Run();
  if (!played) return Refused(std::move(played).error());
  const traces::ReplayHostReport& report = *played;
  Print(context, arguments.file, report);
  WarnOfSamples(context, arguments.file, report);
  for (const traces::SideFileSlip& slip : report.slips) {
    context.console.Warn(slip.text, traces::SideFilePath(arguments.file), slip.line);
  }
  return report.difference ? kExitDifferent : kExitSuccess;
}

}  // namespace

void AddReplayHost(CLI::App& app, CommandLine& line) {
  auto arguments = std::make_shared<ReplayHostArguments>();
  CLI::App& command =
      AddCommand(app, line, "replay-host", "Play the host's side of a recording against a phone",
                 [arguments](CommandContext& context) { return Replay(context, *arguments); });
  command.add_option("FILE", arguments->file, "A recording: .pcapng, .pcap or .wire")->required();
  command.add_option("-d,--device", arguments->device, "The phone, as in emulator:mt6577")
      ->required()
      ->type_name("MONIKER");
  command
      .add_option("--from", arguments->capture_device,
                  "Which device of a capture: BUS:ADDRESS or a port such as 1-1.4")
      ->type_name("DEVICE");
  command.footer(
      "Sends what the recorded host sent, and tells where the phone's answers differ "
      "from the recorded ones: exit code 1. A real phone gets only what reads, and how "
      "mtkrig disables its watchdog: the first command that could change it ends the replay.\n\n"
      "Example:\n  mtkrig replay-host session.pcapng --device emulator:mt6580");
}

}  // namespace mtkrig::harness
