#pragma once

// The section header of pcapng, which tells the byte order of all that follows: finding it, and
// saying what is wrong with one.

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

// The byte order of the section that `head` begins, if it does.
std::optional<protocol::Endian> SectionOrder(protocol::ByteSpan head);

// Whether a block may have this length, and not more than `limit`.
bool BlockLengthFits(std::uint32_t length, std::size_t limit);

// The byte order of a damaged section header at the front of `head`: as its magic says, or else the
// one in which both its lengths are the same.
std::optional<protocol::Endian> LikelySectionOrder(protocol::ByteSpan head);

// What is wrong with the section header at the front of `head`, in words, with the offset in the
// header. `head` is all of the file, or at least `limit` bytes, which is how long a block may be.
std::string SectionFault(protocol::ByteSpan head, std::size_t limit);

}  // namespace mtkrig::traces
