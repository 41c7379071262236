#pragma once

// What every command that talks to a phone does first and last: open it, shake hands, start the
// agent, end the agent.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/base.h"
#include "harness/commands/command.h"
#include "harness/device_opener.h"
#include "harness/moniker.h"
#include "harness/trace/session_recorder.h"
#include "harness/trace/trace_file.h"
#include "harness/ui/waiting.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::harness {

struct DeviceOptions {
  std::string device;
  std::string agent_file;                     // --da, or empty
  std::string preloader_file;                 // --preloader, or empty
  std::optional<std::uint32_t> wait_seconds;  // --wait
  TraceOptions trace;
};

// --trace and --snap.
void AddTraceOptions(CLI::App& command, TraceOptions& options);
// Those, and --device, --da, --preloader and --wait.
void AddDeviceOptions(CLI::App& command, DeviceOptions& options);

class DeviceSession {
 public:
  // Everything that can fail before the phone is touched: the moniker, the files.
  static Result<std::unique_ptr<DeviceSession>> Prepare(CommandContext& context,
                                                        const DeviceOptions& options);
  ~DeviceSession();
  DeviceSession(const DeviceSession&) = delete;
  DeviceSession& operator=(const DeviceSession&) = delete;

  // Opens the device, shakes hands and identifies it.
  Result<void> Connect();
  // False for a real phone without --da.
  bool has_agent() const { return agents_.has_value(); }
  // kInvalidArgument without an agent.
  Result<void> RequireAgent() const;
  Result<void> StartAgent();
  // As of session(), with a hint that fits the device.
  Result<protocol::PartitionTable> ReadPartitionTable();
  // Of a replayed phone; null of others.
  const traces::ReplayTransport* replay() const { return replay_; }
  // An error of session(), with a hint that fits the device.
  Error Fitted(Error error) const;
  // Ends the agent. What was read is safe by then, so a failure is a warning.
  void Finish();
  // Last of all, when the results are told. With --trace: writes out the rest of the recording and
  // says where it is; an error says that the recording is incomplete, and nothing else is wrong.
  // Of replay:FILE: the error of a replay that did not match, wherever that was; a warning where
  // the recording goes on. After another error this is left out, and what is wrong with the
  // recording is a warning.
  Result<void> Conclude();
  // After an error: ends the agent if the phone still listens, and says nothing if it does not.
  void Abandon();

  const Moniker& moniker() const { return moniker_; }
  // Valid after Connect().
  protocol::Session& session() { return *session_; }

 private:
  DeviceSession(CommandContext& context, Moniker moniker);
  void WarnOfMadeAgents(const std::string& file) const;
  Error ToldHowToGoOn(Error error) const;
  Result<void> CheckReplay();

  CommandContext& context_;
  const Moniker moniker_;
  std::string preloader_file_;
  protocol::Duration wait_ = kPlugInTime;
  std::optional<protocol::DaArchive> agents_;
  protocol::SessionOptions options_;
  // Each uses those before it.
  ConsoleObserver observer_;
  std::unique_ptr<protocol::Transport> transport_;
  traces::ReplayTransport* replay_ = nullptr;  // within it, of replay:FILE
  std::unique_ptr<TraceFile> trace_;           // with --trace
  std::optional<SessionRecorder> recorder_;
  std::unique_ptr<protocol::Session> session_;
};

// "MT6577/MT8317 (hw code 6575, preloader)".
std::string DescribeDevice(const protocol::DeviceIdentity& identity);

}  // namespace mtkrig::harness
