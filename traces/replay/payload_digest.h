#pragma once

// Digests of transfers whose data is not kept, so that data found elsewhere can be checked against
// a recording. Fed piece by piece; the text form names its kind:
//
//   sha256:<64 hex digits>          all bytes; 64 digits without a name mean the same
//   xxh3-128:<32 hex digits>        all bytes, XXH3 with 128 bits (seed 0, canonical byte order)
//   xxh3-128/16-2048:<32 hex digits>  XXH3 over a sample: 16 bytes of every 2048
//   xxh3-128/16384:<32 hex digits>  XXH3 over a sample: 64 bytes of every 16384
//
// A sample is what makes recording cheap enough to leave on: hashing every byte costs a readback in
// process a third of its speed. Of block k (counted from the start of the transfer) a sample takes
// the piece at (37 * k mod pieces of a block), so that every place has its turn. With 16 bytes of
// every 2 KiB another page of a file system is seen; a single changed byte is left to the
// checksum that an agent sends behind each packet, which a recording keeps and a replay compares
// with the content (packet_sum.h). The thinner sample is that of older recordings.

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

// Transfers that are no longer are better hashed whole than by a sample.
inline constexpr std::uint64_t kShortForSample = 16384;

// kSampled and kSparse: the samples above, the dense one first.
enum class DigestKind : std::uint8_t { kNone, kSampled, kSparse, kXxh3, kSha256 };

// What errors say of a digest with another name.
inline constexpr std::string_view kKnownDigests =
    "Known are sha256:, xxh3-128:, xxh3-128/16-2048: and xxh3-128/16384:, each with its hex "
    "digits.";

// Whether it covers every byte.
constexpr bool IsWhole(DigestKind kind) {
  return kind == DigestKind::kXxh3 || kind == DigestKind::kSha256;
}

// Whether it covers some of the bytes.
constexpr bool IsSample(DigestKind kind) {
  return kind == DigestKind::kSampled || kind == DigestKind::kSparse;
}

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
  template <typename Sample>
  void UpdateSample(protocol::ByteSpan data);

  DigestKind kind_;
  std::unique_ptr<XXH3_state_s, Free> xxh3_;
  std::optional<protocol::Sha256> sha256_;
  std::uint64_t position_ = 0;
};

}  // namespace mtkrig::traces
