#include "traces/import/flash_tool_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/import/flash_tool_line.h"

namespace mtkrig::traces {
namespace {

using Kind = FlashToolLine::Kind;

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

class FlashToolLog final : public LogImporter {
 public:
  FlashToolLog(std::unique_ptr<ByteSource> source, std::string name)
      : LogImporter(std::move(source), std::move(name),
                    "a transfer with its bytes, such as \"-> 0xA0\", \"Tx->: 0x1 Hex[a0 ]\" or "
                    "\"Request:\" with a time and bytes below") {
    mutable_facts().tool = "SP Flash Tool";
  }

 protected:
  Result<void> TakeLine(LogLine& line) override;
  Result<void> TakeEnd() override {
    Close();
    return Ok();
  }

 private:
  struct Open {
    ToolTransfer transfer;
    LogPlace at;
    Duration time{};
    bool monitor = false;
    bool wants_more() const {
      return monitor || (!transfer.cut && transfer.bytes.size() < transfer.length);
    }
  };
  void Begin(ToolTransfer transfer, LogPlace at, bool monitor);
  void AddRow(const ToolTransfer& row);
  void Close();

  std::optional<Open> open_;
  bool gap_told_ = false;  // for transfers without bytes, and no other since
};

Result<void> FlashToolLog::TakeLine(LogLine& line) {
  CleanLine(line.text, false);
  if (line.text.empty()) return Ok();
  if (Contains(line.text, "&")) DecodeEntities(line.text);
  FlashToolLine parsed = ParseFlashToolLine(line.text);
  if (parsed.kind == Kind::kRow) {
    if (open_.has_value() && open_->wants_more()) AddRow(parsed.transfers[0]);
    return Ok();
  }
  if (parsed.kind == Kind::kOther && open_.has_value() && open_->monitor) return Ok();
  Close();
  if (parsed.time.has_value()) SetTime(*parsed.time);
  switch (parsed.kind) {
    case Kind::kTransfers:
      for (ToolTransfer& transfer : parsed.transfers) {
        transfer.cut = transfer.cut || line.cut;
        Close();
        Begin(std::move(transfer), line.at, false);
      }
      break;
    case Kind::kMonitor:
      Begin(std::move(parsed.transfers[0]), line.at, true);
      break;
    case Kind::kUnlogged:
      if (!gap_told_) {
        PushGap(line.at, fmt::format("a transfer whose bytes are not in the log: {}",
                                     parsed.body.substr(0, 120)));
      }
      gap_told_ = true;
      break;
    default:
      break;
  }
  return Ok();
}

void FlashToolLog::Begin(ToolTransfer transfer, LogPlace at, bool monitor) {
  open_ = Open{.transfer = std::move(transfer), .at = at, .time = time(), .monitor = monitor};
}

void FlashToolLog::AddRow(const ToolTransfer& row) {
  std::vector<std::uint8_t>& bytes = open_->transfer.bytes;
  std::size_t count = row.bytes.size();
  if (!open_->monitor) {
    count = std::min<std::uint64_t>(count, open_->transfer.length - bytes.size());
  }
  if (bytes.size() + count > kMaxBytes) {
    open_->transfer.cut = true;
    return;
  }
  bytes.insert(bytes.end(), row.bytes.begin(),
               row.bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

void FlashToolLog::Close() {
  if (!open_.has_value()) return;
  Open open = *std::move(open_);
  open_.reset();
  const std::size_t size = open.transfer.bytes.size();
  const std::uint64_t length = open.transfer.length;
  if (open.monitor && size == 0) {
    PushGap(open.at, "no bytes stand below this line");
    return;
  }
  gap_told_ = false;
  PushBytes(open.at, open.transfer.direction, std::move(open.transfer.bytes), length);
  if (length > size) {
    PushGap(open.at, fmt::format("{} of {} bytes are in the log", size, length));
  } else if (open.transfer.cut) {
    PushGap(open.at, fmt::format("cut behind {} bytes; how many there were is not known", size));
  } else if (length > 0 && size > length) {
    PushGap(open.at, fmt::format("{} bytes where the line tells of {}", size, length));
  }
}

}  // namespace

bool IsFlashToolLine(std::string_view text) {
  std::string decoded(text.substr(0, 4096));
  if (Contains(decoded, "&")) DecodeEntities(decoded);
  const FlashToolLine line = ParseFlashToolLine(decoded);
  // An arrow and a byte alone are too little to know the tool by, but in the layout of a dump.
  const bool bytes = !line.transfers.empty() && !line.transfers[0].bytes.empty();
  return line.kind == Kind::kMonitor ||
         (line.kind == Kind::kTransfers && bytes &&
          (line.tool || Contains(decoded, "-> 0x") || Contains(decoded, "<- 0x")));
}

std::unique_ptr<LogImporter> MakeFlashToolLog(std::unique_ptr<ByteSource> source,
                                              std::string name) {
  return std::make_unique<FlashToolLog>(std::move(source), std::move(name));
}

}  // namespace mtkrig::traces
