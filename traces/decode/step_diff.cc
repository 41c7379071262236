#include "traces/decode/step_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
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

// One that did not end well says more than it would if it were left out, but for those of the line.
bool IsPassedOver(const Step& step) {
  return step.incidental && (step.outcome == Outcome::kOk || step.layer == Layer::kLine);
}

bool IsAttachment(const Step& step) {
  return step.layer == Layer::kLine && step.name == "attached";
}

std::vector<StepField> IncidentalFields(const Step& step) {
  std::vector<StepField> fields;
  std::copy_if(step.fields.begin(), step.fields.end(), std::back_inserter(fields),
               [](const StepField& field) { return field.kind == FieldKind::kIncidental; });
  return fields;
}

// Whether steps that ended badly in the same way came equally far if they have as many bytes. Those
// of a handshake and of what is not understood are all in Step::rest, without READY; packets of
// content have headers and acks, and what is told as incidental may be longer on one side.
bool TellHowFar(const Step& a, const Step& b) {
  if (a.outcome != b.outcome || a.outcome == Outcome::kOk) return false;
  if (a.layer == Layer::kLine || a.layer == Layer::kHandshake || a.layer == Layer::kUnknown) {
    return false;
  }
  const bool packets = a.layer != Layer::kBrom && (a.content_bytes > 0 || b.content_bytes > 0);
  return !packets && IncidentalFields(a) == IncidentalFields(b);
}

std::string HowFar(const Step& step) {
  return fmt::format("{} {} to the phone, {} to the host", step.bytes_to_phone,
                     step.bytes_to_phone == 1 ? "byte" : "bytes", step.bytes_to_host);
}

const RestBytes* FindRest(const Step& step, Direction direction, bool identity) {
  for (const RestBytes& rest : step.rest) {
    if (rest.direction == direction && rest.identity == identity) return &rest;
  }
  return nullptr;
}

// The field of the same name, where a step has several of the one at `index` the one that comes as
// late among them.
const StepField* Counterpart(const Step& step, std::size_t index, const Step& other) {
  const std::string& name = step.fields[index].name;
  std::size_t earlier = 0;
  for (std::size_t i = 0; i < index; ++i) earlier += step.fields[i].name == name ? 1 : 0;
  for (const StepField& field : other.fields) {
    if (field.name == name && earlier-- == 0) return &field;
  }
  return nullptr;
}

}  // namespace

StepDiff::StepDiff(StepReader& a, StepReader& b, StepDiffOptions options)
    : a_{a, {}, false, {}}, b_{b, {}, false, {}}, options_(std::move(options)) {}

std::vector<std::string> StepDiff::unmet_ignores() const {
  std::vector<std::string> unmet;
  if (field_names_.size() >= kMaxNames) return unmet;
  for (const std::string& name : options_.ignore) {
    const bool known = name == kIgnoreIdentity || name == kIgnoreContent ||
                       name == kIgnoreOutcome || name == kIgnoreBytes;
    if (!known && !field_names_.contains(name)) unmet.push_back(name);
  }
  return unmet;
}

void StepDiff::NoteNames(const Step& step) {
  if (options_.ignore.empty()) return;
  for (const StepField& field : step.fields) {
    if (field_names_.size() < kMaxNames) field_names_.insert(field.name);
  }
}

Result<void> StepDiff::Fill(Side& side) {
  while (!side.ended && side.window.size() < kWindow) {
    TRY_ASSIGN(std::optional<Step> step, side.reader.Next());
    if (!step) {
      side.ended = true;
    } else if (IsAttachment(*step)) {
      NoteNames(*step);
      side.attached = *std::move(step);
    } else if (!IsPassedOver(*step)) {
      NoteNames(*step);
      const std::size_t kind = KindOf(*step);
      const std::size_t whole = DigestOf(*step, kind);
      const std::optional<std::size_t> rest = DigestOfRest(*step);
      side.window.push_back({*std::move(step), kind, whole, rest, std::move(side.attached)});
      side.attached.reset();
    }
  }
  return Ok();
}

