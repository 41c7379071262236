#pragma once

// ContentHolder: of two recordings whose contents are compared (content_check.h) the one that has
// more of them, often all: goes through them, and makes the digests that the other recording has of
// its transfers.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/decode/content_transfers.h"
#include "traces/decode/second_reading.h"
#include "traces/replay/payload_digest.h"

namespace mtkrig::traces {

class ContentHolder final : public SecondReading {
 public:
  // What is read ahead of a step is kept for the next one, up to this.
  static constexpr std::size_t kMaxAhead = std::size_t{1} << 20;
  static constexpr std::size_t kMaxPiecesAhead = 4096;

  ContentHolder(std::unique_ptr<TraceReader> held, std::unique_ptr<TraceReader> other);

  struct Difference {
    std::string held;
    std::string other;
  };
  struct Found {
    std::uint64_t same = 0;     // bytes of content, as far as digests of every byte tell
    std::uint64_t sampled = 0;  // as far as others do
    std::optional<Difference> difference;
  };
  // Of the same step in both recordings.
  Found Compare(const Step& held, const Step& other);

 private:
  // Bytes that follow each other, and are of one kind.
  struct Row {
    Direction direction = Direction::kToHost;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t packet = 0;
    bool content = false;
    bool known = true;  // otherwise there may be no `bytes`
    ByteSpan bytes;
    // Of the first of a transfer that was cut: the length of all of it, and its digest.
    std::uint64_t transfer_length = 0;
    std::string_view transfer_digest{};
  };
  struct KeptRow {
    Row row;
    std::vector<std::uint8_t> bytes;
    std::string digest;
  };
  void Show(const TakenBytes& taken) override;
  void KeepAhead(const Row& row);
  void HoldAhead();
  void Hold(const Row& row);
  bool TakeTransfer();
  std::optional<std::uint64_t> UntilBegin(const Row& row) const;
  void BeginTransfer(const Row& row, std::uint64_t left);
  std::uint64_t Feed(const Row& row, std::uint64_t left);
  void Count(const Row& row, std::uint64_t length);
  void EndTransfer();
  void Differ(std::uint64_t content, const std::string& held, const std::string& other);
  PayloadDigest& DigestOf(DigestKind kind);

  ContentTransfers other_;
  std::array<std::uint64_t, 2> sequences_ = {0, 0};  // by direction, of the last cut transfer
  std::deque<KeptRow> ahead_;
  std::size_t ahead_bytes_ = 0;
  // By direction, to the phone and to the host: up to where what was ahead could not be kept.
  std::array<std::uint64_t, 2> lost_ = {0, 0};

  // Of the step that is compared.
  const Step* step_ = nullptr;
  const Step* other_step_ = nullptr;
  Found found_;
  bool exhausted_ = false;  // the other side has no more transfers
  bool broken_ = false;     // the rest cannot be told
  std::uint64_t content_ = 0;
  std::array<std::uint64_t, 2> others_ = {0, 0};  // by direction, since the last content
  std::optional<Direction> direction_;            // of the content

  // The transfer whose bytes are looked for.
  std::optional<ContentTransfer> transfer_;
  bool begun_ = false;
  std::uint64_t packet_ = 0;  // where it begins here, and how far it has come:
  std::size_t stretch_ = 0;
  std::uint64_t in_stretch_ = 0;
  std::uint64_t fed_ = 0;
  bool kept_known_ = true;  // of what the other side kept, every byte is here
  bool all_known_ = true;
  std::string own_digest_;  // of the same transfer, where it was cut here, too
  std::optional<DigestKind> kind_;
  PayloadDigest kept_;
  std::array<std::unique_ptr<PayloadDigest>, 5> digests_;  // by kind, once one is needed
};

}  // namespace mtkrig::traces
