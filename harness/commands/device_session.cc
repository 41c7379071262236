#include "harness/commands/device_session.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/profile/profile_loader.h"
#include "harness/commands/preloader_file.h"
#include "harness/commands/replug_hint.h"
#include "harness/trace/replay_device.h"
#include "harness/trace/replay_hint.h"
#include "harness/wire_log.h"
#include "protocol/engine/chip_names.h"

namespace mtkrig::harness {
namespace {

// A week. Who waits longer asks for no deadline.
constexpr std::uint32_t kMaxWaitSeconds = 7 * 24 * 3600;
// A phone that is plugged in answers the handshake within this, or is not in download mode.
constexpr std::chrono::seconds kHandshakeTime(3);

std::unique_ptr<protocol::Transport> WithWireLog(std::unique_ptr<protocol::Transport> inner) {
  // Not thread-safe and not registered: one transport, one logger.
  auto logger =
      std::make_shared<spdlog::logger>("wire", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::debug);
  logger->set_pattern("%H:%M:%S.%e %v");
  return std::make_unique<WireLogTransport>(std::move(inner), std::move(logger));
}

}  // namespace

void AddTraceOptions(CLI::App& command, TraceOptions& options) {
  command
      .add_option(
          "--trace", options.file,
          "Record the session into FILE: .pcapng or .wire, each also with .zst; it is removed "
          "again if nothing was carried")
      ->type_name("FILE");
  command
      .add_option("--snap", options.snap,
                  "Keep only the first N bytes of each large payload in the recording")
      ->type_name("N")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool digits =
                !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            return digits ? std::string() : fmt::format("'{}' is no number of bytes", text);
          },
          ""));
  command
      .add_option("--digest", options.digest,
                  "What --snap leaves out is kept as a digest of all of it (full) or of a sample "
                  "(sampled: the default for phones in software)")
      ->type_name("KIND")
      ->check(CLI::IsMember({"full", "sampled"}));
}

void AddDeviceOptions(CLI::App& command, DeviceOptions& options) {
  command.add_option("-d,--device", options.device, "The phone, as in emulator:mt6577")
      ->required()
      ->type_name("MONIKER");
  command
      .add_option("--da", options.agent_file,
                  "Download agent file (MTK_AllInOne_DA.bin); emulator: has one built in")
      ->type_name("FILE");
  command
      .add_option("--preloader", options.preloader_file,
                  "The phone's own preloader, which has the memory settings that a phone in boot "
                  "ROM mode needs")
      ->type_name("FILE");
  command
      .add_option(
          "--wait", options.wait_seconds,
          "How long to wait for the phone to be plugged in; 0: not at all. Without: an hour")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::uint32_t{0}, kMaxWaitSeconds));
  AddTraceOptions(command, options.trace);
  options.trace.command = &command;
}

Result<std::unique_ptr<DeviceSession>> DeviceSession::Prepare(CommandContext& context,
                                                              const DeviceOptions& options) {
  TRY_ASSIGN(Moniker moniker, ParseMoniker(options.device));
  TRY(CheckSupported(moniker));
  std::unique_ptr<DeviceSession> prepared(new DeviceSession(context, std::move(moniker)));
  TRY_ASSIGN(prepared->agents_, LoadDaArchive(prepared->moniker_, options.agent_file));
  if (prepared->agents_) {
    TRY(prepared->agents_->CheckAnyUsable());
    for (const std::string& warning : prepared->agents_->warnings()) {
      context.console.Warn(warning, options.agent_file);
    }
    prepared->WarnOfMadeAgents(options.agent_file);
  }
  if (options.wait_seconds) {
    prepared->wait_ = std::chrono::seconds(*options.wait_seconds);
    // A serial port is there before its phone is.
    prepared->options_.handshake_timeout =
        std::max<protocol::Duration>(prepared->wait_, kHandshakeTime);
  }
  if (!options.preloader_file.empty()) {
    prepared->preloader_file_ = options.preloader_file;
    TRY_ASSIGN(prepared->options_.preloader_image, ReadPreloaderFile(options.preloader_file));
  }
  if (options.trace.wanted()) {
    TracedPhone phone;
    if (prepared->moniker_.kind == MonikerKind::kEmulator) {
      // What is wrong with it is told when it is opened.
      const auto profile = emulator::OpenProfile(prepared->moniker_.argument);
      if (profile) phone = FactsOf(**profile);
    }
    TRY_ASSIGN(prepared->trace_,
               TraceFile::Create(options.trace, prepared->moniker_.text(), phone));
  }
  return prepared;
}

DeviceSession::DeviceSession(CommandContext& context, Moniker moniker)
    : context_(context),
      moniker_(std::move(moniker)),
      observer_(context.console, context.clock, moniker_.kind != MonikerKind::kReplay) {
  // A serial port that comes back may be another one.
  options_.switch_to_high_speed = moniker_.kind != MonikerKind::kSerial;
}

DeviceSession::~DeviceSession() {
  if (trace_) trace_->Finish(context_.console);
}

// Agents that mtkrig has made stand in for real ones where no code runs. Which phone is a real one
// cannot be told by its line.
void DeviceSession::WarnOfMadeAgents(const std::string& file) const {
  const bool in_software =
      moniker_.kind == MonikerKind::kEmulator || moniker_.kind == MonikerKind::kReplay;
  const std::string& description = agents_->description();
  const bool made = description.ends_with(".synthetic") || description.ends_with(".zeros");
  if (in_software || !made) return;
  context_.console.Warn(
      "these agents are for phones in software: a real phone refuses them, or hangs and has to be "
      "switched off",
      file);
}

