#include "harness/trace/step_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "harness/text.h"
#include "harness/ui/shorten.h"
#include "harness/ui/wrap.h"
#include "traces/decode/step_text.h"

namespace mtkrig::harness {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kCyan = "\x1b[36m";
// A terminal that is narrower has no room for the column of layers.
constexpr std::size_t kNarrow = 70;
// Of what happened within one step; beyond that it is printed as it comes.
constexpr std::size_t kMaxWaiting = 256;
constexpr std::string_view kIndent = "            ";
constexpr std::string_view kApart = "  ";  // between the fields of a line

// What happens below a conversation, again and again: polling, and requests of the enumeration.
bool IsBackground(const traces::Step& step) {
  if (step.layer != traces::Layer::kLine || !step.incidental) return false;
  return step.name != "comment" && step.name != "attached" && step.name != "detached" &&
         step.name != "gap";
}

// What may happen while a step is under way.
bool IsNote(const traces::Step& step) {
  return step.layer == traces::Layer::kLine && step.incidental && step.name != "gap";
}

bool IsGap(const traces::Step& step) {
  return step.layer == traces::Layer::kLine && step.name == "gap";
}

bool SameText(const traces::Step& a, const traces::Step& b) {
  return a.layer == b.layer && a.name == b.name && a.phase == b.phase && a.fields == b.fields &&
         a.outcome == b.outcome && a.problem == b.problem;
}

// What stands two blanks apart, as many to a line as there is room for, each line indented.
std::string Below(std::string_view text, std::size_t width) {
  std::string lines;
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) lines += WrapLines(line, width) + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kApart), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + kApart.size(), text.size()));
    if (part.empty()) continue;
    if (!line.empty() && Columns(line) + kApart.size() + Columns(part) >= width) end_line();
    line += line.empty() ? kIndent : kApart;
    line += part;
  }
  end_line();
  return lines;
}

// Where a line must end to have `width` columns; UTF-8 is not cut within a character.
std::size_t CutAt(std::string_view text, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U) continue;
    if (columns++ == width) return i;
  }
  return text.size();
}

}  // namespace

StepPrinter::StepPrinter(const StepPrinterOptions& options, Print print)
    : options_(options), print_(std::move(print)) {}

std::string StepPrinter::Colored(std::string_view color, std::string_view text) const {
  if (!options_.color) return std::string(text);
  return fmt::format("{}{}{}", color, text, kReset);
}

void StepPrinter::Add(const traces::Step& step) {
  if (!began_) began_ = step.start;
  if (IsBackground(step) && !options_.verbose) return;
  // Steps come in the order of their ends: what happened within one comes in front of it.
  if (IsNote(step) && waiting_.size() < kMaxWaiting) {
    waiting_.push_back(step);
    return;
  }
  PrintWaiting(step.first_packet);
  Hold(step);
  PrintWaiting(std::nullopt);
}

// Those that began before this packet; all without one, or where packets have no numbers.
void StepPrinter::PrintWaiting(std::optional<std::uint64_t> before) {
  while (!waiting_.empty() &&
         (before.value_or(0) == 0 || waiting_.front().first_packet < *before)) {
    Hold(waiting_.front());
    waiting_.pop_front();
  }
}

void StepPrinter::Hold(const traces::Step& step) {
  if (held_ && held_->incidental && !options_.verbose && SameText(*held_, step)) {
    ++repeated_;
    return;
  }
  PrintHeld();
  held_ = step;
  repeated_ = 1;
}

void StepPrinter::Finish() {
  PrintWaiting(std::nullopt);
  PrintHeld();
}

void StepPrinter::PrintHeld() {
  if (!held_) return;
  PrintStep();
  held_.reset();
}

void StepPrinter::PrintPhase(const std::string& phase) {
  if (phase == phase_) return;
  phase_ = phase;
  print_(Colored(kBold, fmt::format("-- {}", Printable(phase))) + "\n");
}

