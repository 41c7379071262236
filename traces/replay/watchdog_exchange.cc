#include "traces/replay/watchdog_exchange.h"

#include <algorithm>

#include "protocol/wire/brom.h"

namespace mtkrig::traces {

using protocol::ByteSpan;
using protocol::LoadBe;

namespace {

namespace brom = protocol::brom;
constexpr auto kWrite16 = static_cast<std::uint8_t>(brom::Command::kWrite16);
constexpr auto kWrite32 = static_cast<std::uint8_t>(brom::Command::kWrite32);
constexpr std::size_t kStatusSize = 2;

std::size_t ValueSize(std::uint8_t command) {
  return command == kWrite16 ? sizeof(std::uint16_t) : sizeof(std::uint32_t);
}

}  // namespace

bool IsRefusal(std::uint16_t status) {
  return status > brom::kStatusOkMax;
}

bool IsRegisterWrite(std::uint8_t command) {
  return command == kWrite16 || command == kWrite32;
}

std::size_t WriteRequestSize(std::uint8_t command) {
  return kWriteCountEnd + ValueSize(command);
}

std::size_t WriteAnswerSize(std::uint8_t command) {
  return WriteRequestSize(command) + 2 * kStatusSize;
}

bool MayBeWatchdogWrite(ByteSpan request) {
  if (!IsRegisterWrite(request[0]) || request.size() > WriteRequestSize(request[0])) return false;
  if (request.size() >= kWriteAddressEnd) {
    const auto address = LoadBe<std::uint32_t>(request.subspan(kWriteCommandSize));
    if (std::ranges::find(brom::kWatchdogRegisters, address) == brom::kWatchdogRegisters.end()) {
      return false;
    }
  }
  return request.size() < kWriteCountEnd ||
         LoadBe<std::uint32_t>(request.subspan(kWriteAddressEnd)) == 1;
}

std::vector<std::uint8_t> WriteAnswer(ByteSpan request, std::uint16_t first_status,
                                      std::uint16_t last_status) {
  protocol::ByteWriter answer(protocol::Endian::kBig);
  if (request.size() >= kWriteCommandSize) answer.PutBytes(request.first(kWriteCommandSize));
  if (request.size() >= kWriteAddressEnd) {
    answer.PutBytes(request.subspan(kWriteCommandSize, kWriteAddressEnd - kWriteCommandSize));
  }
  if (request.size() >= kWriteCountEnd) {
    answer.PutBytes(request.subspan(kWriteAddressEnd, kWriteCountEnd - kWriteAddressEnd));
    answer.Put(first_status);
  }
  if (!request.empty() && request.size() == WriteRequestSize(request[0])) {
    answer.PutBytes(request.subspan(kWriteCountEnd)).Put(last_status);
  }
  return answer.Release();
}

bool IsFreeStatus(std::uint8_t command, std::size_t answer_position) {
  return answer_position == kWriteCountEnd + 1 ||
         answer_position >= kWriteCountEnd + kStatusSize + ValueSize(command);
}

}  // namespace mtkrig::traces
