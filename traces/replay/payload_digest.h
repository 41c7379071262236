#pragma once

// Digests of transfers whose data is not kept, so that data found elsewhere can be checked against
// a recording. Fed piece by piece; the text form names its kind:
//
//   sha256:<64 hex digits>          all bytes; 64 digits without a name mean the same
//   xxh3-128:<32 hex digits>        all bytes, XXH3 with 128 bits (seed 0, canonical byte order)
//   xxh3-128/16384:<32 hex digits>  XXH3 over a sample: 64 bytes of every 16384
//
// The sample is what makes recording cheap enough to leave on: hashing every byte costs a readback
// in process half of its speed. Of block k (16384 bytes each, counted from the start of the
// transfer) it takes the 64 bytes at (37 * k mod 256) * 64, so that every place has its turn. It
// tells images, offsets and seeds apart; a single changed byte is left to the checksum that an
// agent sends behind each packet, which a recording keeps.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/base/sha256.h"

struct XXH3_state_s;

namespace mtkrig::traces {

// Of a sample: see above. Transfers that are no longer are better hashed whole.
inline constexpr std::uint64_t kDigestBlock = 16384;

enum class DigestKind : std::uint8_t { kNone, kSampled, kXxh3, kSha256 };

// The kind of a digest's text; empty for a text of no known form.
std::optional<DigestKind> DigestKindOf(std::string_view text);
// Whether two texts of one kind are the same digest ("sha256:" may be left out).
bool SameDigest(std::string_view a, std::string_view b);

class PayloadDigest {
 public:
  explicit PayloadDigest(DigestKind kind);

  // Starts over.
  void Reset();
  void Update(protocol::ByteSpan data);
  // Of everything since the start. Empty for kNone. kIo when OpenSSL fails.
  protocol::Result<std::string> Text() const;
  // Replaces `text`, keeping its memory: for those who take many.
  protocol::Result<void> PutText(std::string& text) const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  void UpdateSample(protocol::ByteSpan data);

  DigestKind kind_;
  std::unique_ptr<XXH3_state_s, Free> xxh3_;
  std::optional<protocol::Sha256> sha256_;
  std::uint64_t position_ = 0;
};

}  // namespace mtkrig::traces
