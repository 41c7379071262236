#pragma once

// What every event in a file satisfies, whichever format it stands in.

#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// Of a transfer, cut or not: no host asks for more at once, and what a recorder joins is shorter.
inline constexpr std::uint64_t kMaxTransferLength = kMaxEventBytes;
// Any-bytes marks of one transfer.
inline constexpr std::size_t kMaxAnyRanges = 1024;

// Text of a note or fact as a file keeps it: cut where it is longer than 16,000 bytes, and then it
// says so.
std::string BoundedText(std::string_view text);

// Whether `digest` is one as events carry it: a SHA-256 in 64 lower-case hex digits, or NAME:DIGITS
// of another kind, such as xxh3-128:... (what kinds there are is not this folder's to know).
bool IsDigest(std::string_view digest);
// Whether the ranges are in order, apart, not empty, and within `length` bytes.
bool RangesFit(const std::vector<ByteRange>& ranges, std::uint64_t length);

// kInvalidArgument for an event that no file can hold.
Result<void> CheckEvent(const Event& event);

// Whether it is a transfer, which has data, and not a note.
bool IsTransfer(EventKind kind);

}  // namespace mtkrig::traces
