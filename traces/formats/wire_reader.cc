#include "traces/formats/wire_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <utility>

#include "traces/formats/wire_lines.h"
#include "traces/formats/wire_text.h"
#include "traces/formats/wire_transfer.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

// Comments in front of the first transfer that are held back until the facts are complete.
constexpr std::size_t kMaxHeadEvents = 4096;
constexpr std::size_t kMaxAbout = 4096;
// Of all texts that are held at once: comments of the head, facts, comments beside one transfer.
constexpr std::size_t kMaxHeldText = std::size_t{2} * 1024 * 1024;
constexpr std::size_t kMaxTransferComments = 4096;
// Of transfers in repetitions: what a few words stand for.
constexpr std::uint64_t kMaxRepeatedBytes = std::uint64_t{4} << 30;
// The same with what was cut: all that the largest phone holds.
constexpr std::uint64_t kMaxRepeatedLength = std::uint64_t{1} << 40;

using Wrong = std::optional<std::string>;

class WireReader final : public TraceReader {
 public:
  WireReader(std::unique_ptr<ByteSource> source, const std::string& name)
      : lines_(std::move(source), name) {}

  Result<void> ReadHead();
  Result<std::optional<Event>> Next() override;
  const SessionFacts& facts() const override { return facts_; }

 private:
  Result<void> ReadLine(const WireLine& line);
  Wrong TakeTime(std::string_view& text);
  Result<void> ReadTransfer(const WireLine& line, std::string_view text);
  Wrong Directive(const WireLine& line, std::string_view text);
  Wrong Fact(std::string_view keyword, std::string value);
  Wrong Attach(const WireLine& line, std::string_view ids);
  void Push(const WireLine& line, Event event);
  bool head_is_full() const {
    return events_.size() >= kMaxHeadEvents || held_text_ > kMaxHeldText;
  }

  WireLines lines_;
  SessionFacts facts_;
  std::deque<Event> events_;
  Duration time_{};
  Duration latency_{};         // of the line that is being read
  std::size_t held_text_ = 0;  // of events_, since it was empty last
  std::size_t about_text_ = 0;
  std::uint64_t repeated_bytes_ = 0;  // kept, of transfers in repetitions
  std::uint64_t repeated_length_ = 0;
  bool in_head_ = true;
  bool gap_told_ = false;
};

Result<void> WireReader::ReadHead() {
  while (in_head_ && !head_is_full()) {
    TRY_ASSIGN(const std::optional<WireLine> line, lines_.Next());
    if (!line.has_value()) break;
    TRY(ReadLine(*line));
  }
  return Ok();
}

Result<std::optional<Event>> WireReader::Next() {
  while (events_.empty()) {
    TRY_ASSIGN(const std::optional<WireLine> line, lines_.Next());
    if (line.has_value()) {
      TRY(ReadLine(*line));
      continue;
    }
    if (!(lines_.cut_short() || lines_.cut_in_line()) || gap_told_) return std::optional<Event>();
    gap_told_ = true;
    const std::string_view why = lines_.cut_short() ? gaps::kTransferEndsEarly : gaps::kEndsInLine;
    Push({}, TextEvent(EventKind::kGap, std::string(why)));
  }
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  if (events_.empty()) held_text_ = 0;
  return event;
}

Result<void> WireReader::ReadLine(const WireLine& line) {
  std::string_view text = Trim(line.text);
  if (text.empty()) return Ok();
  if (line.continues()) {
    return lines_.Wrong(line, "an indented line goes on with a transfer, and none is in front");
  }
  latency_ = Duration::zero();
  if (text[0] == '[') {
    if (const Wrong wrong = TakeTime(text); wrong.has_value()) return lines_.Wrong(line, *wrong);
  }
  if (text.empty()) return lines_.Wrong(line, "nothing stands behind the time");
  switch (text[0]) {
    case '#':
      Push(line, TextEvent(EventKind::kComment, std::string(Trim(text.substr(1)))));
      return Ok();
    case '@':
      if (const Wrong wrong = Directive(line, Trim(text.substr(1))); wrong.has_value()) {
        return lines_.Wrong(line, *wrong);
      }
      return Ok();
    case '>':
    case '<':
    case '!':
      in_head_ = false;
      return ReadTransfer(line, text);
    default:
      return lines_.Wrong(line, "a line begins with > < ! @ # or [");
  }
}

