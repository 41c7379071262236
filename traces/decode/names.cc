#include "traces/decode/names.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "protocol/wire/brom.h"
#include "protocol/wire/brom_tools.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
namespace legacy_da = protocol::legacy_da;

std::string_view StatusName(std::uint16_t status) {
  switch (status) {
    case brom::kStatusAddressTooHigh:
      return "address too high";
    case brom::kStatusInvalidAddress:
      return "invalid address";
    case brom::kStatusNoAuthNeeded:
      return "no authentication needed";
    case brom::kStatusSlaRequired:
      return "SLA required";
    case brom::kStatusDaOverlap:
      return "overlaps the phone's own memory";
    case brom::kStatusInvalidJumpAddress:
      return "nothing loaded at the jump address";
    case brom::kStatusTooManyDaBlocks:
      return "too many agents";
    case brom::kStatusAddressNotAligned:
      return "address not aligned";
    case brom::kStatusInvalidAddressAndLength:
      return "invalid address and length";
    case brom::kStatusLengthIsZero:
      return "length is zero";
    case brom::kStatusSignatureTooLong:
      return "signature longer than the agent";
    case brom::kStatusSignatureMissing:
      return "no signature";
    case brom::kStatusNoDa:
      return "no agent";
    case brom::kStatusDaaSecurityError:
    case brom::kStatusDaaSignatureError:
      return "agent not accepted";
    case brom::kStatusRegisterRefused:
    case brom::kStatusAccessRefused:
      return "register refused";
    default:
      return status <= brom::kStatusOkMax ? "success" : "";
  }
}

}  // namespace

std::string BromStatusText(std::uint16_t status) {
  const std::string_view name = StatusName(status);
  return name.empty() ? fmt::format("{:04x}", status) : fmt::format("{:04x} ({})", status, name);
}

std::string TargetConfigText(std::uint32_t flags) {
  constexpr std::array<std::pair<std::uint32_t, std::string_view>, 8> kBits = {{
      {brom::kSecureBoot, "secure boot"},
      {brom::kSlaRequired, "SLA"},
      {brom::kDaaRequired, "DAA"},
      {brom::kEppRequired, "EPP"},
      {brom::kRootCertRequired, "root certificate"},
      {brom::kMemReadAuth, "register reads guarded"},
      {brom::kMemWriteAuth, "register writes guarded"},
      {brom::kCommandC8Blocked, "C8 blocked"},
  }};
  std::string names;
  for (const auto& [bit, name] : kBits) {
    if ((flags & bit) == 0) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  return fmt::format("{:#x} ({})", flags, names.empty() ? "nothing is secured" : names);
}

std::string AgentStatusText(std::uint32_t status) {
  if (status == 0) return "0x0 (good)";
  if (status == legacy_da::kStatusNandNotFound) return "0xbc4 (not found)";
  if (status == legacy_da::kStatusDramNotReady) return "0xbc3 (DRAM is not set up)";
  return fmt::format("{:#x}", status);
}

std::string MarkText(std::uint8_t mark) {
  switch (mark) {
    case legacy_da::kSync:
      return "c0 (sync)";
    case legacy_da::kAck:
      return "5a (ack)";
    case legacy_da::kNack:
      return "a5 (nack)";
    case legacy_da::kContinue:
      return "69 (continue)";
    case legacy_da::kStop:
      return "96 (stop)";
    case legacy_da::kUnknownCommand:
      return "bb (unknown command)";
    case legacy_da::kSocOk:
      return "c1 (good)";
    case legacy_da::kSocFail:
      return "cf (failed)";
    default:
      return fmt::format("{:02x}", mark);
  }
}

std::string StorageText(std::uint8_t storage) {
  switch (static_cast<legacy_da::Storage>(storage)) {
    case legacy_da::Storage::kNor:
      return "NOR";
    case legacy_da::Storage::kNand:
      return "NAND";
    case legacy_da::Storage::kEmmc:
      return "eMMC";
    case legacy_da::Storage::kSd:
      return "SD";
    case legacy_da::Storage::kUfs:
      return "UFS";
  }
  return fmt::format("kind {}", storage);
}

std::string PartText(std::uint8_t part) {
  constexpr std::array<std::string_view, 9> kNames = {"",     "boot 1", "boot 2", "RPMB", "GP 1",
                                                      "GP 2", "GP 3",   "GP 4",   "user"};
  if (part > 0 && part < kNames.size()) return std::string(kNames[part]);
  return fmt::format("part {}", part);
}

}  // namespace mtkrig::traces
