#include "traces/import/mtkclient_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/import/left_out.h"
#include "traces/import/mtkclient_reader.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

using Kind = MtkclientMessage::Kind;

constexpr std::string_view kLookedFor =
    "TX: or RX: with hex digits behind, as mtkclient writes with --debugmode";

// So many digits in a row are no word.
constexpr std::size_t kSurelyDigits = 8;
// Longer lines are no beginning of a broken one: what stands in front of a transfer is short.
constexpr std::size_t kMaxBroken = 200;

}  // namespace

MtkclientLog::MtkclientLog(std::unique_ptr<ByteSource> source, std::string name, std::size_t copies)
    : LogImporter(std::move(source), std::move(name), std::string(kLookedFor)),
      copies_([this](MtkclientMessage&& message) { Give(std::move(message)); },
              [this](MtkclientMessage&& message) { TellOdd(message); }, copies) {
  mutable_facts().tool = "mtkclient";
}

Result<void> MtkclientLog::TakeLine(LogLine& line) {
  CleanLine(line.text);
  std::string_view text = line.text;
  if (const auto time = TakeTime(text); time.has_value()) {
    SetTime(*time);
    text = TrimBlanks(text);
  }
  const MtkclientLine parsed = Parse(text);
  switch (parsed.kind) {
    case MtkclientKind::kBlank:
      blank_ = true;
      return Ok();
    case MtkclientKind::kHex:
    case MtkclientKind::kText:
      CloseDigits();
      TakeTransfer(line, parsed);
      return Ok();
    case MtkclientKind::kDigits:
      TakeDigits(line, text);
      return Ok();
    default:
      // More of the transfer, and something that no transfer has: the end is not there.
      if (open_.has_value() && LeadingDigits(text) >= kSurelyDigits) open_cut_ = true;
      mixed_.TakeOther(open_.has_value());
      CloseDigits();
      TakeOther(line, parsed);
      return Ok();
  }
}

// A terminal and an editor break lines anywhere, also within the words that mark a transfer: what
// is nothing by itself may be something with the line above in front.
MtkclientLine MtkclientLog::Parse(std::string_view text) {
  MtkclientLine parsed = ParseMtkclientLine(text);
  if (parsed.kind == MtkclientKind::kBlank) return parsed;
  const bool nothing = parsed.kind == MtkclientKind::kOther || parsed.kind == MtkclientKind::kNote;
  if (nothing && !before_.empty()) {
    joined_ = before_;
    joined_ += text;
    const MtkclientLine joined = ParseMtkclientLine(joined_);
    const bool transfer = joined.kind == MtkclientKind::kHex ||
                          (joined.kind == MtkclientKind::kText && joined.logged);
    if (transfer || joined.kind == MtkclientKind::kAsked) {
      before_.clear();
      return joined;
    }
  }
  before_.clear();
  if (nothing && text.size() <= kMaxBroken) before_ = text;
  return parsed;
}

void MtkclientLog::TakeDigits(const LogLine& line, std::string_view text) {
  if (!open_.has_value()) return TakeStrayDigits(line, text);
  if (mixed_.seen()) {
    // Whose digits these are is not known.
    open_cut_ = true;
    return;
  }
  const std::vector<std::uint8_t>& bytes = digits_.bytes();
  const std::string_view digits = text.substr(0, LeadingDigits(text));
  const bool large = digits.find_first_of("ABCDEF") != std::string_view::npos;
  if (large && !open_large_) {
    // mtkclient writes small letters: what is large is another word, as is the name of its class.
    if (!StartsWith("DeviceClass", digits)) open_cut_ = true;
    return;
  }
  // A word of prose may have no other letters than digits have.
  const bool word = text.find_first_of("0123456789") == std::string_view::npos;
  if (word && blank_ && !bytes.empty()) {
    open_cut_ = true;
    return;
  }
  blank_ = false;
  const std::string_view rest = digits_.Add(text);
  open_cut_ = open_cut_ || !rest.empty() || line.cut;
  open_unended_ = line.unended;
}

// Two threads wrote at once, and the transfer above is not all of it, though it looks as if it
// were.
void MtkclientLog::TakeStrayDigits(const LogLine& line, std::string_view text) {
  if (!mixed_.TakeDigits(text) || copies_.CutLast()) return;
  copies_.Flush();
  PushGap(line.at, gaps::kStrayDigits);
}

