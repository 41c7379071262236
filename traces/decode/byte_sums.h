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
  void Add(ByteSpan bytes);
  // Bytes whose values are not known, `at` in the row.
  void AddMissing(const Piece& piece, std::uint64_t at, MissingBytes& missing);
  // The digest of all bytes goes into `digest`, or what there is of them into `missing`.
  void Put(std::string& digest, MissingBytes& missing) const;

 private:
  void AddCutTransfer(const Piece& piece, MissingBytes& missing);

  PayloadDigest known_;
  bool whole_ = true;
  // Of what is missing.
  std::uint64_t cut_sequence_ = 0;  // of the last transfer
  bool all_have_digests_ = true;
  PayloadDigest layout_;
  PayloadDigest transfer_digests_;
};

}  // namespace mtkrig::traces
