#include "traces/decode/step_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace mtkrig::traces {
namespace {

// That many pairs in a row make an alignment that is no accident.
constexpr std::size_t kPairsInARow = 2;

bool SameKind(const Step& a, const Step& b) {
  return a.layer == b.layer && a.name == b.name;
}

std::size_t Mixed(std::size_t a, std::size_t b) {
  constexpr std::size_t kGolden = 0x9e3779b97f4a7c15;
  return (a ^ (b + kGolden + (a << 6) + (a >> 2))) * kGolden;
}

std::size_t KindOf(const Step& step) {
  return Mixed(static_cast<std::size_t>(step.layer), std::hash<std::string_view>()(step.name));
}

// Of steps whose contents are of one length, and of which at least one lacks something. What the
// recordings have in common decides: digests, checksums, the bytes that are there.
StepDiff::Content CompareMissing(const Step& a, const Step& b) {
  const auto differ = [](std::string_view what, const std::string& in_a, const std::string& in_b) {
    return StepDiff::Content{FieldDifference{"content", fmt::format("{} {}", what, in_a),
                                             fmt::format("{} {}", what, in_b)},
                             {}};
  };
  const bool checksums = !a.checksum_digest.empty() && !b.checksum_digest.empty();
  if (checksums && a.checksum_digest != b.checksum_digest) {
    return differ("checksums", a.checksum_digest, b.checksum_digest);
  }
  const bool all_summed = checksums && a.checksummed_bytes >= a.content_bytes;
  const MissingContent& in_a = a.missing;
  const MissingContent& in_b = b.missing;
  if (in_a.layout.empty() || in_a.layout != in_b.layout) {
    if (all_summed) return {.difference = {}, .by_sums = true};
    const bool both = in_a.bytes > 0 && in_b.bytes > 0;
    return {{},
            both ? "the recordings were cut at different places"
                 : "one of the recordings lacks what the other has"};
  }
  if (in_a.present != in_b.present) return differ("kept bytes", in_a.present, in_b.present);
  const bool digests =
      !in_a.digests.empty() && !in_b.digests.empty() && in_a.digest_kinds == in_b.digest_kinds;
  if (digests && in_a.digests != in_b.digests) {
    return differ("digests", in_a.digests, in_b.digests);
  }
  const bool left_open = in_a.left_open || in_b.left_open;
  if (digests && !in_a.samples && !left_open) return {};
  if (all_summed) return {.difference = {}, .by_sums = true};
  if (left_open) return {{}, "it may be anything"};
  if (!digests) return {{}, "no digests of one kind tell what was cut"};
  return {{}, "the digests of what was cut are of samples"};
}

}  // namespace

StepDiff::StepDiff(StepReader& a, StepReader& b, StepDiffOptions options)
    : a_{a, {}, false}, b_{b, {}, false}, options_(std::move(options)) {}

Result<void> StepDiff::Fill(Side& side) const {
  while (!side.ended && side.window.size() < kWindow) {
    TRY_ASSIGN(std::optional<Step> step, side.reader.Next());
    if (!step) {
      side.ended = true;
    } else if (!step->incidental) {
      const std::size_t kind = KindOf(*step);
      const std::size_t whole = DigestOf(*step, kind);
      side.window.push_back({*std::move(step), kind, whole});
    }
  }
  return Ok();
}

bool StepDiff::Ignored(std::string_view name) const {
  return std::find(options_.ignore.begin(), options_.ignore.end(), name) != options_.ignore.end();
}

bool StepDiff::Ignored(const StepField& field) const {
  return field.kind == FieldKind::kIncidental || Ignored(field.name) ||
         (field.kind == FieldKind::kIdentity && Ignored("identity"));
}

StepDiff::Content StepDiff::CompareContent(const Step& a, const Step& b) const {
  if (Ignored("content")) return {};
  if (a.content_bytes != b.content_bytes) {
    return {FieldDifference{"content", fmt::format("{} bytes", a.content_bytes),
                            fmt::format("{} bytes", b.content_bytes)},
            {}};
  }
  if (a.missing.bytes > 0 || b.missing.bytes > 0) return CompareMissing(a, b);
  if (a.content_digest == b.content_digest) return {};
  return {FieldDifference{"content", a.content_digest, b.content_digest}, {}};
}

std::vector<FieldDifference> StepDiff::Compare(const Step& a, const Step& b) const {
  constexpr std::string_view kNone = "(none)";
  ++looked_into_;
  std::vector<FieldDifference> differences;
  if (a.outcome != b.outcome && !Ignored("outcome")) {
    const auto told = [](const Step& step) {
      std::string text(OutcomeName(step.outcome));
      if (!step.problem.empty()) text += ": " + step.problem;
      return text;
    };
    differences.push_back({"outcome", told(a), told(b)});
  }
  for (const StepField& field : a.fields) {
    if (Ignored(field)) continue;
    const std::string_view other = FieldValue(b, field.name).value_or(kNone);
    if (field.value != other) differences.push_back({field.name, field.value, std::string(other)});
  }
  for (const StepField& field : b.fields) {
    if (Ignored(field) || FieldValue(a, field.name)) continue;
    differences.push_back({field.name, std::string(kNone), field.value});
  }
  Content content = CompareContent(a, b);
  if (content.difference) differences.push_back(*std::move(content.difference));
  return differences;
}

