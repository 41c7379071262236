#pragma once

// The exchange with which a host writes one register through boot ROM or preloader:
//
//     h> d4  d> d4   h> u32 address  d> the same   h> u32 1  d> the same, u16 status
//     h> u32 value   d> the same, u16 status
//
// or d2 with a value of 16 bits. A phone that refuses the write says so with its first status
// (0100 and above), and the exchange ends there, without a value. Here: those to the register of a
// watchdog.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

inline constexpr std::size_t kWriteCommandSize = 1;
inline constexpr std::size_t kWriteAddressEnd = kWriteCommandSize + 4;
inline constexpr std::size_t kWriteCountEnd = kWriteAddressEnd + 4;

// Whether a first status is a refusal.
bool IsRefusal(std::uint16_t status);

// Whether a command byte is that of a register write; the length of such a request and its answer.
bool IsRegisterWrite(std::uint8_t command);
std::size_t WriteRequestSize(std::uint8_t command);
std::size_t WriteAnswerSize(std::uint8_t command);
// The same of a write that is refused.
inline constexpr std::size_t kRefusedRequestSize = kWriteCountEnd;
inline constexpr std::size_t kRefusedAnswerSize = kWriteCountEnd + sizeof(std::uint16_t);

// Whether the beginning of a request may still become a write to a watchdog. Requires a byte.
bool MayBeWatchdogWrite(protocol::ByteSpan request);

// What the phone has answered when it has seen so much of the request; statuses as given.
std::vector<std::uint8_t> WriteAnswer(protocol::ByteSpan request, std::uint16_t first_status,
                                      std::uint16_t last_status);

// Whether a byte of an answer belongs to a status, and may be another one all the same: not the
// high byte of the first, which says whether a value follows.
bool IsFreeStatus(std::uint8_t command, std::size_t answer_position);

}  // namespace mtkrig::traces
