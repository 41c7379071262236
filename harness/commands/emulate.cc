#include <fmt/format.h>
#include <poll.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/emulator_transport.h"
#include "emulator/profile/profile_loader.h"
#include "emulator/profile/shipped_profiles.h"
#include "emulator/usbip/emulated_phone.h"
#include "emulator/usbip/phone_hub.h"
#include "emulator/usbip/usbip_server.h"
#include "harness/commands/command.h"
#include "harness/commands/device_session.h"
#include "harness/commands/emulate_control.h"
#include "harness/commands/listen_address.h"
#include "harness/exit_codes.h"
#include "harness/output/file_system.h"
#include "harness/text.h"
#include "harness/trace/recorded_phone.h"
#include "harness/trace/trace_file.h"

namespace mtkrig::harness {
namespace {

using emulator::LoadedProfile;
using emulator::Profile;

constexpr double kLongestSeconds = 1e6;

struct EmulateOptions {
  std::vector<std::string> profiles;
  std::string listen;  // of --usbip, ADDR, ADDR:PORT or empty
  std::string control;
  std::optional<std::string> schedule;
  std::string mode;                     // empty: the profile's own
  std::optional<std::string> lifetime;  // of a preloader, in seconds; 0: it stays
  std::string lifetime_from = "host";   // or "plug"
  std::optional<std::string> replug;    // seconds behind which a phone that left comes again
  bool unplugged = false;
  bool reset_state = false;
  std::string speed;       // empty: the profile's own
  std::string agent_file;  // --write-da, or empty
  TraceOptions trace;
};

// The text of an option in seconds; empty: not a number of them.
std::optional<std::uint32_t> ParseSeconds(const std::string& text) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  // Less than a millisecond would round to none, and what is not a number is in no range.
  const bool in_range = seconds == 0 || (seconds >= 0.001 && seconds <= kLongestSeconds);
  if (error != std::errc() || stop != end || !in_range) return std::nullopt;
  return static_cast<std::uint32_t>(std::lround(seconds * 1000));
}

// The text of --lifetime in milliseconds, as a preloader has them.
Result<std::uint32_t> ParseLifetime(const std::string& text) {
  // A preloader that stays is one whose time is not up within any session.
  constexpr std::uint32_t kForeverMs = 30U * 24 * 3600 * 1000;
  const std::optional<std::uint32_t> milliseconds = ParseSeconds(text);
  if (!milliseconds) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("--lifetime {}: not a number of seconds between 0.001 and {:.0f}",
                             Printable(text), kLongestSeconds))
        .WithHint("write for instance --lifetime 2.5, or 0 for a preloader that stays");
  }
  return *milliseconds == 0 ? kForeverMs : *milliseconds;
}

Result<std::optional<protocol::Duration>> ParseReplug(const std::optional<std::string>& text) {
  if (!text) return std::optional<protocol::Duration>();
  const std::optional<std::uint32_t> milliseconds = ParseSeconds(*text);
  if (!milliseconds || *milliseconds == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("--replug {}: not a number of seconds between 0.001 and {:.0f}",
                             Printable(*text), kLongestSeconds))
        .WithHint("write for instance --replug 5");
  }
  return std::optional<protocol::Duration>(std::chrono::milliseconds(*milliseconds));
}

Error NoProfile(Error error) {
  // What a profile names and is not there has a hint of its own.
  if (error.code() == ErrorCode::kNotFound && error.hint().empty()) {
    error.WithHint(
        "check the path; phones that come with mtkrig are named without path and .yaml, as in "
        "--profile mt6580, and `mtkrig emulators` lists them");
  }
  return error;
}

// Makes phones of one profile, each with the changes of the command line.
class PhoneMaker {
 public:
  static Result<PhoneMaker> Create(const std::string& profile, const EmulateOptions& options) {
    PhoneMaker maker(options);
    if (options.lifetime) {
      TRY_ASSIGN(maker.lifetime_ms_, ParseLifetime(*options.lifetime));
    }
    auto loaded = emulator::OpenProfile(profile);
    if (!loaded) return NoProfile(std::move(loaded).error());
    maker.loaded_ = *std::move(loaded);
    return maker;
  }
  const LoadedProfile& loaded() const { return *loaded_; }

  std::shared_ptr<const Profile> operator()() const {
    auto profile = std::make_shared<Profile>(*emulator::NewPhone(*loaded_));
    if (options_.mode == "brom") profile->mode = emulator::BootMode::kBrom;
    if (options_.mode == "preloader") profile->mode = emulator::BootMode::kPreloader;
    if (lifetime_ms_) profile->preloader_lifetime_ms = *lifetime_ms_;
    if (!options_.speed.empty()) {
      profile->brom_usb.high_speed = options_.speed == "high";
      profile->preloader_usb.high_speed = options_.speed == "high";
    }
    return profile;
  }

 private:
  explicit PhoneMaker(const EmulateOptions& options) : options_(options) {}

