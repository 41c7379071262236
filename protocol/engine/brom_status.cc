#include "protocol/engine/brom_status.h"

#include <fmt/format.h>

#include <array>

#include "protocol/wire/brom.h"
#include "protocol/wire/observed.h"

namespace mtkrig::protocol {
namespace {

struct Row {
  std::uint16_t status;
  bool secured;
  BromStatusText text;
};

constexpr std::array kRows = {
    Row{brom::kStatusAddressTooHigh, false, {"ADDRESS_TOO_HIGH", "the address is too high"}},
    Row{brom::kStatusInvalidAddress, false, {"INVALID_ADDRESS", "the address is not allowed"}},
    Row{brom::kStatusNoAuthNeeded, false, {"NO_AUTH_NEEDED", "no authentication is needed"}},
    Row{brom::kStatusSlaRequired,
        true,
        {"SLA_REQUIRED",
         "the phone demands serial link authentication (SLA): a challenge signed "
         "with a key of its vendor"}},
    Row{brom::kStatusDaOverlap,
        false,
        {"DA_OVERLAP", "the agent would overlap memory that the phone itself uses"}},
    Row{brom::kStatusInvalidJumpAddress,
        false,
        {"INVALID_JUMP_ADDRESS", "no agent was loaded at the jump address"}},
    Row{brom::kStatusTooManyDaBlocks, false, {"TOO_MANY_DA_BLOCKS", "too many agents were sent"}},
    Row{brom::kStatusAddressNotAligned,
        false,
        {"ADDRESS_NOT_ALIGNED", "the address is not aligned to 16 bits"}},
    Row{brom::kStatusInvalidAddressAndLength,
        false,
        {"INVALID_ADDRESS_AND_LENGTH", "address and length do not fit the phone's memory"}},
    Row{brom::kStatusLengthIsZero, false, {"LENGTH_IS_ZERO", "the length is zero"}},
    Row{brom::kStatusSignatureTooLong,
        false,
        {"SIGNATURE_TOO_LONG", "the signature is longer than the agent"}},
    Row{brom::kStatusSignatureMissing,
        true,
        {"SIGNATURE_MISSING",
         "the phone authenticates agents (DAA) and this one carries no signature"}},
    Row{brom::kStatusNoDa, false, {"NO_DA", "no agent was loaded"}},
    Row{brom::kStatusDaaSecurityError,
        true,
        {"DAA_SECURITY_ERROR", "the phone authenticates agents (DAA) and did not accept this one"}},
    Row{brom::kStatusDaaSignatureError,
        true,
        {"DAA_SIGNATURE_ERROR",
         "the phone authenticates agents (DAA) and this one's signature is not its vendor's"}},
    Row{brom::kStatusDaaVerifyFailed,
        true,
        {"DAA_SIG_VERIFY_FAILED",
         "the preloader authenticates agents (DAA) and this one's signature is not its vendor's"}},
    Row{brom::kStatusRegisterRefused,
        false,
        {"REGISTER_REFUSED", "access to this register is refused"}},
};

const Row* FindRow(std::uint16_t status) {
  for (const Row& row : kRows) {
    if (row.status == status) return &row;
  }
  return nullptr;
}

}  // namespace

bool IsBromSuccess(std::uint16_t status) {
  return status <= brom::kStatusOkMax;
}

BromStatusText DescribeBromStatus(std::uint16_t status) {
  if (IsBromSuccess(status)) return {"OK", "success"};
  const Row* row = FindRow(status);
  if (row == nullptr) return {"UNKNOWN", "a status that mtkrig has no name for"};
  return row->text;
}

Error BromStatusError(std::uint16_t status, std::string_view operation) {
  const BromStatusText text = DescribeBromStatus(status);
  const Row* row = FindRow(status);
  const bool secured = row != nullptr && row->secured;
  Error error(secured ? ErrorCode::kSecured : ErrorCode::kDeviceRefused,
              fmt::format("{} ({})", text.meaning, text.name));
  error.WithDeviceStatus(status).During(operation);
  if (secured) {
    error.WithHint(
        "Use the download agent that the phone's vendor signed for this model (--da). mtkrig does "
        "not go around a phone's protection.");
  }
  return error;
}

}  // namespace mtkrig::protocol
