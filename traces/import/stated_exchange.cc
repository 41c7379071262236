#include "traces/import/stated_exchange.h"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/wire/brom.h"
#include "traces/import/log_text.h"

namespace mtkrig::traces {
namespace {

using protocol::brom::Command;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMaxMeId = 64;

// Hex digits to the end of the text; `size` bytes, or any number if 0.
std::optional<Bytes> ParseValue(std::string_view text, std::size_t size) {
  HexCollector digits;
  const std::string_view rest = digits.Add(text);
  if (!rest.empty() || digits.odd() || digits.bytes().empty()) return std::nullopt;
  if (size != 0 && digits.bytes().size() != size) return std::nullopt;
  return std::move(digits.bytes());
}

bool SaysNoTraffic(std::string_view message) {
  // "Saved to" stands behind the read that it is about; the three answers are bits of the target
  // configuration.
  constexpr std::array<std::string_view, 11> kStarts = {
      "Init backend",  "Waiting for device", "Found device",         "USB transport has",
      "Payload size",  "Stopping transport", "Closing device",       "Saved to ",
      "Secure boot: ", "Serial link auth: ", "Download agent auth: "};
  return std::any_of(kStarts.begin(), kStarts.end(),
                     [&](std::string_view start) { return StartsWith(message, start); });
}

}  // namespace

void StatedExchanges::Reset() {
  legacy_ = false;
  versions_.clear();
}

void StatedExchanges::Begin(LogPlace at) {
  exchange_ = StatedExchange{.at = at, .transfers = {}};
}

void StatedExchanges::ToPhone(Bytes bytes) {
  exchange_.transfers.push_back({.direction = Direction::kToPhone, .bytes = std::move(bytes)});
}

void StatedExchanges::ToHost(Bytes bytes) {
  exchange_.transfers.push_back({.direction = Direction::kToHost, .bytes = std::move(bytes)});
}

void StatedExchanges::Echo(std::uint8_t command) {
  ToPhone({command});
  ToHost({command});
}

void StatedExchanges::Status() {
  ToHost({0, 0});
}

Statement StatedExchanges::Take(std::string_view message, LogPlace at) {
  const auto code = [](Command command) {
    return static_cast<std::uint8_t>(command);
  };
  if (const Statement versions = TakeVersions(message, at); versions != Statement::kUnlogged) {
    return versions;
  }
  Begin(at);
  if (message == "Handshake completed!") {
    exchange_.handshake = true;
    for (const std::uint8_t byte : protocol::brom::kHandshake) {
      ToPhone({byte});
      ToHost({static_cast<std::uint8_t>(~byte)});
    }
    return Statement::kExchange;
  }
  if (StartsWith(message, "No response to get_hw_code") ||
      StartsWith(message, "Trying to query legacy")) {
    legacy_ = true;
    return Statement::kUnlogged;
  }
  if (StartsWith(message, "Cannot get PRELOADER version in BROM mode")) {
    Echo(code(Command::kGetBootloaderVersion));
    return Statement::kExchange;
  }
  std::string_view value = message;
  if (traces::Take(value, "HW code: ") && !legacy_) {
    auto bytes = ParseValue(value, 2);
    if (!bytes) return Statement::kUnlogged;
    Echo(code(Command::kGetHwCode));
    ToHost(*std::move(bytes));
    Status();
    return Statement::kExchange;
  }
  if (traces::Take(value = message, "BROM version: ")) {
    auto bytes = ParseValue(value, 1);
    if (!bytes) return Statement::kUnlogged;
    ToPhone({code(Command::kGetBromVersion)});
    ToHost(*std::move(bytes));
    return Statement::kExchange;
  }
  if (traces::Take(value = message, "ME ID: ")) {
    auto bytes = ParseValue(value, 0);
    if (!bytes || bytes->size() > kMaxMeId) return Statement::kUnlogged;
    Echo(code(Command::kGetMeId));
    ToHost({0, 0, 0, static_cast<std::uint8_t>(bytes->size())});
    ToHost(*std::move(bytes));
    Status();
    return Statement::kExchange;
  }
  if (traces::Take(value = message, "Raw target config value: ")) {
    auto bytes = ParseValue(value, 4);
    if (!bytes) return Statement::kUnlogged;
    Echo(code(Command::kGetTargetConfig));
    ToHost(*std::move(bytes));
    Status();
    return Statement::kExchange;
  }
  return SaysNoTraffic(message) ? Statement::kNoTraffic : Statement::kUnlogged;
}

// GET_HW_SW_VER has three values, in three lines without another between.
Statement StatedExchanges::TakeVersions(std::string_view message, LogPlace at) {
  constexpr std::array<std::string_view, 3> kNames = {
      "HW subcode: ", "HW version: ", "SW version: "};
  if (StartsWith(message, kNames[0])) versions_.clear();
  if (versions_.empty()) versions_at_ = at;
  if (!traces::Take(message, kNames.at(versions_.size()))) {
    versions_.clear();
    return Statement::kUnlogged;
  }
  auto value = ParseValue(message, 2);
  if (!value) {
    versions_.clear();
    return Statement::kUnlogged;
  }
  versions_.push_back(*std::move(value));
  if (versions_.size() < kNames.size()) return Statement::kPart;
  Begin(versions_at_);
  Echo(static_cast<std::uint8_t>(Command::kGetHwSwVersion));
  for (Bytes& version : versions_) ToHost(std::move(version));
  Status();
  versions_.clear();
  return Statement::kExchange;
}

}  // namespace mtkrig::traces
