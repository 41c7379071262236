// What StepDiff tells of the contents of a pair.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "traces/decode/content_check.h"
#include "traces/decode/step_diff.h"

namespace mtkrig::traces {

StepDiff::Content StepDiff::CompareContent(const Step& a, const Step& b) const {
  if (Ignored(kIgnoreContent)) return {};
  const auto differ = [](std::string in_a, std::string in_b) {
    return Content{FieldDifference{std::string(kIgnoreContent), std::move(in_a), std::move(in_b)}};
  };
  if (a.content_bytes != b.content_bytes) {
    return differ(fmt::format("{} bytes", a.content_bytes),
                  fmt::format("{} bytes", b.content_bytes));
  }
  const bool checksums = !a.checksum_digest.empty() && !b.checksum_digest.empty();
  const bool whole = a.missing.bytes == 0 && b.missing.bytes == 0;
  if (whole && a.content_digest != b.content_digest) {
    return differ(a.content_digest, b.content_digest);
  }
  if (checksums && a.checksum_digest != b.checksum_digest) {
    return differ("checksums " + a.checksum_digest, "checksums " + b.checksum_digest);
  }
  if (whole) return {};
  BytesVerdict verdict = CompareMissing(a.missing, b.missing, kIgnoreContent);
  if (verdict.difference) return {std::move(verdict.difference)};
  const bool all_summed = checksums && a.checksummed_bytes >= a.content_bytes;
  if (!verdict.unknown.empty() && all_summed) return {.difference = {}, .by_sums = true};
  return {.difference = {}, .unknown = verdict.unknown};
}

// By the first reading, and where that cannot tell by a second one. Of one pair after the other: a
// second reading does not go back.
StepDiff::Content StepDiff::CheckContent(const Step& a, const Step& b) const {
  Content content = CompareContent(a, b);
  const bool other_bytes = a.missing.layout != b.missing.layout;
  const bool open = !content.unknown.empty() || content.by_sums;
  const bool any = a.missing.left_open || b.missing.left_open;
  if (options_.contents == nullptr || !open || !other_bytes || any) return content;
  ContentVerdict verdict = options_.contents->Compare(a, b, kIgnoreContent);
  if (verdict.difference) return {std::move(verdict.difference)};
  if (verdict.known == ContentVerdict::Known::kSame) return {};
  const bool samples = verdict.known == ContentVerdict::Known::kSamples;
  if (samples && !content.by_sums) content.unknown = kOfSamples;
  return content;
}

void StepDiff::CountContent(const Content& content, const Step& a, const Step& b) {
  if (content.by_sums) {
    ++summed_.steps;
    summed_.bytes += a.content_bytes;
  }
  const std::string_view rest = CompareRest(a, b).unknown;
  if (content.unknown.empty() && rest.empty()) return;
  if (unknown_.steps == 0) {
    unknown_.first_a = a;
    unknown_.first_b = b;
  }
  ++unknown_.steps;
  if (content.unknown.empty()) {
    ++unknown_.reasons[fmt::format("of bytes that are no field: {}", rest)];
    return;
  }
  unknown_.bytes += a.content_bytes;
  ++unknown_.reasons[std::string(content.unknown)];
}

}  // namespace mtkrig::traces
