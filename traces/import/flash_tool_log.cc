#include "traces/import/flash_tool_log.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "traces/import/flash_tool_line.h"
#include "traces/import/left_out.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

using Kind = FlashToolLine::Kind;

// Fewer pairs of digits may stand in any text.
constexpr std::size_t kSurelyRow = 4;
constexpr std::size_t kMaxQuoted = 120;

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

 private:
  void TellUnlogged(LogPlace at, std::string_view what, std::string_view said);
  void Begin(ToolTransfer transfer, LogPlace at, bool monitor);

  bool gap_told_ = false;  // for transfers without bytes, and no other since
};

Result<void> FlashToolLog::TakeLine(LogLine& line) {
  CleanLine(line.text, false);
  if (line.text.empty()) return Ok();
  if (Contains(line.text, "&")) DecodeEntities(line.text);
  if (SaysLeftOut(line.text)) {
    if (Close()) gap_told_ = false;
    TakeMark(line);
    return Ok();
  }
  FlashToolLine parsed = ParseFlashToolLine(line.text);
  if (parsed.kind == Kind::kRow) {
    if (open() != nullptr && open()->wants_more()) {
      AddToOpen(parsed.transfers[0].bytes);
    } else if (parsed.transfers[0].bytes.size() >= kSurelyRow) {
      if (Close()) gap_told_ = false;
      TellUnlogged(line.at, gaps::kBytesOfNothing, parsed.body);
    }
    return Ok();
  }
  const bool monitored = open() != nullptr && !open()->length;
  if (parsed.kind == Kind::kOther && monitored) return Ok();
  if (Close()) gap_told_ = false;
  if (parsed.time.has_value()) SetTime(*parsed.time);
  switch (parsed.kind) {
    case Kind::kTransfers:
      for (ToolTransfer& transfer : parsed.transfers) {
        transfer.cut = transfer.cut || line.cut;
        Begin(std::move(transfer), line.at, false);
      }
      break;
    case Kind::kMonitor:
      Begin(std::move(parsed.transfers[0]), line.at, true);
      break;
    case Kind::kUnlogged:
      TellUnlogged(line.at, gaps::kBytesUnlogged, parsed.body);
      break;
    default:
      break;
  }
  return Ok();
}

// Once, up to the next transfer.
void FlashToolLog::TellUnlogged(LogPlace at, std::string_view what, std::string_view said) {
  if (!gap_told_) PushGap(at, fmt::format("{}: {}", what, said.substr(0, kMaxQuoted)));
  gap_told_ = true;
}

// A monitor of the port does not tell how many bytes stand below.
void FlashToolLog::Begin(ToolTransfer transfer, LogPlace at, bool monitor) {
  OpenTransfer begun{.at = at,
                     .direction = transfer.direction,
                     .length = std::nullopt,
                     .bytes = std::move(transfer.bytes),
                     .cut = transfer.cut};
  if (!monitor) begun.length = transfer.length;
  if (Open(std::move(begun))) gap_told_ = false;
}

}  // namespace

bool IsFlashToolLine(std::string_view text) {
  std::string decoded(text.substr(0, 4096));
  if (Contains(decoded, "&")) DecodeEntities(decoded);
  const FlashToolLine line = ParseFlashToolLine(decoded);
  // An arrow and a byte alone are too little to know the tool by, but in the layout of a dump.
  const bool bytes = !line.transfers.empty() && !line.transfers[0].bytes.empty();
  const bool arrow = StartsWith(line.body, "-> ") || StartsWith(line.body, "<- ");
  return line.kind == Kind::kMonitor ||
         (line.kind == Kind::kTransfers && bytes &&
          (line.tool || Contains(decoded, "-> 0x") || Contains(decoded, "<- 0x") ||
           (arrow && Contains(line.body, "(0x"))));
}

std::unique_ptr<LogImporter> MakeFlashToolLog(std::unique_ptr<ByteSource> source,
                                              std::string name) {
  return std::make_unique<FlashToolLog>(std::move(source), std::move(name));
}

}  // namespace mtkrig::traces
