#include "traces/decode/step_builder.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

// Odd, and more than there are kinds of digests: rows of them are told apart.
constexpr std::uint64_t kKindsBase = 0x9e3779b97f4a7c15;

std::string DigestText(const PayloadDigest& digest) {
  Result<std::string> text = digest.Text();
  return text ? *std::move(text) : std::string();
}

void AddNumber(PayloadDigest& digest, std::uint64_t number) {
  std::array<std::uint8_t, sizeof(number)> bytes{};
  protocol::StoreLe<std::uint64_t>(bytes, number);
  digest.Update(bytes);
}

}  // namespace

std::string ShortenedText(std::string_view text) {
  if (text.size() <= kMaxFieldBytes) return std::string(text);
  return std::string(text.substr(0, kMaxFieldBytes - 3)) + "...";
}

StepBuilder::StepBuilder(const Options& options)
    : options_(options),
      content_(DigestKind::kXxh3),
      checksums_(DigestKind::kXxh3),
      layout_(DigestKind::kXxh3),
      transfer_digests_(DigestKind::kXxh3) {}

void StepBuilder::Begin(Layer layer, std::string_view name) {
  End();
  step_ = Step{};
  step_.layer = layer;
  step_.name = ShortenedText(name);
  step_.phase = phase_;
  layer_ = layer;
  open_ = true;
  whole_ = false;
  begun_ = false;
  last_sequence_ = {0, 0};
  asked_.reset();
  excerpt_bytes_ = 0;
  content_whole_ = true;
  excerpts_closed_ = false;
  has_content_ = false;
  has_checksums_ = false;
  checksums_whole_ = true;
}

void StepBuilder::Rename(std::string_view name) {
  step_.name = ShortenedText(name);
}

void StepBuilder::Field(std::string_view name, std::string_view value, FieldKind kind) {
  if (step_.fields.size() >= kMaxFields) return;
  step_.fields.push_back({ShortenedText(name), ShortenedText(value), kind});
}

void StepBuilder::SetField(std::string_view name, std::string_view value, FieldKind kind) {
  const auto same = std::find_if(step_.fields.begin(), step_.fields.end(),
                                 [&](const StepField& field) { return field.name == name; });
  if (same == step_.fields.end()) {
    Field(name, value, kind);
  } else {
    same->value = ShortenedText(value);
  }
}

void StepBuilder::Problem(Outcome outcome, std::string_view text) {
  if (step_.outcome != Outcome::kOk) return;
  step_.outcome = outcome;
  step_.problem = ShortenedText(text);
}

void StepBuilder::End() {
  if (!open_) return;
  open_ = false;
  if (options_.digests) PutDigests();
  finished_.push_back(std::move(step_));
}

void StepBuilder::PutDigests() {
  if (has_content_ && content_whole_) step_.content_digest = DigestText(content_);
  if (has_checksums_ && checksums_whole_) step_.checksum_digest = DigestText(checksums_);
  if (content_whole_) return;
  MissingContent& missing = step_.missing;
  missing.layout = DigestText(layout_);
  missing.present = DigestText(content_);
  const bool cut = cut_sequence_ != 0;
  if (cut && all_have_digests_) missing.digests = DigestText(transfer_digests_);
}

void StepBuilder::Add(Direction direction, const Piece& piece) {
  const bool to_phone = direction == Direction::kToPhone;
  (to_phone ? step_.bytes_to_phone : step_.bytes_to_host) += piece.length;
  std::uint64_t& last = last_sequence_[to_phone ? 0 : 1];
  if (last != piece.sequence) {
    last = piece.sequence;
    ++(to_phone ? step_.packets_to_phone : step_.packets_to_host);
    AddTimes(direction, piece);
  }
  if (options_.excerpts) AddExcerpt(direction, piece);
}

void StepBuilder::AddTimes(Direction direction, const Piece& piece) {
  if (!begun_) {
    begun_ = true;
    step_.start = piece.time;
    step_.end = piece.time;
    step_.first_packet = piece.packet;
  }
  step_.start = std::min(step_.start, piece.time);
  step_.end = std::max(step_.end, piece.time);
  step_.first_packet = std::min(step_.first_packet, piece.packet);
  step_.last_packet = std::max(step_.last_packet, piece.packet);
  if (direction == Direction::kToPhone) {
    if (!step_.latency) asked_ = piece.time;
  } else if (asked_ && !step_.latency && piece.time >= *asked_) {
    step_.latency = piece.time - *asked_;
  }
}

