#pragma once

// StepBuilder: the step that is under way, and those that are finished and not yet taken.

#include <array>
#include <deque>
#include <string>
#include <string_view>

#include "traces/decode/byte_queue.h"
#include "traces/decode/byte_sums.h"
#include "traces/decode/step.h"
#include "traces/replay/payload_digest.h"

namespace mtkrig::traces {

inline constexpr std::size_t kMaxFields = 48;
inline constexpr std::size_t kMaxFieldBytes = 256;  // of a name or a value

// At most kMaxFieldBytes; a longer text ends in "...".
std::string ShortenedText(std::string_view text);

class StepBuilder {
 public:
  struct Options {
    bool excerpts = true;
    bool digests = true;
  };
  explicit StepBuilder(const Options& options);

  // Ends the step that is open, if one is.
  void Begin(Layer layer, std::string_view name);
  void Rename(std::string_view name);
  // Beyond kMaxFields they are dropped; a value that is too long ends in "...".
  void Field(std::string_view name, std::string_view value, FieldKind kind);
  // In place of the one of this name.
  void SetField(std::string_view name, std::string_view value, FieldKind kind);
  // The first one stays.
  void Problem(Outcome outcome, std::string_view text);
  void Incidental(bool incidental = true) { step_.incidental = incidental; }
  // From here on the step is whole, though more of it may come.
  void Whole() { whole_ = true; }
  bool whole() const { return whole_; }
  void End();
  bool open() const { return open_; }
  const Step& step() const { return step_; }

  // Bytes that belong to the open step.
  void Add(Direction direction, const Piece& piece);
  // The same bytes are content of flash or an agent, some of which the recording may not have; or
  // the checksum of a packet, which sums so many bytes of content that no other one did.
  void AddContent(ByteSpan bytes);
  void AddMissingContent(const Piece& piece);
  void AddChecksum(ByteSpan bytes, std::uint64_t summed);
  void AddMissingChecksum() { checksums_whole_ = false; }
  // The same bytes are told by no field. `offset` in those that the step has of this direction.
  void AddRest(Direction direction, bool identity, const Piece& piece, std::uint64_t offset);

  void SetPhase(std::string_view name) { phase_ = name; }
  const std::string& phase() const { return phase_; }
  Layer layer() const { return layer_; }

  // What a failed write of the host offered, as Step::rest.
  void AddOffered(Step& step, const Event& event) const;
  // A step that was made elsewhere, as of this phase.
  void AddFinished(Step step);
  bool Take(Step& step);

 private:
  void AddExcerpt(Direction direction, const Piece& piece);
  void AddTimes(Direction direction, const Piece& piece);
  void BeginContent();
  RestBytes& RestOf(std::size_t index);
  void PutDigests();

  const Options options_;
  bool open_ = false;
  Step step_;
  std::string phase_;
  Layer layer_ = Layer::kLine;
  std::deque<Step> finished_;
  // Of all steps that are finished.
  std::uint64_t bytes_to_phone_ = 0;
  std::uint64_t bytes_to_host_ = 0;
  std::uint64_t content_bytes_ = 0;

  // Of the open step.
  bool whole_ = false;
  bool begun_ = false;  // it has bytes
  std::array<std::uint64_t, 2> last_sequence_ = {0, 0};
  std::optional<Duration> asked_;  // the host's last transfer
  std::size_t excerpt_bytes_ = 0;
  bool excerpts_closed_ = false;
  bool has_content_ = false;
  bool has_checksums_ = false;
  bool checksums_whole_ = true;
  ByteSums content_;
  PayloadDigest checksums_;
  // By direction and identity: where in Step::rest, counted from 1, and what sums it.
  std::array<std::size_t, 4> rest_at_ = {0, 0, 0, 0};
  std::array<ByteSums, 4> rest_;
};

}  // namespace mtkrig::traces
