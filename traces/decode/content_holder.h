#pragma once

// ContentHolder: the recording that has every byte of the contents that are compared
// (content_check.h): goes through them, and makes the digests that the other recording has of its
// transfers.

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

  ContentHolder(std::unique_ptr<TraceReader> whole, std::unique_ptr<TraceReader> cut);

  struct Difference {
    std::string whole;
    std::string cut;
  };
  struct Found {
    std::uint64_t same = 0;     // bytes of content, as far as digests of every byte tell
    std::uint64_t sampled = 0;  // as far as others do
    std::optional<Difference> difference;
  };
  // Of the same step in both recordings.
  Found Compare(const Step& whole, const Step& cut);

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
  };
  struct KeptRow {
    Row row;
    std::vector<std::uint8_t> bytes;
  };
  void Show(const TakenBytes& taken) override;
  void KeepAhead(const Row& row);
  void HoldAhead();
  void Hold(const Row& row);
  bool TakeTransfer();
  std::optional<std::uint64_t> UntilBegin(const Row& row) const;
  void BeginTransfer(std::uint64_t packet);
  std::uint64_t Feed(const Row& row, std::uint64_t left);
  void Count(const Row& row, std::uint64_t length);
  void EndTransfer();
  void Differ(std::uint64_t content, const std::string& whole, const std::string& cut);
  PayloadDigest& DigestOf(DigestKind kind);

  ContentTransfers cut_;
  std::deque<KeptRow> ahead_;
  std::size_t ahead_bytes_ = 0;
  // By direction, to the phone and to the host: up to where what was ahead could not be kept.
  std::array<std::uint64_t, 2> lost_ = {0, 0};

  // Of the step that is compared.
  const Step* step_ = nullptr;
  const Step* cut_step_ = nullptr;
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
  std::optional<DigestKind> kind_;
  PayloadDigest kept_;
  std::array<std::unique_ptr<PayloadDigest>, 5> digests_;  // by kind, once one is needed
};

}  // namespace mtkrig::traces
