#pragma once

// ByteSums: what is made of a row of bytes, so that two recordings can be compared by it: a digest
// of all of them, or, where the recording lacks some, of what it has and of where the rest stands.

#include <cstdint>
#include <string>

#include "traces/decode/byte_queue.h"
#include "traces/decode/step.h"
#include "traces/replay/payload_digest.h"

namespace mtkrig::traces {

class ByteSums {
 public:
  ByteSums();

  // Starts over.
  void Reset();
  // Bytes of `piece`, `at` in the row.
  void Add(const Piece& piece, std::uint64_t at);
  // Bytes whose values are not known, `at` in the row.
  void AddMissing(const Piece& piece, std::uint64_t at, MissingBytes& missing);
  // The digest of all bytes goes into `digest`, or what there is of them into `missing`.
  void Put(std::string& digest, MissingBytes& missing) const;

 private:
  void SeeTransfer(const Piece& piece, std::uint64_t at);
  void AddCutTransfer(const Piece& piece, MissingBytes& missing);

  PayloadDigest known_;
  bool whole_ = true;
  // Of what is missing.
  std::uint64_t cut_sequence_ = 0;  // of the last transfer
  bool all_have_digests_ = true;
  PayloadDigest layout_;
  PayloadDigest transfer_digests_;
  // Of transfers that were cut, whatever was kept of them.
  std::uint64_t seen_sequence_ = 0;  // of the last one; 0 in front of the first
  std::uint64_t seen_at_ = 0;        // where it begins
  bool seen_is_missing_ = true;      // some of it is missing in this row
  bool seen_all_ = true;             // so it is with all of them
  PayloadDigest transfers_;
  PayloadDigest uncut_;
};

}  // namespace mtkrig::traces