std::string StepPrinter::Head(const traces::Step& step) const {
  const double seconds = std::chrono::duration<double>(step.start - *began_).count();
  const std::string time = fmt::format("{:11.6f}", seconds);
  if (options_.width && *options_.width < kNarrow) return fmt::format("{:9.3f}  ", seconds);
  return fmt::format("{}  {:<9}  ", time, traces::LayerName(step.layer));
}

// All of the line, below each other what has no room beside.
void StepPrinter::PrintWhole(std::string_view head, std::string_view name, std::string_view color,
                             std::string_view rest) {
  const std::string start = Colored(kDim, head) + Colored(color, name);
  if (!options_.width || Columns(head) + Columns(name) + Columns(rest) <= *options_.width) {
    print_(fmt::format("{}{}\n", start, rest));
  } else {
    print_(fmt::format("{}\n{}", start, Below(rest, *options_.width)));
  }
}

// A line below the step's own.
void StepPrinter::PrintBelow(std::string_view color, std::string_view text) {
  const std::string lines = WrapLines(fmt::format("{}{}", kIndent, text), options_.width);
  print_(fmt::format("{}{}\n", kIndent,
                     Colored(color, std::string_view(lines).substr(kIndent.size()))));
}

void StepPrinter::PrintLine(std::string_view head, std::string_view name, std::string_view rest) {
  const std::string plain = fmt::format("{}{}{}", head, name, rest);
  std::string_view shown = rest;
  std::string_view mark;
  if (options_.width) {
    const std::size_t end = CutAt(plain, *options_.width);
    if (end < plain.size() && *options_.width > 3) {
      const std::size_t cut = CutAt(plain, *options_.width - 3);
      const std::size_t before = head.size() + name.size();
      shown = rest.substr(0, cut > before ? cut - before : 0);
      mark = "...";
    }
  }
  print_(fmt::format("{}{}{}{}\n", Colored(kDim, head), Colored(kCyan, name), shown, mark));
}

void StepPrinter::PrintStep() {
  const traces::Step& step = *held_;
  PrintPhase(step.phase);
  std::string rest;
  const std::string summary = Printable(traces::StepSummary(step, options_.verbose));
  if (!summary.empty()) rest += "  " + summary;
  if (repeated_ > 1) rest += fmt::format("  ({} times)", repeated_);
  const std::string name = Printable(step.name);
  if (IsGap(step)) {
    // Never cut: everything behind it is to be read with care.
    PrintWhole(Head(step), name, kRed, rest);
  } else if (options_.verbose) {
    PrintWhole(Head(step), name, kCyan, rest);
  } else {
    PrintLine(Head(step), name, rest);
  }
  if (step.outcome != traces::Outcome::kOk) {
    PrintBelow(kRed,
               fmt::format("{}: {}", traces::OutcomeName(step.outcome), Printable(step.problem)));
  }
  if (options_.verbose) PrintDetails();
}

void StepPrinter::PrintDetails() {
  const traces::Step& step = *held_;
  std::string text = step.last_packet == 0
                         ? "no packet"
                         : fmt::format("packets {} to {}", step.first_packet, step.last_packet);
  if (step.bytes_to_phone > 0) {
    text +=
        fmt::format(", {} bytes in {} to the phone", step.bytes_to_phone, step.packets_to_phone);
  }
  if (step.bytes_to_host > 0) {
    text += fmt::format(", {} bytes in {} to the host", step.bytes_to_host, step.packets_to_host);
  }
  if (step.end > step.start) text += ", took " + traces::DurationText(step.end - step.start);
  if (step.latency) text += ", answered after " + traces::DurationText(*step.latency);
  PrintBelow(kDim, text);
  if (!step.content_digest.empty()) PrintBelow(kDim, step.content_digest);
  for (const std::string& line : traces::ExcerptLines(step)) {
    print_(fmt::format("{}{}\n", kIndent, line));
  }
}

}  // namespace mtkrig::harness
