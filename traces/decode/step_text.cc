#include "traces/decode/step_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mtkrig::traces {
namespace {

constexpr std::size_t kBytesOnLine = 16;

// What a reader of a line does not miss.
bool IsDull(const StepField& field) {
  if (field.name.ends_with("status") && field.value.ends_with("(success)")) return true;
  return field.name == "packet length" || field.name == "host";
}

double Seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void Append(std::string& text, std::string_view part) {
  if (part.empty()) return;
  if (!text.empty()) text += "  ";
  text += part;
}

}  // namespace

std::string DurationText(Duration duration) {
  const double ns = static_cast<double>(duration.count());
  if (duration < std::chrono::microseconds(1)) return fmt::format("{:.0f} ns", ns);
  if (duration < std::chrono::milliseconds(1)) return fmt::format("{:.1f} us", ns / 1e3);
  if (duration < std::chrono::seconds(1)) return fmt::format("{:.1f} ms", ns / 1e6);
  return fmt::format("{:.2f} s", ns / 1e9);
}

std::string ByteCountText(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be printed as "1024.0".
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits.at(unit));
}

std::string RateText(std::uint64_t bytes, Duration duration) {
  if (duration <= Duration::zero() || bytes == 0) return {};
  const double rate = static_cast<double>(bytes) / Seconds(duration);
  if (rate < 1e3) return fmt::format("{:.0f} B/s", rate);
  if (rate < 1e6) return fmt::format("{:.1f} kB/s", rate / 1e3);
  if (rate < 1e9) return fmt::format("{:.1f} MB/s", rate / 1e6);
  return fmt::format("{:.2f} GB/s", rate / 1e9);
}

std::string StepSummary(const Step& step, bool everything) {
  std::string text;
  for (const StepField& field : step.fields) {
    if (everything || !IsDull(field)) Append(text, field.name + ' ' + field.value);
  }
  if (step.content_bytes > 0) {
    std::string content = ByteCountText(step.content_bytes);
    const std::string rate = RateText(step.content_bytes, step.end - step.start);
    if (!rate.empty()) content += " at " + rate;
    Append(text, content);
  } else if (step.layer == Layer::kUnknown) {
    Append(text, fmt::format("{} to the phone, {} to the host", ByteCountText(step.bytes_to_phone),
                             ByteCountText(step.bytes_to_host)));
  }
  return text;
}

std::string StepLine(const Step& step) {
  std::string text = step.name;
  Append(text, StepSummary(step));
  if (step.outcome != Outcome::kOk) {
    text += fmt::format(" -- {}: {}", OutcomeName(step.outcome), step.problem);
  }
  return text;
}

std::vector<std::string> ExcerptLines(const Step& step) {
  std::vector<std::string> lines;
  for (const Excerpt& excerpt : step.excerpts) {
    const char mark = excerpt.direction == Direction::kToPhone ? '>' : '<';
    std::size_t at = 0;
    do {
      std::string line(1, mark);
      const std::size_t end = std::min(at + kBytesOnLine, excerpt.bytes.size());
      for (; at < end; ++at) line += fmt::format(" {:02x}", excerpt.bytes[at]);
      if (at == excerpt.bytes.size() && excerpt.length > excerpt.bytes.size()) {
        line += fmt::format(" ... {} in all", excerpt.length);
      }
      lines.push_back(std::move(line));
      // The next line of the same bytes stands under them.
    } while (at < excerpt.bytes.size());
  }
  return lines;
}

}  // namespace mtkrig::traces