Result<void> DeviceSession::Connect() {
  TRY_ASSIGN(transport_, OpenDevice(moniker_, context_.console, context_.cancellation, wait_));
  if (moniker_.kind == MonikerKind::kReplay) {
    replay_ = dynamic_cast<traces::ReplayTransport*>(transport_.get());
  }
  if (context_.verbose) transport_ = WithWireLog(std::move(transport_));
  transport_->set_cancellation(&context_.cancellation);
  protocol::Observer* observer = &observer_;
  protocol::Transport* device = transport_.get();
  if (trace_) {
    observer = &recorder_.emplace(trace_->recorder(), observer_);
    device = &recorder_->Attach(*transport_);
  }
  auto session = protocol::Session::Connect(*device, *observer, options_);
  if (!session) return ToldHowToGoOn(std::move(session).error());
  session_ = *std::move(session);
  if (recorder_) recorder_->Comment(DescribeDevice(session_->identity()));
  context_.console.Note(fmt::format("found {}", DescribeDevice(session_->identity())));
  return Ok();
}

Result<void> DeviceSession::RequireAgent() const {
  if (agents_) return Ok();
  return Error(ErrorCode::kInvalidArgument, "a real phone needs a download agent")
      .WithHint(
          "name one with --da FILE: the MTK_AllInOne_DA.bin of the phone's flash tool; for a phone "
          "that `mtkrig emulate` serves, what `mtkrig emulate --write-da FILE` writes");
}

Result<void> DeviceSession::StartAgent() {
  TRY(RequireAgent());
  Result<void> started = session_->StartAgent(*agents_);
  if (started) return started;
  if (observer_.phase() != protocol::Phase::kDramSetup) {
    return ToldHowToGoOn(std::move(started).error());
  }
  const ErrorCode code = started.error().code();
  const bool settings_are_wrong = code == ErrorCode::kNotFound ||
                                  code == ErrorCode::kInvalidInput ||
                                  code == ErrorCode::kDeviceRefused;
  if (!settings_are_wrong) return ToldHowToGoOn(std::move(started).error());
  return ExplainDramSetUp(std::move(started).error(), preloader_file_, options_.preloader_image);
}

Result<protocol::PartitionTable> DeviceSession::ReadPartitionTable() {
  auto table = session_->ReadPartitionTable();
  if (!table) return Fitted(std::move(table).error());
  return table;
}

Error DeviceSession::Fitted(Error error) const {
  if (replay_ == nullptr) return error;
  const auto device = ParseReplayDevice(moniker_.argument);
  return WithReplayHint(std::move(error), *replay_, device ? device->file : moniker_.argument);
}

// A phone that was stopped in the middle of an exchange waits for its rest.
Error DeviceSession::ToldHowToGoOn(Error error) const {
  const bool stopped = error.code() == ErrorCode::kCancelled && error.hint().empty();
  if (stopped && replay_ == nullptr) error.WithHint(std::string(kReplugHint));
  return Fitted(std::move(error));
}

void DeviceSession::Finish() {
  const Result<void> finished = session_->Finish(protocol::FinishMode::kPowerOff);
  if (finished) return;
  if (replay_ != nullptr) {
    // What did not match is an error, at the end.
    if (replay_->broken().has_value()) return;
    context_.console.Warn(fmt::format("the recorded session does not end as this one: {}",
                                      finished.error().Describe()));
  } else {
    context_.console.Warn(
        fmt::format("the phone did not end the session properly: {}. Unplug it "
                    "and hold power to switch it off.",
                    finished.error().Describe()));
  }
}

Result<void> DeviceSession::Conclude() {
  if (trace_) TRY(trace_->End(context_.console));
  return CheckReplay();
}

Result<void> DeviceSession::CheckReplay() {
  if (replay_ == nullptr) return Ok();
  if (replay_->broken().has_value()) {
    Error error = *replay_->broken();
    return std::move(error.During("the replay does not match the recording"));
  }
  const std::string samples = replay_->checks().Warning();
  if (!samples.empty()) context_.console.Warn(samples);
  const Result<void> finished = replay_->CheckFinished();
  if (!finished) {
    context_.console.Warn(fmt::format("the recording goes on where this session ended: {}",
                                      finished.error().Describe()));
    return Ok();
  }
  for (const traces::SideFileSlip& slip : replay_->slips()) {
    context_.console.Warn(slip.text, replay_->side_file(), slip.line);
  }
  return Ok();
}

void DeviceSession::Abandon() {
  // The error that led here is what the user must see.
  if (session_) (void)session_->Finish(protocol::FinishMode::kPowerOff);
}

std::string DescribeDevice(const protocol::DeviceIdentity& identity) {
  const std::string chip = protocol::ChipTitle(identity.hw_code, identity.hw_sub_code);
  return fmt::format("{} (hw code {:04x}, {})", chip.empty() ? "an unknown chip" : chip,
                     identity.hw_code,
                     identity.mode == protocol::BootMode::kBrom ? "boot ROM" : "preloader");
}

}  // namespace mtkrig::harness