void StepBuilder::AddExcerpt(Direction direction, const Piece& piece) {
  std::vector<Excerpt>& excerpts = step_.excerpts;
  if (excerpts.empty() || excerpts.back().direction != direction) {
    if (excerpts.size() >= kMaxExcerpts || excerpt_bytes_ >= kMaxExcerptBytes) {
      // What comes after the last excerpt is not in it, so its length must not grow any more.
      excerpt_bytes_ = kMaxExcerptBytes;
      excerpts_closed_ = true;
      return;
    }
    excerpts.push_back({direction, {}, 0});
    excerpts_closed_ = false;
  }
  if (excerpts_closed_) return;
  Excerpt& excerpt = excerpts.back();
  // Only what stands without a gap behind what was kept.
  if (excerpt.bytes.size() == excerpt.length) {
    const std::size_t room = std::min(kMaxExcerptBytes - excerpt_bytes_, piece.bytes.size());
    excerpt.bytes.insert(excerpt.bytes.end(), piece.bytes.begin(),
                         piece.bytes.begin() + static_cast<std::ptrdiff_t>(room));
    excerpt_bytes_ += room;
  }
  excerpt.length += piece.length;
}

void StepBuilder::AddContent(ByteSpan bytes) {
  step_.content_bytes += bytes.size();
  if (!options_.digests) return;
  BeginContent();
  content_.Update(bytes);
}

void StepBuilder::BeginContent() {
  if (has_content_) return;
  has_content_ = true;
  content_.Reset();
}

void StepBuilder::AddMissingContent(const Piece& piece) {
  const std::uint64_t at = step_.content_bytes;
  step_.content_bytes += piece.length;
  step_.missing.bytes += piece.length;
  const bool open = piece.knowledge == Knowledge::kAny;
  step_.missing.left_open = step_.missing.left_open || open;
  if (options_.digests) {
    BeginContent();
    if (content_whole_) BeginMissing();
    AddNumber(layout_, at);
    AddNumber(layout_, piece.length);
    if (!open) AddCutTransfer(piece);
  }
  content_whole_ = false;
}

void StepBuilder::BeginMissing() {
  cut_sequence_ = 0;
  all_have_digests_ = true;
  layout_.Reset();
  transfer_digests_.Reset();
}

// Its digest is of all of it, so it counts once.
void StepBuilder::AddCutTransfer(const Piece& piece) {
  if (piece.sequence == cut_sequence_) return;
  cut_sequence_ = piece.sequence;
  AddNumber(layout_, piece.transfer_length);
  const auto kind = DigestKindOf(piece.transfer_digest);
  if (!kind || *kind == DigestKind::kNone) {
    all_have_digests_ = false;
    return;
  }
  MissingContent& missing = step_.missing;
  missing.digest_kinds = missing.digest_kinds * kKindsBase + static_cast<std::uint64_t>(*kind);
  const bool sample = *kind == DigestKind::kSampled || *kind == DigestKind::kSparse;
  missing.samples = missing.samples || sample;
  // Without its name, which SHA-256 may lack.
  const std::string_view digits =
      piece.transfer_digest.substr(piece.transfer_digest.rfind(':') + 1);
  transfer_digests_.Update({reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()});
}

void StepBuilder::AddChecksum(ByteSpan bytes, std::uint64_t summed) {
  step_.checksummed_bytes += summed;
  if (!options_.digests) return;
  if (!has_checksums_) {
    has_checksums_ = true;
    checksums_.Reset();
  }
  checksums_.Update(bytes);
}

void StepBuilder::AddFinished(Step step) {
  step.phase = phase_;
  if (!open_) layer_ = step.layer;
  finished_.push_back(std::move(step));
}

bool StepBuilder::Take(Step& step) {
  if (finished_.empty()) return false;
  step = std::move(finished_.front());
  finished_.pop_front();
  return true;
}

}  // namespace mtkrig::traces