// "[+120us ~80us]": time since the line before, and how long the transfer took.
Wrong WireReader::TakeTime(std::string_view& text) {
  const std::size_t end = text.find(']');
  const auto split =
      end == std::string_view::npos ? std::nullopt : SplitWords(text.substr(1, end - 1));
  if (!split.has_value() || split->commented) return "a ']' expected behind the time";
  Duration step{};
  for (const WireWord& word : split->words) {
    const char sign = word.text.empty() ? '\0' : word.text[0];
    const auto duration = sign == '\0' ? std::nullopt : ParseDuration(word.text.substr(1));
    if (!duration.has_value() || (sign != '+' && sign != '-' && sign != '~')) {
      return "'+TIME', '-TIME' or '~DURATION' expected in brackets, in ns, us, ms or s";
    }
    if (sign == '~') {
      latency_ = *duration;
    } else {
      step = sign == '+' ? *duration : -*duration;
    }
  }
  // Both are within 64 bits; their sum need not be.
  if ((step > Duration::zero() && time_ > Duration::max() - step) ||
      (step < Duration::zero() && time_ < Duration::min() - step)) {
    return "a time beyond the year 2262";
  }
  time_ += step;
  text = Trim(text.substr(end + 1));
  return std::nullopt;
}

Result<void> WireReader::ReadTransfer(const WireLine& line, std::string_view text) {
  WireTransfer transfer(text[0] == '>' ? Direction::kToPhone : Direction::kToHost);
  transfer.event().latency = latency_;
  if (text[0] != '!') text.remove_prefix(1);
  std::size_t comments = 0;
  const auto take = [&](const WireLine& at, std::string_view words) -> Result<void> {
    transfer.TakeBytes(words);
    if (words.empty()) return Ok();
    const auto split = SplitWords(words);
    if (!split.has_value()) return lines_.Wrong(at, "quotes are opened and not closed");
    if (split->commented) {
      if (++comments > kMaxTransferComments || held_text_ > kMaxHeldText) {
        return lines_.Wrong(at, fmt::format("more than {} comments, or {} MiB of them, beside one "
                                            "transfer",
                                            kMaxTransferComments, kMaxHeldText / 1024 / 1024));
      }
      Push(at, TextEvent(EventKind::kComment, std::string(split->comment)));
    }
    const auto wrong = transfer.Take(split->words);
    if (wrong.has_value()) return lines_.Wrong(at, *wrong);
    return Ok();
  };
  TRY(take(line, text));
  while (true) {
    const WireLine* const next = lines_.Peek();
    if (next == nullptr || !next->continues()) break;
    TRY_ASSIGN(const std::optional<WireLine> more, lines_.Next());
    if (more.has_value()) TRY(take(*more, more->text));
  }
  if (const auto wrong = transfer.Finish(); wrong.has_value()) return lines_.Wrong(line, *wrong);
  if (line.repeated_by > 0) {
    repeated_bytes_ += transfer.event().bytes.size();
    repeated_length_ += transfer.event().length;
  }
  if (repeated_length_ > kMaxRepeatedLength) {
    return lines_.Wrong(line, fmt::format("the '@ repeat' of line {} makes more than {} TiB, which "
                                          "is more than a phone holds: repeat it less often",
                                          line.repeated_by, kMaxRepeatedLength >> 40));
  }
  if (repeated_bytes_ > kMaxRepeatedBytes) {
    return lines_.Wrong(line, fmt::format("the '@ repeat' of line {} makes more than {} GiB; write "
                                          "'... N' for bytes that need not be kept",
                                          line.repeated_by, kMaxRepeatedBytes >> 30));
  }
  Push(line, std::move(transfer.event()));
  return Ok();
}