bool StepDiff::Ignored(std::string_view name) const {
  return std::find(options_.ignore.begin(), options_.ignore.end(), name) != options_.ignore.end();
}

bool StepDiff::Ignored(const StepField& field) const {
  return field.kind == FieldKind::kIncidental || Ignored(field.name) ||
         (field.kind == FieldKind::kIdentity && Ignored(kIgnoreIdentity));
}

bool StepDiff::Ignored(const RestBytes& rest) const {
  return Ignored(kIgnoreBytes) || (rest.identity && Ignored(kIgnoreIdentity));
}

BytesVerdict StepDiff::CompareRest(const Step& a, const Step& b) const {
  BytesVerdict found;
  for (const bool identity : {false, true}) {
    for (const Direction direction : {Direction::kToPhone, Direction::kToHost}) {
      const RestBytes* in_a = FindRest(a, direction, identity);
      const RestBytes* in_b = FindRest(b, direction, identity);
      if (in_a == nullptr && in_b == nullptr) continue;
      if (Ignored(in_a != nullptr ? *in_a : *in_b)) continue;
      BytesVerdict verdict = CompareRestBytes(in_a, in_b, kIgnoreBytes);
      if (!found.difference) found.difference = std::move(verdict.difference);
      if (found.unknown.empty()) found.unknown = verdict.unknown;
    }
  }
  return found;
}

std::vector<FieldDifference> StepDiff::Compare(const Step& a, const Step& b) const {
  ++looked_into_;
  std::vector<FieldDifference> differences;
  if (a.outcome != b.outcome && !Ignored(kIgnoreOutcome)) {
    const auto told = [](const Step& step) {
      std::string text(OutcomeName(step.outcome));
      if (!step.problem.empty()) text += ": " + step.problem;
      return text;
    };
    differences.push_back({"outcome", told(a), told(b)});
  }
  const bool as_far = a.bytes_to_phone == b.bytes_to_phone && a.bytes_to_host == b.bytes_to_host;
  if (!as_far && !Ignored(kIgnoreOutcome) && TellHowFar(a, b)) {
    differences.push_back({"ends after", HowFar(a), HowFar(b)});
  }
  CompareFields(a, b, differences);
  Content content = CompareContent(a, b);
  if (content.difference) differences.push_back(*std::move(content.difference));
  BytesVerdict rest = CompareRest(a, b);
  if (rest.difference) differences.push_back(*std::move(rest.difference));
  return differences;
}

void StepDiff::CompareFields(const Step& a, const Step& b,
                             std::vector<FieldDifference>& found) const {
  const std::string none = "(none)";
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    const StepField& field = a.fields[i];
    if (Ignored(field)) continue;
    const StepField* other = Counterpart(a, i, b);
    const bool same =
        other != nullptr && field.value == other->value && field.whole_hash == other->whole_hash;
    if (!same) found.push_back({field.name, field.value, other != nullptr ? other->value : none});
  }
  for (std::size_t i = 0; i < b.fields.size(); ++i) {
    const StepField& field = b.fields[i];
    if (Ignored(field) || Counterpart(b, i, a) != nullptr) continue;
    found.push_back({field.name, none, field.value});
  }
  if (!Ignored(kIgnoreBytes) && a.dropped_fields != b.dropped_fields) {
    found.push_back({std::string(kIgnoreBytes), "fields beyond those that are shown", "others"});
  }
}

// Steps without a difference have the same, in whatever order their fields stand.
std::size_t StepDiff::DigestOf(const Step& step, std::size_t kind) const {
  const std::hash<std::string_view> hash;
  std::size_t fields = 0;
  for (const StepField& field : step.fields) {
    if (!Ignored(field)) fields += Mixed(hash(field.name), hash(field.value) + field.whole_hash);
  }
  std::size_t digest = Mixed(Mixed(kind, fields), step.dropped_fields);
  if (!Ignored(kIgnoreOutcome)) digest = Mixed(digest, static_cast<std::size_t>(step.outcome));
  if (!Ignored(kIgnoreContent)) digest = Mixed(digest, step.content_bytes);
  return digest;
}

