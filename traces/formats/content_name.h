#pragma once

// What a file is that is no trace, for the error that refuses it.

#include <string>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

// "a gzip file", "an Android boot image", "text", "binary data (de ad be ef ...)": by `head`, the
// first bytes of a file, of which there are some.
std::string NameOfContent(protocol::ByteSpan head);

// Whether `head` is that of a file of another compression than zstd, which holds who knows what.
bool IsOtherCompression(protocol::ByteSpan head);

}  // namespace mtkrig::traces
