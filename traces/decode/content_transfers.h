#pragma once

// ContentTransfers: the transfers of a recording that have content, each with a digest of its
// bytes: the one that the recording has of a transfer that was cut, and one that is made here of
// bytes that are there.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "traces/decode/second_reading.h"
#include "traces/replay/payload_digest.h"

namespace mtkrig::traces {

// Bytes of one direction that follow each other: a transfer that was cut, or some of one that was
// not.
struct ContentTransfer {
  Direction direction = Direction::kToHost;
  std::uint64_t offset = 0;  // in the direction's stream
  std::uint64_t length = 0;
  std::uint64_t packet = 0;
  std::uint64_t content_before = 0;  // of the whole recording
  // Bytes of this direction between the last content before it and its first byte.
  std::uint64_t others_before = 0;

  struct Stretch {
    bool content = false;
    std::uint64_t length = 0;
  };
  std::vector<Stretch> stretches;
  std::uint64_t content_bytes = 0;
  // It has content, and nothing beside it but checksums.
  bool pure = true;
  // Some of it may be anything, or there are too many stretches: it tells nothing.
  bool unusable = false;

  std::uint64_t kept = 0;   // bytes from its start that are there
  std::string kept_digest;  // of those; "xxh3-128:HEX"
  std::string digest;       // of all bytes of one that was cut; may be empty
};

class ContentTransfers final : public SecondReading {
 public:
  static constexpr std::size_t kMaxStretches = 64;

  explicit ContentTransfers(std::unique_ptr<TraceReader> trace);

  // The next of the step's that can be used, reading on for it. Nothing where it has no more. Those
  // of steps before it are passed over, and so are those that belong to two steps.
  std::optional<ContentTransfer> Next(const Step& step);

 private:
  // The transfer of a direction that is under way, of which the recording lacks something.
  struct Open {
    std::uint64_t sequence = 0;  // 0: there is none
    ContentTransfer transfer;
  };
  void Show(const TakenBytes& taken) override;
  void AddWhole(const TakenBytes& taken);
  ContentTransfer Begun(const TakenBytes& taken) const;
  void AddCut(const TakenBytes& taken);
  static void Append(ContentTransfer& transfer, const TakenBytes& taken);
  void Finish(ContentTransfer transfer);

  // By direction, to the phone and to the host: what stands before it needs no digest.
  std::array<std::uint64_t, 2> wanted_from_ = {0, 0};
  std::deque<ContentTransfer> found_;
  std::array<Open, 2> open_;
  std::array<PayloadDigest, 2> kept_;
  std::array<std::uint64_t, 2> others_ = {0, 0};  // since the last content
  std::uint64_t content_ = 0;
};

}  // namespace mtkrig::traces