  EmulateOptions options_;
  std::optional<std::uint32_t> lifetime_ms_;
  std::shared_ptr<const LoadedProfile> loaded_;
};

Result<std::vector<PhoneMaker>> MakePhoneMakers(const EmulateOptions& options) {
  std::vector<PhoneMaker> makers;
  for (const std::string& profile : options.profiles) {
    TRY_ASSIGN(PhoneMaker maker, PhoneMaker::Create(profile, options));
    makers.push_back(std::move(maker));
  }
  return makers;
}

// `trace` may be null, and must outlive the phones.
std::vector<emulator::ServedPhone> MakePhones(const EmulateOptions& options,
                                              const std::vector<PhoneMaker>& makers,
                                              const emulator::PlugSchedule& schedule,
                                              std::optional<protocol::Duration> replug_after,
                                              TraceFile* trace) {
  std::vector<emulator::ServedPhone> phones;
  for (const PhoneMaker& maker : makers) {
    emulator::EmulatedPhoneOptions phone_options{.plugged = !options.unplugged,
                                                 .waits_for_host = options.lifetime_from == "host",
                                                 .replug_after = replug_after};
    if (options.reset_state) phone_options.renew = maker;
    std::unique_ptr<emulator::ExportablePhone> phone =
        std::make_unique<emulator::EmulatedPhone>(maker(), phone_options);
    if (trace != nullptr) {
      phone = std::make_unique<RecordedPhone>(std::move(phone), trace->recorder());
    }
    phones.push_back({std::move(phone), schedule});
  }
  return phones;
}

// Null without --trace.
Result<std::unique_ptr<TraceFile>> OpenTraceFile(const EmulateOptions& options,
                                                 const std::vector<PhoneMaker>& makers) {
  if (!options.trace.wanted()) return std::unique_ptr<TraceFile>();
  if (options.profiles.size() > 1) {
    return Error(ErrorCode::kInvalidArgument, "a recording is of one phone, and several are served")
        .WithHint("serve the phone to record alone, on a port of its own with --usbip");
  }
  return TraceFile::Create(options.trace, fmt::format("usbip:{}", options.profiles.front()),
                           FactsOf(makers.front().loaded()));
}

// For people on standard error, for machines in the results: what is served where.
void Announce(CommandContext& context, const EmulateOptions& options,
              const emulator::UsbipServer& server) {
  const ListenAddress address = {.address = server.address(), .port = server.port()};
  auto phones = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    const std::string& profile = options.profiles[i];
    const std::string bus_id = emulator::usbip::BusIdOf(i);
    context.console.Note(fmt::format("{} is {} at {}", Printable(profile), bus_id, address.Text()));
    phones.push_back({{"bus_id", bus_id},
                      {"profile", profile},
                      {"device", fmt::format("usbip:{}/{}", address.LocalText(), bus_id)}});
  }
  const Reach reach = address.reach();
  if (reach != Reach::kThisMachine) {
    context.console.Warn(fmt::format(
        "everybody who reaches {} over the network can take the phones, and nothing asks who they "
        "are; without an address behind --usbip only this machine is served",
        reach == Reach::kEveryAddress ? "any address of this machine" : address.address));
  }
  context.console.Note(
      fmt::format("to plug it into this machine: {}", address.AttachCommand(address.LocalHost())));
  if (reach == Reach::kEveryAddress) {
    context.console.Note(fmt::format("into another: {}", address.AttachCommand("THIS-MACHINE")));
  }
  context.console.Note(fmt::format("control socket: {}; Ctrl-C ends", options.control));
  context.results["usbip"] = address.Text();
  context.results["control"] = options.control;
  context.results["phones"] = std::move(phones);
}

// What phones in software take for their agents, for those who reach them as other programs do.
Result<void> WriteAgents(CommandContext& context, const std::string& path) {
  const std::vector<std::uint8_t>& agents = emulator::SyntheticDaArchive();
  if (std::error_code none; std::filesystem::exists(path, none)) {
    const Result<std::vector<std::uint8_t>> there = ReadFile(path, agents.size());
    if (!there || *there != agents) {
      return Error(ErrorCode::kExists,
                   fmt::format("{} exists already, and is another file", Printable(path)))
          .WithHint("name another file behind --write-da, or move this one away");
    }
  } else {
    TRY(WriteFileAtomically(path, {reinterpret_cast<const char*>(agents.data()), agents.size()}));
  }
  context.console.Note(fmt::format(
      "{}: the agents of phones in software, for --da; no real phone runs them", Printable(path)));
  context.results["agent_file"] = path;
  return Ok();
}

Result<void> CheckOptions(const EmulateOptions& options) {
  if (options.profiles.empty()) {
    return Error(ErrorCode::kInvalidArgument, "no phone to emulate")
        .WithHint("name one with --profile, as in --profile mt6580; `mtkrig emulators` lists them");
  }
  return Ok();
}