Wrong WireReader::Directive(const WireLine& line, std::string_view text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view keyword = text.substr(0, end);
  std::string_view rest = Trim(text.substr(end));
  if (keyword == "attach" || keyword == "detach" || keyword == "start") {
    const std::size_t hash = rest.find('#');
    if (hash != std::string_view::npos) {
      Push(line, TextEvent(EventKind::kComment, std::string(Trim(rest.substr(hash + 1)))));
      rest = Trim(rest.substr(0, hash));
    }
  }
  constexpr std::array<std::pair<std::string_view, EventKind>, 3> kTexts = {
      {{"phase", EventKind::kPhase}, {"comment", EventKind::kComment}, {"gap", EventKind::kGap}}};
  std::optional<std::string> value = ParseText(rest);
  if (!value.has_value()) return "quotes that do not close, or an unknown escape";
  for (const auto& [name, kind] : kTexts) {
    if (keyword != name) continue;
    in_head_ = in_head_ && kind == EventKind::kComment;
    Push(line, TextEvent(kind, *std::move(value)));
    return std::nullopt;
  }
  if (keyword == "attach") return Attach(line, rest);
  if (keyword == "detach") {
    if (!rest.empty()) return "nothing expected behind '@ detach'";
    in_head_ = false;
    Push(line, TextEvent(EventKind::kDetached, ""));
    return std::nullopt;
  }
  if (keyword == "wire") {
    if (rest != "1") return "of another version than 1, which is all that this mtkrig reads";
    return std::nullopt;
  }
  if (keyword == "start") {
    const auto time = ParsePointInTime(rest);
    if (!time.has_value()) return "a time as 2024-05-01T12:00:00.5Z expected behind '@ start'";
    time_ = *time;
    return std::nullopt;
  }
  return Fact(keyword, *std::move(value));
}

Wrong WireReader::Fact(std::string_view keyword, std::string value) {
  std::string* fact = nullptr;
  if (keyword == "moniker") fact = &facts_.moniker;
  if (keyword == "chip") fact = &facts_.chip;
  if (keyword == "tool") fact = &facts_.tool;
  if (keyword == "seed") fact = &facts_.seed;
  if (fact == nullptr && keyword != "about") {
    return "phase, attach, detach, gap, comment, repeat, end or start expected behind '@', or a "
           "fact: moniker, chip, tool, seed, about";
  }
  if (!in_head_) return "facts stand in front of the first transfer and phase";
  if (fact == nullptr) {
    about_text_ += value.size();
    if (facts_.comments.size() == kMaxAbout || about_text_ > kMaxHeldText) {
      return "too many lines with 'about'";
    }
    facts_.comments.push_back(std::move(value));
  } else if (fact->empty()) {
    *fact = std::move(value);
  } else {
    return fmt::format("'{}' is given twice", keyword);
  }
  return std::nullopt;
}

// "0e8d:2000", or nothing where the ids are not known.
Wrong WireReader::Attach(const WireLine& line, std::string_view ids) {
  Event event;
  event.kind = EventKind::kAttached;
  if (!ids.empty()) {
    protocol::UsbId id;
    const auto parse = [](std::string_view digits, std::uint16_t& value) {
      const char* const end = digits.data() + digits.size();
      const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
      return digits.size() == 4 && error == std::errc() && stop == end;
    };
    if (ids.size() != 9 || ids[4] != ':' || !parse(ids.substr(0, 4), id.vendor) ||
        !parse(ids.substr(5), id.product)) {
      return "vendor and product expected as 0e8d:2000";
    }
    event.usb_id = id;
  }
  in_head_ = false;
  Push(line, std::move(event));
  return std::nullopt;
}

void WireReader::Push(const WireLine& line, Event event) {
  event.time = time_;
  event.packet = line.number;
  event.offset = line.offset;
  held_text_ += event.text.size();
  events_.push_back(std::move(event));
}

}  // namespace

Result<std::unique_ptr<TraceReader>> OpenWire(const Content& content) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  auto reader = std::make_unique<WireReader>(std::move(source), content.name());
  TRY(reader->ReadHead());
  return std::unique_ptr<TraceReader>(std::move(reader));
}

}  // namespace mtkrig::traces