void MtkclientLog::TakeTransfer(const LogLine& line, const MtkclientLine& parsed) {
  MtkclientMessage message;
  message.direction = parsed.direction;
  message.at = line.at;
  message.time = time();
  if (parsed.kind == MtkclientKind::kText) {
    if (parsed.logged) mixed_.TakeText(parsed.payload);
    message.kind = Kind::kText;
    message.text = parsed.payload;
    message.logged = parsed.logged;
    // Text of a web page, where the XML began so.
    entities_ =
        StartsWith(message.text, "&lt;?xml") || (entities_ && !StartsWith(message.text, "<?xml"));
    if (entities_) DecodeEntities(message.text);
    message.cut = line.cut;
    copies_.Add(std::move(message));
    return;
  }
  open_ = std::move(message);
  digits_.Clear();
  const std::string marked = MarkedDigits(parsed.payload);
  const std::string_view rest = digits_.Add(marked.empty() ? parsed.payload : marked);
  open_cut_ = !rest.empty() || line.cut;
  open_unended_ = line.unended;
  open_large_ = parsed.payload.find_first_of("ABCDEF") != std::string_view::npos;
  blank_ = false;
}

void MtkclientLog::CloseDigits() {
  if (!open_.has_value()) return;
  open_->bytes = std::move(digits_.bytes());
  open_->cut = open_cut_ || open_unended_ || digits_.odd();
  digits_.Clear();
  copies_.Add(*std::move(open_));
  open_.reset();
}

void MtkclientLog::TakeOther(const LogLine& line, const MtkclientLine& parsed) {
  MtkclientMessage message;
  message.at = line.at;
  message.time = time();
  switch (parsed.kind) {
    case MtkclientKind::kAsked:
      message.kind = Kind::kAsked;
      message.asked = parsed.length;
      message.serial = parsed.serial;
      copies_.Add(std::move(message));
      return;
    case MtkclientKind::kStack:
      message.kind = Kind::kStack;
      message.text = parsed.payload;
      copies_.Add(std::move(message));
      return;
    case MtkclientKind::kTimedOut:
      message.kind = Kind::kTimedOut;
      copies_.Add(std::move(message));
      return;
    default:
      break;
  }
  // The copies of what is no transfer stand below one another.
  const bool copy = copies_.copies() > 1 && last_other_ == line.text;
  last_other_ = line.text;
  if (!copy) TakeMessage(line, parsed);
}

void MtkclientLog::TakeMessage(const LogLine& line, const MtkclientLine& parsed) {
  switch (parsed.kind) {
    case MtkclientKind::kStart:
      TakeStart(line, parsed.payload);
      return;
    case MtkclientKind::kDisconnected:
      copies_.Flush();
      PushFailure(line.at, Direction::kToHost, Failure::kDisconnected);
      Push(line.at, TextEvent(EventKind::kDetached, ""));
      return;
    case MtkclientKind::kOverflow:
      copies_.Flush();
      PushFailure(line.at, Direction::kToHost, Failure::kLine);
      return;
    case MtkclientKind::kFailed:
      copies_.Flush();
      PushGap(line.at, fmt::format("{}: {}", gaps::kWhichFailed, parsed.payload.substr(0, 200)));
      return;
    case MtkclientKind::kNote:
      TakeNote(line, parsed.payload);
      return;
    default:
      TakeLeftOut(line);
      return;
  }
}

void MtkclientLog::TakeStart(const LogLine& line, std::string_view version) {
  copies_.Flush();
  CloseXml();
  TellUnread();
  handshake_seen_ = false;
  if (transfers() > 0) {
    GiveUpRead();
    PushGap(line.at, gaps::kStartedAnew);
  }
  PushComment(line.at, fmt::format("mtkclient {}", version));
}

void MtkclientLog::TakeNote(const LogLine& line, std::string_view note) {
  if (Contains(note, "Progress") || Contains(note, "[LIB]: Couldn't detect")) return;
  if (BreaksOff(note)) return;
  copies_.Flush();
  if (Contains(note, "Device detected")) {
    if (!handshake_seen_) {
      PushGap(line.at, gaps::kNoHandshake);
    }
    handshake_seen_ = false;
  }
  PushComment(line.at, note);
}

// Whatever was begun above a line that says that others were left out ends in those.
void MtkclientLog::TakeLeftOut(const LogLine& line) {
  if (!SaysLeftOut(line.text)) return;
  copies_.Flush();
  CloseXml();
  TellUnread();
  TakeMark(line);
}

Result<void> MtkclientLog::TakeEnd() {
  CloseDigits();
  copies_.Flush();
  CloseXml();
  TellUnread();
  return Ok();
}

std::unique_ptr<LogImporter> MakeMtkclientLog(std::unique_ptr<ByteSource> source, std::string name,
                                              std::size_t copies) {
  return std::make_unique<MtkclientLog>(std::move(source), std::move(name), copies);
}

}  // namespace mtkrig::traces
