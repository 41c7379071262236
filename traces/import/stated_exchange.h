#pragma once

// Exchanges with a boot ROM whose bytes follow from what spft-replay states of them. The tool goes
// on only if a command was echoed and its status was 0000, so both are certain where it went on.

#include <optional>
#include <string_view>
#include <vector>

#include "traces/import/log_lines.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

struct StatedTransfer {
  Direction direction = Direction::kToPhone;
  std::vector<std::uint8_t> bytes;
};

struct StatedExchange {
  LogPlace at;
  bool handshake = false;
  std::vector<StatedTransfer> transfers;
};

enum class Statement : std::uint8_t {
  kExchange,   // exchange() has it
  kPart,       // the lines that follow may complete an exchange
  kNoTraffic,  // nothing was said to the phone
  kUnlogged,   // something was, and the line does not have it
};

class StatedExchanges {
 public:
  // What a message, without time and level, says.
  Statement Take(std::string_view message, LogPlace at);
  const StatedExchange& exchange() const { return exchange_; }
  // Another session begins.
  void Reset();

 private:
  Statement TakeVersions(std::string_view message, LogPlace at);
  void Begin(LogPlace at);
  void ToPhone(std::vector<std::uint8_t> bytes);
  void ToHost(std::vector<std::uint8_t> bytes);
  void Echo(std::uint8_t command);
  void Status();

  StatedExchange exchange_;
  // A phone that does not know GET_HW_CODE: its code was read from a register.
  bool legacy_ = false;
  std::vector<std::vector<std::uint8_t>> versions_;  // of GET_HW_SW_VER, so far
  LogPlace versions_at_;
};

}  // namespace mtkrig::traces
