#include "traces/decode/step_builder.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace mtkrig::traces {
namespace {

std::size_t RestIndex(Direction direction, bool identity) {
  return (direction == Direction::kToHost ? 1 : 0) + (identity ? 2 : 0);
}

constexpr std::size_t kHashBase = 0x9e3779b97f4a7c15;

std::size_t HashOf(std::string_view text) {
  // 0 is none.
  return std::hash<std::string_view>()(text) | 1;
}

}  // namespace

std::string ShortenedText(std::string_view text) {
  if (text.size() <= kMaxFieldBytes) return std::string(text);
  return std::string(text.substr(0, kMaxFieldBytes - 3)) + "...";
}

StepBuilder::StepBuilder(const Options& options)
    : options_(options), checksums_(DigestKind::kXxh3) {}

void StepBuilder::Begin(Layer layer, std::string_view name) {
  End();
  step_ = Step{};
  step_.layer = layer;
  step_.name = ShortenedText(name);
  step_.phase = phase_;
  step_.before_to_phone = bytes_to_phone_;
  step_.before_to_host = bytes_to_host_;
  step_.content_before = content_bytes_;
  layer_ = layer;
  open_ = true;
  whole_ = false;
  begun_ = false;
  last_sequence_ = {0, 0};
  asked_.reset();
  excerpt_bytes_ = 0;
  excerpts_closed_ = false;
  has_content_ = false;
  has_checksums_ = false;
  checksums_whole_ = true;
  rest_at_ = {0, 0, 0, 0};
}

void StepBuilder::Rename(std::string_view name) {
  step_.name = ShortenedText(name);
}

void StepBuilder::Field(std::string_view name, std::string_view value, FieldKind kind) {
  const bool told = kind != FieldKind::kIncidental;
  if (step_.fields.size() >= kMaxFields) {
    if (told) step_.dropped_fields = step_.dropped_fields * kHashBase + HashOf(value);
    return;
  }
  StepField field = {ShortenedText(name), ShortenedText(value), kind};
  if (told && value.size() > kMaxFieldBytes) field.whole_hash = HashOf(value);
  step_.fields.push_back(std::move(field));
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
  bytes_to_phone_ += step_.bytes_to_phone;
  bytes_to_host_ += step_.bytes_to_host;
  content_bytes_ += step_.content_bytes;
  finished_.push_back(std::move(step_));
}

void StepBuilder::PutDigests() {
  if (has_content_) content_.Put(step_.content_digest, step_.missing);
  if (has_checksums_ && checksums_whole_) {
    Result<std::string> text = checksums_.Text();
    if (text) step_.checksum_digest = *std::move(text);
  }
  for (std::size_t i = 0; i < rest_.size(); ++i) {
    if (rest_at_[i] == 0) continue;
    RestBytes& rest = step_.rest[rest_at_[i] - 1];
    rest_[i].Put(rest.digest, rest.missing);
  }
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
  content_.Add(bytes);
}

void StepBuilder::BeginContent() {
  if (has_content_) return;
  has_content_ = true;
  content_.Reset();
}

void StepBuilder::AddMissingContent(const Piece& piece) {
  const std::uint64_t at = step_.content_bytes;
  step_.content_bytes += piece.length;
  if (!options_.digests) {
    step_.missing.bytes += piece.length;
    return;
  }
  BeginContent();
  content_.AddMissing(piece, at, step_.missing);
}

// Begins with its first bytes.
RestBytes& StepBuilder::RestOf(std::size_t index) {
  std::size_t& at = rest_at_[index];
  if (at == 0) {
    step_.rest.emplace_back();
    at = step_.rest.size();
    rest_[index].Reset();
  }
  return step_.rest[at - 1];
}

void StepBuilder::AddRest(Direction direction, bool identity, const Piece& piece,
                          std::uint64_t offset) {
  if (!options_.digests || piece.length == 0) return;
  const std::size_t index = RestIndex(direction, identity);
  RestBytes& rest = RestOf(index);
  rest.direction = direction;
  rest.identity = identity;
  const bool known = piece.knowledge == Knowledge::kKnown;
  if (known) {
    rest_[index].Add(piece.bytes);
  } else {
    rest_[index].AddMissing(piece, rest.bytes, rest.missing);
  }
  rest.bytes += piece.length;
  for (std::uint64_t i = 0; i < piece.length && rest.first.size() < kMaxRestBytes; ++i) {
    rest.first.push_back({.offset = offset + i,
                          .packet = piece.packet,
                          .value = known ? piece.bytes[i] : std::uint8_t{0},
                          .known = known});
  }
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

void StepBuilder::AddOffered(Step& step, const Event& event) const {
  if (!options_.digests || event.bytes.empty()) return;
  RestBytes rest;
  rest.bytes = event.length;
  PayloadDigest digest(DigestKind::kXxh3);
  digest.Update(event.bytes);
  Result<std::string> text = digest.Text();
  if (text) rest.digest = *std::move(text);
  const ByteSpan shown = ByteSpan(event.bytes).first(std::min(event.bytes.size(), kMaxRestBytes));
  for (std::size_t i = 0; i < shown.size(); ++i) {
    rest.first.push_back({.offset = i, .packet = event.packet, .value = shown[i]});
  }
  step.rest.push_back(std::move(rest));
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
