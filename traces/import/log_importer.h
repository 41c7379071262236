#pragma once

// What the readers of all logs have in common: lines come in, events go out, and what is missing is
// told with its line.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/import/log_lines.h"
#include "traces/import/log_text.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// The longest transfer that a log is believed to tell of. One of more is no transfer of which the
// rest is missing: its number is wrong, or it is no transfer's.
inline constexpr std::uint64_t kMaxToldLength = kMaxEventBytes;

// What is said of a transfer of which `kept` bytes are in the log, where it tells of `told`, more
// than kMaxToldLength.
std::string TooLongToBelieve(std::size_t kept, std::uint64_t told);

class LogImporter : public TraceReader {
 public:
  // Reads up to the first transfer, so that a log without any is refused before anything is made
  // of it: kInvalidInput.
  Result<void> ReadHead();

  Result<std::optional<Event>> Next() final;
  const SessionFacts& facts() const final { return facts_; }

 protected:
  // `looked_for` says what a line with a transfer looks like, for the error of a log without any.
  LogImporter(std::unique_ptr<ByteSource> source, std::string name, std::string looked_for);

  // Takes one line, which may be changed, and pushes what it says.
  virtual Result<void> TakeLine(LogLine& line) = 0;
  // The log has ended, and the transfer that was open is closed.
  virtual Result<void> TakeEnd() { return Ok(); }

  void SetTime(const LogTime& time);
  void SetTime(Duration time) { time_ = time; }
  Duration time() const { return time_; }

  // A transfer that ended well. `length` is how much it had, where that is more than `bytes`; one
  // beyond kMaxToldLength is not heeded, and the caller tells of it.
  void PushBytes(LogPlace at, Direction direction, std::vector<std::uint8_t> bytes,
                 std::uint64_t length = 0);
  void PushFailure(LogPlace at, Direction direction, Failure failure,
                   std::vector<std::uint8_t> bytes = {});
  void PushGap(LogPlace at, std::string_view text);  // the line's number is put in front
  void PushComment(LogPlace at, std::string_view text);
  // A line that is none of the tool's, once what stands above it was pushed: a gap where it says
  // that lines were left out. In front of the first transfer it is one only close above it, for
  // people's text may stand there. Whether it says so.
  bool TakeMark(const LogLine& line);
  void Push(LogPlace at, Event event);

  // A transfer whose bytes stand in the lines below its first one.
  struct OpenTransfer {
    LogPlace at;
    Direction direction = Direction::kToPhone;
    // As the first line tells it, believable or not; nothing where it does not.
    std::optional<std::uint64_t> length;
    std::vector<std::uint8_t> bytes;
    bool cut = false;  // bytes are missing behind those that are there
    bool wants_more() const { return !length || (!cut && bytes.size() < *length); }
  };
  // Closes the one before. Whether that was a transfer, as of Close().
  bool Open(OpenTransfer transfer);
  // Null if none is open.
  OpenTransfer* open() { return open_.has_value() ? &*open_ : nullptr; }
  // Requires one that is open. Bytes beyond its length are dropped; beyond 4 MiB it is cut.
  void AddToOpen(ByteSpan row);
  // Pushes it, as a failure where one is given, with a gap where the log lacks some of its bytes.
  // False where none was open, or nothing but the gap came of it.
  bool Close(std::optional<Failure> failure = std::nullopt);

  // A read got nothing in time. If data follows it was only early, and nothing is told of it; if
  // the host gives up and goes on with something else, it is a failure.
  void NoteTimeout(LogPlace at);
  // That read is over, as any transfer to the phone shows.
  void GiveUpRead();

  SessionFacts& mutable_facts() { return facts_; }
  std::uint64_t transfers() const { return transfers_; }
  const std::string& name() const { return name_; }

 private:
  Result<void> Advance();
  void PushMark(LogPlace at, const std::string& text);

  LogLines lines_;
  std::string name_;
  std::string looked_for_;
  SessionFacts facts_;
  LogLine line_;
  std::deque<Event> events_;
  std::optional<OpenTransfer> open_;
  Duration time_{};
  Duration day_{};  // midnight before times that have no date, counted from the first
  std::uint64_t transfers_ = 0;
  std::optional<LogPlace> timed_out_;
  Duration timed_out_at_{};
  std::optional<LogPlace> mark_;  // that stands in front of the first transfer
  std::string mark_text_;
  bool mark_told_ = false;  // and no transfer since
  bool ended_ = false;
};

}  // namespace mtkrig::traces
