#include "traces/import/replay_log.h"

#include <fmt/format.h>

#include <utility>

#include "traces/import/stated_exchange.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kMaxPhase = 100;
// The only device that it looks for.
constexpr protocol::UsbId kBootRom = {.vendor = 0x0e8d, .product = 0x0003};

struct ReplayLine {
  LogTime time;
  std::string_view level;
  std::string_view message;
};

// Bug trackers take <INFO> for a tag, and make <INFO<a>> of it.
std::optional<ReplayLine> ParseLine(std::string_view text) {
  ReplayLine line;
  if (text.empty() || text[0] != '[') return std::nullopt;
  const auto time = TakeTime(text);
  if (!time || time->of_day) return std::nullopt;
  line.time = *time;
  text = TrimBlanks(text);
  if (!Take(text, "<")) return std::nullopt;
  const std::size_t end = text.find_first_of("<>");
  if (end == std::string_view::npos || end == 0 || end > 20) return std::nullopt;
  line.level = text.substr(0, end);
  const std::size_t behind = text.find_first_not_of("<>a/", end);
  text = behind == std::string_view::npos ? std::string_view() : text.substr(behind);
  line.message = TrimBlanks(text);
  return line;
}

class ReplayLog final : public LogImporter {
 public:
  ReplayLog(std::unique_ptr<ByteSource> source, std::string name)
      : LogImporter(std::move(source), std::move(name),
                    "\"[DATE TIME] <BROM I/O> -> A0\", as spft-replay writes with -vv, or states "
                    "values that have one possible exchange") {
    mutable_facts().tool = "spft-replay";
  }

 protected:
  Result<void> TakeLine(LogLine& line) override;

 private:
  void TakeTransfer(const LogLine& line, std::string_view message);
  bool TakeAgent(const LogLine& line, std::string_view message);
  void TakeStatement(const LogLine& line, std::string_view message);
  void BeginSession(const LogLine& line);
  // What is not logged between two things that are.
  void TellGap(LogPlace at);

  StatedExchanges stated_;
  bool has_transfers_ = false;  // of this session: logged with -vv
  bool in_session_ = false;
  bool gap_told_ = false;  // and no transfer since
  bool agent_was_last_ = false;
};

Result<void> ReplayLog::TakeLine(LogLine& line) {
  CleanLine(line.text, false);
  if (Contains(line.text, "&")) DecodeEntities(line.text);
  const auto parsed = ParseLine(line.text);
  if (!parsed.has_value()) {
    if (Contains(line.text, "spft-replay.py")) BeginSession(line);
    TakeMark(line);
    return Ok();
  }
  SetTime(parsed->time);
  const std::string_view message = parsed->message;
  if (StartsWith(parsed->level, "BROM I/O")) {
    TakeTransfer(line, message);
    return Ok();
  }
  if (message == "Init backend" || StartsWith(message, "Waiting for device")) BeginSession(line);
  if (message == "Found device") {
    in_session_ = true;
    Event event;
    event.kind = EventKind::kAttached;
    event.usb_id = kBootRom;
    Push(line.at, std::move(event));
    return Ok();
  }
  if (!has_transfers_) {
    if (TakeAgent(line, message)) return Ok();
    TakeStatement(line, message);
  }
  // "Identify", "Disable watchdog": what it does next. All others state something.
  const bool phase =
      StartsWith(parsed->level, "REPLAY") && message.find_first_of(":=(") == std::string_view::npos;
  if (phase) {
    Push(line.at, TextEvent(EventKind::kPhase, std::string(message.substr(0, kMaxPhase))));
  } else {
    PushComment(line.at, message);
  }
  return Ok();
}

void ReplayLog::BeginSession(const LogLine& line) {
  stated_.Reset();
  if (!in_session_) return;
  in_session_ = false;
  has_transfers_ = false;
  gap_told_ = false;
  agent_was_last_ = false;
  GiveUpRead();
  Push(line.at, TextEvent(EventKind::kDetached, ""));
}

void ReplayLog::TakeTransfer(const LogLine& line, std::string_view message) {
  const bool to_phone = StartsWith(message, "->");
  if (!to_phone && !StartsWith(message, "<-")) return;
  has_transfers_ = true;
  in_session_ = true;
  HexCollector digits;
  const std::string_view rest = digits.Add(message.substr(2));
  const std::size_t size = digits.bytes().size();
  if (!to_phone && size == 0 && rest.empty() && !digits.odd()) {
    NoteTimeout(line.at);
    return;
  }
  if (size > 0) {
    PushBytes(line.at, to_phone ? Direction::kToPhone : Direction::kToHost,
              std::move(digits.bytes()));
  }
  if (digits.odd() || !rest.empty() || line.cut || line.unended) {
    PushGap(line.at, fmt::format(gaps::kMayBeCut, size));
  }
}

void ReplayLog::TellGap(LogPlace at) {
  if (gap_told_) return;
  gap_told_ = true;
  PushGap(at, gaps::kSaidUnlogged);
}

// "<- DA: (EMMC CID) 4D00...", "-> DA: (OK) 5A": logged one by one as they are said.
bool ReplayLog::TakeAgent(const LogLine& line, std::string_view message) {
  const bool to_phone = Take(message, "-> DA: (");
  if (!to_phone && !Take(message, "<- DA: (")) return false;
  const std::size_t end = message.find(") ");
  if (end == std::string_view::npos) return false;
  if (!agent_was_last_) TellGap(line.at);
  agent_was_last_ = true;
  in_session_ = true;
  const std::string_view label = message.substr(0, end);
  if (label != "unknown") PushComment(line.at, label);
  HexCollector digits;
  const std::string_view rest = digits.Add(message.substr(end + 2));
  const bool cut = digits.odd() || !rest.empty() || line.cut || line.unended;
  if (!digits.bytes().empty()) {
    gap_told_ = false;
    PushBytes(line.at, to_phone ? Direction::kToPhone : Direction::kToHost,
              std::move(digits.bytes()));
  }
  if (cut) TellGap(line.at);
  return true;
}

void ReplayLog::TakeStatement(const LogLine& line, std::string_view message) {
  const Statement statement = stated_.Take(message, line.at);
  if (statement == Statement::kNoTraffic) return;
  agent_was_last_ = false;
  if (statement != Statement::kExchange) {
    TellGap(line.at);
    return;
  }
  const StatedExchange& exchange = stated_.exchange();
  // A handshake that failed is repeated without a word, and ends as if there had been one only.
  if (!exchange.handshake) TellGap(exchange.at);
  for (const StatedTransfer& transfer : exchange.transfers) {
    PushBytes(exchange.at, transfer.direction, transfer.bytes);
  }
  gap_told_ = false;
  in_session_ = true;
}

}  // namespace

bool IsReplayLine(std::string_view text) {
  std::string decoded(text.substr(0, 100));
  DecodeEntities(decoded);
  return ParseLine(decoded).has_value();
}

std::unique_ptr<LogImporter> MakeReplayLog(std::unique_ptr<ByteSource> source, std::string name) {
  return std::make_unique<ReplayLog>(std::move(source), std::move(name));
}

}  // namespace mtkrig::traces
