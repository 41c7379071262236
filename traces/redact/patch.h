#pragma once

// What a redaction changes in a direction's stream, by place.

#include <cstdint>
#include <span>
#include <vector>

namespace mtkrig::traces {

// Bytes that stand at `offset` of the stream afterwards.
struct Patch {
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bytes;
  std::uint64_t end() const { return offset + bytes.size(); }
};

// Patches in the order of their places, asked for from the front to the back. Where two overlap,
// the one that was added later counts.
class PatchList {
 public:
  void Add(Patch patch);
  std::size_t size() const { return patches_.size(); }
  std::uint64_t bytes() const { return bytes_; }

  // Call once, when all were added and before the first Apply().
  void Sort();
  // Puts what reaches into [at, at + data.size()) into `data`. Returns whether there was something.
  // Places must not step back from one call to the next.
  bool Apply(std::uint64_t at, std::span<std::uint8_t> data);
  // Whether something reaches into the stretch, which lies at or behind the last one applied.
  bool Reaches(std::uint64_t at, std::uint64_t length) const;

 private:
  std::vector<Patch> patches_;
  std::uint64_t bytes_ = 0;
  std::uint64_t longest_ = 0;
  std::size_t next_ = 0;
};

}  // namespace mtkrig::traces