// Steps without a difference have the same, in whatever order their fields stand.
std::size_t StepDiff::DigestOf(const Step& step, std::size_t kind) const {
  const std::hash<std::string_view> hash;
  std::size_t fields = 0;
  for (const StepField& field : step.fields) {
    const bool first = FieldValue(step, field.name)->data() == field.value.data();
    if (first && !Ignored(field)) fields += Mixed(hash(field.name), hash(field.value));
  }
  std::size_t digest = Mixed(kind, fields);
  if (!Ignored("outcome")) digest = Mixed(digest, static_cast<std::size_t>(step.outcome));
  if (!Ignored("content")) digest = Mixed(digest, step.content_bytes);
  return digest;
}

bool StepDiff::PairsFrom(std::size_t a, std::size_t b, bool whole_steps) const {
  std::size_t pairs = 0;
  while (pairs < kPairsInARow && a < a_.window.size() && b < b_.window.size()) {
    const Entry& left = a_.window[a++];
    const Entry& right = b_.window[b++];
    if (whole_steps ? left.whole != right.whole : left.kind != right.kind) return false;
    if (!SameKind(left.step, right.step)) return false;
    if (whole_steps && !Compare(left.step, right.step).empty()) return false;
    ++pairs;
  }
  if (pairs == kPairsInARow) return true;
  // Fewer are enough if a session ends with them.
  return pairs > 0 && ((a_.ended && a == a_.window.size()) || (b_.ended && b == b_.window.size()));
}

// The nearest pairs, those that skip least first.
std::optional<StepDiff::Shift> StepDiff::FindShift(bool whole_steps) const {
  const std::size_t most = a_.window.size() + b_.window.size();
  for (std::size_t skipped = 1; skipped < most; ++skipped) {
    for (std::size_t a = 0; a <= skipped; ++a) {
      const std::size_t b = skipped - a;
      if (a < a_.window.size() && b < b_.window.size() && PairsFrom(a, b, whole_steps)) {
        return Shift{a, b};
      }
    }
  }
  return std::nullopt;
}

void StepDiff::CountContent(const Step& a, const Step& b) {
  const Content content = CompareContent(a, b);
  if (content.by_sums) {
    ++summed_.steps;
    summed_.bytes += a.content_bytes;
  }
  const std::string_view why = content.unknown;
  if (why.empty()) return;
  if (unknown_.steps == 0) {
    unknown_.first_a = a;
    unknown_.first_b = b;
  }
  ++unknown_.steps;
  unknown_.bytes += a.content_bytes;
  ++unknown_.reasons[std::string(why)];
}

void StepDiff::Pop(StepDifference* difference) {
  CountContent(a_.window.front().step, b_.window.front().step);
  if (difference != nullptr) {
    difference->only_a.push_back(std::move(a_.window.front().step));
    difference->only_b.push_back(std::move(b_.window.front().step));
  } else {
    before_.push_back(std::move(a_.window.front().step));
    if (before_.size() > kBefore) before_.pop_front();
  }
  a_.window.pop_front();
  b_.window.pop_front();
  ++compared_;
}

StepDifference StepDiff::TakeUnpaired(const Shift& shift) {
  StepDifference difference;
  for (std::size_t i = 0; i < shift.a; ++i) {
    difference.only_a.push_back(std::move(a_.window.front().step));
    a_.window.pop_front();
  }
  for (std::size_t i = 0; i < shift.b; ++i) {
    difference.only_b.push_back(std::move(b_.window.front().step));
    b_.window.pop_front();
  }
  return difference;
}

Result<std::optional<StepDifference>> StepDiff::Next() {
  for (;;) {
    TRY(Fill(a_));
    TRY(Fill(b_));
    if (lost_ || (a_.window.empty() && b_.window.empty())) {
      return std::optional<StepDifference>();
    }
    StepDifference difference;
    const bool one_ended = a_.window.empty() || b_.window.empty();
    if (one_ended) {
      difference = TakeUnpaired({a_.window.size(), b_.window.size()});
    } else if (SameKind(a_.window.front().step, b_.window.front().step)) {
      difference.fields = Compare(a_.window.front().step, b_.window.front().step);
      if (difference.fields.empty()) {
        Pop(nullptr);
        continue;
      }
      // A step more on one side, of the same kind as the next, would make all that follow differ.
      const std::optional<Shift> shift = FindShift(true);
      if (shift && (shift->a == 0 || shift->b == 0)) {
        difference = TakeUnpaired(*shift);
      } else {
        Pop(&difference);
      }
    } else {
      const std::optional<Shift> shift = FindShift(false);
      lost_ = !shift;
      difference = TakeUnpaired(shift.value_or(Shift{a_.window.size(), b_.window.size()}));
      difference.lost = lost_ && !(a_.ended && b_.ended);
    }
    difference.before.assign(before_.begin(), before_.end());
    return std::optional<StepDifference>(std::move(difference));
  }
}

}  // namespace mtkrig::traces
