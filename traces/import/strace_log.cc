#include "traces/import/strace_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/import/strace_port.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

class StraceLog final : public LogImporter {
 public:
  StraceLog(std::unique_ptr<ByteSource> source, std::string name, StracePort port)
      : LogImporter(
            std::move(source), std::move(name),
            fmt::format("a read or write of {}, as strace -xx prints",
                        port.path.empty() ? fmt::format("descriptor {}", port.file) : port.path)),
        port_(std::move(port)) {
    mutable_facts().tool = "strace";
  }

 protected:
  Result<void> TakeLine(LogLine& line) override;

 private:
  void TakeCall(const LogLine& line, const StraceCall& call);
  void SetTimeOf(const StraceCall& call);
  void TakeOpening(LogPlace at, const StraceOpening& opening);
  void TakeTransfer(const LogLine& line, StraceTransfer transfer);
  void TakeError(LogPlace at, StraceTransfer& transfer);
  void PushTransfer(LogPlace at, StraceTransfer& transfer);

  StracePort port_;
  StraceCalls calls_;
  StraceFiles files_;
  bool gone_ = false;  // and not opened again
};

Result<void> StraceLog::TakeLine(LogLine& line) {
  CleanStraceLine(line.text);
  const auto call = calls_.Take(line.text);
  if (!call.has_value()) {
    if (IsEndOfCall(line.text)) {
      PushGap(line.at, gaps::kCallBrokenOff);
    } else if (!Contains(line.text, " resumed>")) {  // "<... truncate resumed> <unfinished ...>"
      TakeMark(line);
    }
    return Ok();
  }
  SetTimeOf(*call);
  TakeCall(line, *call);
  if (IsEndOfTransferName(call->name)) PushGap(line.at, gaps::kCallNamePart);
  if (HoldsAnotherCall(call->rest)) {
    PushGap(line.at, gaps::kAnotherCall);
  }
  return Ok();
}

void StraceLog::TakeCall(const LogLine& line, const StraceCall& call) {
  if (const auto opening = files_.Follow(call); opening.has_value()) {
    TakeOpening(line.at, *opening);
    return;
  }
  auto transfer = files_.Transfer(call);
  if (transfer.has_value() && port_.Is(*transfer)) TakeTransfer(line, *std::move(transfer));
}

// strace's times are those of a call's beginning. A transfer's is that of its end.
void StraceLog::SetTimeOf(const StraceCall& call) {
  if (call.time.has_value()) SetTime(*call.time);
  if (call.elapsed.has_value()) SetTime(*call.elapsed);
}

void StraceLog::TakeOpening(LogPlace at, const StraceOpening& opening) {
  if (port_.path.empty() || opening.path != port_.path) return;
  if (gone_ && opening.opened) {
    gone_ = false;
    Event event;
    event.kind = EventKind::kAttached;
    Push(at, std::move(event));
  }
  PushComment(at, fmt::format("{} {}", opening.opened ? "opened" : "closed", opening.path));
}

void StraceLog::TakeTransfer(const LogLine& line, StraceTransfer transfer) {
  const bool reads = transfer.direction == Direction::kToHost;
  if (transfer.unknown) {
    const std::string_view what = reads ? "read" : "write";
    PushGap(line.at, transfer.length > 0 ? fmt::format(gaps::kDataUnlogged, what)
                                         : fmt::format(gaps::kResultUnlogged, what));
    return;
  }
  if (!transfer.error.empty()) {
    TakeError(line.at, transfer);
    return;
  }
  if (transfer.length == 0) {
    // Of a serial port: nothing came in its time.
    if (reads) NoteTimeout(line.at);
    return;
  }
  PushTransfer(line.at, transfer);
}

void StraceLog::TakeError(LogPlace at, StraceTransfer& transfer) {
  const std::string& error = transfer.error;
  // Nothing to read yet, or a signal came first: the program tries again.
  if (error == "EAGAIN" || error == "EINTR" || StartsWith(error, "ERESTART")) return;
  Failure failure = Failure::kLine;
  if (error == "ETIMEDOUT") failure = Failure::kTimeout;
  if (error == "EPIPE") failure = Failure::kStall;
  if (error == "ECANCELED") failure = Failure::kCancelled;
  const bool gone = error == "EIO" || error == "ENODEV" || error == "ENXIO";
  if (gone) failure = Failure::kDisconnected;
  PushFailure(at, transfer.direction, failure);
  if (gone && !gone_) Push(at, TextEvent(EventKind::kDetached, ""));
  gone_ = gone_ || gone;
}

void StraceLog::PushTransfer(LogPlace at, StraceTransfer& transfer) {
  Event event;
  event.direction = transfer.direction;
  event.bytes = std::move(transfer.bytes);
  const std::size_t kept = event.bytes.size();
  const bool believed = transfer.length <= kMaxToldLength;
  event.length = believed ? transfer.length : kept;
  const Duration began = time();
  if (transfer.took.has_value()) {
    event.latency = *transfer.took;
    if (!transfer.resumed) SetTime(began + *transfer.took);
  }
  if (believed || kept > 0) Push(at, std::move(event));
  if (!believed) {
    PushGap(at, TooLongToBelieve(kept, transfer.length));
  } else if (kept < transfer.length) {
    PushGap(at, fmt::format(gaps::kStraceShowsMore, kept, transfer.length));
  }
  SetTime(began);
}

}  // namespace

bool IsStraceLine(std::string_view text) {
  constexpr std::size_t kEnough = 65536;
  std::string line(text.substr(0, kEnough));
  CleanStraceLine(line);
  StraceCalls calls;
  const auto call = calls.Take(line);
  if (!call.has_value()) return false;
  const std::string& name = call->name;
  if (name != "read" && name != "write" && name != "readv" && name != "writev") return false;
  const StraceParts parts = ParseStraceCall(call->rest);
  return parts.has_data && (parts.file.has_value() || call->begins_late);
}

Result<std::unique_ptr<LogImporter>> MakeStraceLog(const Content& content,
                                                   const std::string& port) {
  TRY_ASSIGN(StracePort chosen, ChooseStracePort(content, port));
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  return std::unique_ptr<LogImporter>(
      std::make_unique<StraceLog>(std::move(source), content.name(), std::move(chosen)));
}

}  // namespace mtkrig::traces