Result<int> Serve(CommandContext& context, const EmulateOptions& options) {
  const bool only_agents =
      options.profiles.empty() && !options.agent_file.empty() && !options.trace.wanted();
  if (!only_agents) TRY(CheckOptions(options));
  if (!options.agent_file.empty()) TRY(WriteAgents(context, options.agent_file));
  if (only_agents) return kExitSuccess;
  emulator::UsbipServerOptions server_options;
  server_options.control_path = options.control;
  TRY_ASSIGN(const ListenAddress listen, ParseListenAddress(options.listen));
  server_options.address = listen.address;
  server_options.port = listen.port;
  TRY_ASSIGN(const auto replug_after, ParseReplug(options.replug));
  emulator::PlugSchedule schedule;
  if (options.schedule) {
    TRY_ASSIGN(schedule, emulator::ParsePlugSchedule(*options.schedule));
  }
  TRY_ASSIGN(const auto makers, MakePhoneMakers(options));
  TRY_ASSIGN(const auto trace, OpenTraceFile(options, makers));
  auto created = emulator::UsbipServer::Create(
      std::move(server_options), MakePhones(options, makers, schedule, replug_after, trace.get()));
  if (!created) return std::move(created).error();
  const auto server = *std::move(created);
  Announce(context, options, *server);

  std::jthread watcher([&context, &server] {
    pollfd entry = {.fd = context.cancellation.wait_fd(), .events = POLLIN, .revents = 0};
    while (::poll(&entry, 1, -1) < 0) {
    }
    server->Stop();
  });
  server->Run();
  if (trace) TRY(trace->End(context.console));
  return kExitSuccess;
}

void AddServerOptions(CLI::App& command, EmulateOptions& options) {
  command.add_option("-p,--profile", options.profiles, "A phone to serve; repeatable")
      ->type_name("NAME|FILE")
      ->allow_extra_args(false);
  command
      .add_option(
          "--usbip", options.listen,
          "Where to listen for USB/IP (127.0.0.1:3240); a port alone is one of this machine")
      ->expected(0, 1)
      ->type_name("ADDR:PORT");
  command.add_option("--control", options.control, "Path of the control socket")
      ->type_name("PATH")
      ->capture_default_str();
  command
      .add_option("--schedule", options.schedule,
                  "Plug and unplug at times in seconds: plug@0,unplug@2.5,brom@4,plug@4,repeat@10")
      ->type_name("TEXT");
  command.add_option("--mode", options.mode, "Boot mode at first")
      ->check(CLI::IsMember({"brom", "preloader"}))
      ->type_name("MODE");
  command
      .add_option("--lifetime", options.lifetime,
                  "Seconds that a preloader waits for a host; 0: for ever")
      ->type_name("SECONDS");
  command
      .add_option("--lifetime-from", options.lifetime_from,
                  "What these seconds count from: the host that takes the phone, or the plug")
      ->check(CLI::IsMember({"host", "plug"}))
      ->type_name("WHAT")
      ->capture_default_str();
  command
      .add_option("--replug", options.replug,
                  "Plug a phone that has left by itself in again after so many seconds")
      ->type_name("SECONDS");
  command.add_option("--speed", options.speed, "USB speed")
      ->check(CLI::IsMember({"full", "high"}))
      ->type_name("SPEED");
  command.add_flag("--unplugged", options.unplugged, "Start with the cable out");
  command.add_flag("--reset-state", options.reset_state,
                   "Forget at each plug what hosts wrote to the flash");
  command
      .add_option("--write-da", options.agent_file,
                  "Write the agents of phones in software into FILE, for --da of other commands; "
                  "without --profile nothing else")
      ->type_name("FILE");
  AddTraceOptions(command, options.trace);
}

}  // namespace

void AddEmulate(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<EmulateOptions>();
  options->control = DefaultControlPath();
  const CommandAction action = [options](CommandContext& context) {
    return Serve(context, *options);
  };
  CLI::App& command = AddCommand(app, line, "emulate",
                                 "Serve phones in software to other programs, over USB/IP", action);
  AddServerOptions(command, *options);
  AddEmulateControl(command, line);
  // The callback of a command runs after those below it, whose choice stands.
  command.callback([&command, &line, action] {
    if (!command.get_subcommands().empty()) return;
    line.name = "emulate";
    line.action = action;
  });
  command.footer(R"(Examples:
  mtkrig emulate --profile mt6580
  mtkrig emulate --profile mt6580 --profile mt6577 --usbip 127.0.0.1:3240
  mtkrig emulate --profile mt6580 --trace tool.pcapng
  mtkrig emulate --profile mt6580 --schedule plug@0,unplug@3,repeat@5
  usbip attach -r 127.0.0.1 -b 1-1        as root, with vhci-hcd: a device for every program
  mtkrig identify --device usbip:127.0.0.1/1-1
  mtkrig emulate --write-da agents.bin
  mtkrig readback -d usbip:127.0.0.1/1-1 --da agents.bin -o out boot

A phone is everybody's who can reach the address: listen on loopback unless you mean it.)");
}

}  // namespace mtkrig::harness
