#pragma once

// The reference against which the read-only guard is judged: an MT6580 that takes any command,
// answers it, and writes down everything that would have changed it. Written from
// protocol/README.md for this purpose only, and as trusting as a phone can be. Its agent has other
// moods, in which it refuses or does not know commands and takes what follows them for commands.

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "protocol/base/transport.h"
#include "tests/protocol/engine/scripted_transport.h"

namespace mtkrig::protocol {

class EffectPhone final : public Transport {
 public:
  enum class Agent {
    kTrusting,     // knows all commands; anything else is an effect
    kRefusesRead,  // answers a5 to READ, and takes one byte for the host's answer to that
    kKnowsLittle,  // answers bb to 60, 7a, d8 and df before their arguments
  };
  static constexpr Agent kAgents[] = {Agent::kTrusting, Agent::kRefusesRead, Agent::kKnowsLittle};

  explicit EffectPhone(Agent agent = Agent::kTrusting);

  // What was done to the phone, other than disabling its watchdog.
  const std::vector<std::string>& effects() const { return effects_; }
  // Whether the agent's second stage runs.
  bool in_agent() const { return in_agent_; }
  // What stands at the beginning of its flash, which is zero elsewhere.
  void set_flash(std::vector<std::uint8_t> flash) { flash_ = std::move(flash); }

  // The agent's name in those of tests.
  static std::string_view NameOf(Agent agent);

  // The host's side of a session up to the agent's command loop, one turn each.
  static std::vector<std::vector<std::uint8_t>> SessionOfMt6580();
  // The turn before which the watchdog write has to be announced.
  static constexpr std::size_t kWatchdogStep = 9;
  // Turns that read, at the command loop, each of which leads back there or to the next turn.
  static std::vector<std::vector<std::uint8_t>> CommandsOfAgent();
  // Turns that read, with bytes in them that change the phone where the command is not known or
  // not accepted.
  static std::vector<std::vector<std::uint8_t>> AmbiguousCommands();
  // Whole commands that change the phone.
  static std::vector<std::vector<std::uint8_t>> EvilCommands();

  Clock& clock() override { return clock_; }
  TransportInfo info() const override { return {.moniker = "test:effects", .usb_id = {}}; }

 private:
  using Bytes = std::vector<std::uint8_t>;
  using Handler = std::function<void(const Bytes&)>;

  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) override;

  void Want(std::size_t count, Handler handler);
  void Say(const Bytes& bytes);
  void Say(std::string_view hex) { Say(Hex(hex)); }

  void Handshake(std::size_t at);
  void BromLoop();
  void BromCommand(std::uint8_t command);
  void WriteRegisters(std::size_t width);
  void SendDa();
  void Stage1();
  void Stage2Data(std::uint64_t left, std::uint64_t packet);
  void AgentLoop();
  void AgentCommand(std::uint8_t command);
  void UnknownAgentCommand(std::uint8_t command);
  void ReadData(std::uint64_t address, std::uint64_t left, std::uint64_t packet);

  Agent agent_;
  VirtualClock clock_;
  std::deque<std::uint8_t> out_;
  Bytes in_;
  std::size_t wanted_ = 0;
  Handler handler_;
  std::vector<std::string> effects_;
  Bytes loaded_at_;  // where SEND_DA put the agent, as it stood on the wire
  bool in_agent_ = false;
  Bytes flash_;
};

}  // namespace mtkrig::protocol
