#pragma once

// RecordedTransfer: one recorded transfer, against which bytes of another session are compared, in
// whatever pieces they come: what a host sends to a replayed phone, or what a phone answers a
// replayed host.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "traces/replay/content_checks.h"
#include "traces/replay/loosenings.h"
#include "traces/replay/payload_digest.h"
#include "traces/replay/script.h"

namespace mtkrig::traces {

// The parts of a packet that may have any content, by its own marks and by the side
// file: in order and apart.
std::vector<ByteRange> AnyOf(const Loosenings& loosenings, const Event& event);

// As FirstDifference(), and passes over the stretches of `any`. `position` is that of both in the
// packet.
std::size_t FirstDifferenceBut(const std::vector<ByteRange>& any, std::uint64_t position,
                               ByteSpan expected, ByteSpan received);

class RecordedTransfer {
 public:
  RecordedTransfer(ScriptItem item, const Loosenings& loosenings);

  // How the bytes differ, if they do. `text` is "expected ..., received ...".
  struct Difference {
    std::uint64_t at = 0;      // in the transfer
    std::uint64_t length = 0;  // to the last byte that differs, of those that were compared
    std::string text;
    // The first bytes from there; none where only a digest differs.
    std::vector<std::uint8_t> expected;
    std::vector<std::uint8_t> received;
  };
  // Compares as many bytes as the transfer still has, and counts them.
  struct Matched {
    std::size_t count = 0;
    std::optional<Difference> difference;
  };
  // kInvalidInput for a digest of unknown form.
  Result<Matched> Match(ByteSpan bytes);

  const ScriptItem& item() const { return item_; }
  // Gives back what it was made of, for its memory. Only once everything was compared.
  ScriptItem Release() { return std::move(item_); }
  std::uint64_t left() const { return item_.event.length - position_; }
  bool begun() const { return position_ > 0; }
  // Bytes whose content was not recorded, and could not be compared.
  std::uint64_t unseen() const { return unseen_; }
  // How the others were compared whose content was not recorded. Once everything was.
  void CountChecks(ContentChecks& checks) const;

 private:
  Result<std::optional<Difference>> CheckDigest() const;

  ScriptItem item_;
  std::vector<ByteRange> any_;
  PayloadDigest digest_;
  std::uint64_t position_ = 0;
  std::uint64_t unseen_ = 0;
};

}  // namespace mtkrig::traces