std::optional<std::size_t> StepDiff::DigestOfRest(const Step& step) const {
  const std::hash<std::string_view> hash;
  std::size_t digest = 0;
  for (const RestBytes& rest : step.rest) {
    if (Ignored(rest)) continue;
    if (rest.missing.bytes > 0) return std::nullopt;
    const std::size_t which =
        (rest.identity ? 2 : 0) + (rest.direction == Direction::kToHost ? 1 : 0);
    digest += Mixed(which, hash(rest.digest));
  }
  return digest;
}

bool StepDiff::PairsFrom(std::size_t a, std::size_t b, bool whole_steps) const {
  std::size_t pairs = 0;
  while (pairs < kPairsInARow && a < a_.window.size() && b < b_.window.size()) {
    const Entry& left = a_.window[a++];
    const Entry& right = b_.window[b++];
    if (whole_steps ? left.whole != right.whole : left.kind != right.kind) return false;
    if (whole_steps && left.rest && right.rest && left.rest != right.rest) return false;
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

void StepDiff::Pop(const Content& content, StepDifference* difference) {
  CountContent(content, a_.window.front().step, b_.window.front().step);
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

// The pair in front, whose differences but those of contents that only a second reading tells stand
// in `difference`. False where there are none.
bool StepDiff::TakePair(StepDifference& difference) {
  std::vector<FieldDifference>& fields = difference.fields;
  Content content = CheckContent(a_.window.front().step, b_.window.front().step);
  const bool told = std::any_of(fields.begin(), fields.end(), [](const FieldDifference& field) {
    return field.name == kIgnoreContent;
  });
  if (content.difference && !told) fields.push_back(*content.difference);
  Pop(content, fields.empty() ? nullptr : &difference);
  return !fields.empty();
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

// One side may not have been told, or have enumerated where the other did not.
std::optional<StepDifference> StepDiff::TakeOtherId(std::optional<Step>& a,
                                                    std::optional<Step>& b) const {
  const std::optional<Step> in_a = std::exchange(a, std::nullopt);
  const std::optional<Step> in_b = std::exchange(b, std::nullopt);
  if (!in_a || !in_b || in_a->fields.empty() || in_b->fields.empty()) return std::nullopt;
  StepDifference difference;
  CompareFields(*in_a, *in_b, difference.fields);
  if (difference.fields.empty()) return std::nullopt;
  difference.only_a = {*in_a};
  difference.only_b = {*in_b};
  difference.before.assign(before_.begin(), before_.end());
  return difference;
}

Result<std::optional<StepDifference>> StepDiff::Next() {
  for (;;) {
    TRY(Fill(a_));
    TRY(Fill(b_));
    if (lost_) return std::optional<StepDifference>();
    if (a_.window.empty() && b_.window.empty()) return TakeOtherId(a_.attached, b_.attached);
    StepDifference difference;
    const bool one_ended = a_.window.empty() || b_.window.empty();
    if (one_ended) {
      difference = TakeUnpaired({a_.window.size(), b_.window.size()});
    } else if (SameKind(a_.window.front().step, b_.window.front().step)) {
      auto other_id = TakeOtherId(a_.window.front().attached, b_.window.front().attached);
      if (other_id) return other_id;
      difference.fields = Compare(a_.window.front().step, b_.window.front().step);
      // A step more on one side, of the same kind as the next, would make all that follow differ.
      const std::optional<Shift> shift = difference.fields.empty() ? std::nullopt : FindShift(true);
      if (shift && (shift->a == 0 || shift->b == 0)) {
        difference = TakeUnpaired(*shift);
      } else if (!TakePair(difference)) {
        continue;
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
