#include "traces/import/hexdump_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kRow = 16;

constexpr std::size_t kMaxQuoted = 120;

struct Header {
  Direction direction = Direction::kToPhone;
  std::uint64_t length = 0;
};

std::optional<Header> ParseHeader(std::string_view text) {
  Header header;
  if (Take(text, "recv (")) {
    header.direction = Direction::kToHost;
  } else if (!Take(text, "send (")) {
    return std::nullopt;
  }
  const auto length = TakeDecimal(text);
  if (!length || !Take(text, "):") || !TrimBlanks(text).empty()) return std::nullopt;
  header.length = *length;
  return header;
}

// The bytes of a row: pairs of digits with one blank behind each, up to the bar or to the first
// thing that is no pair.
std::vector<std::uint8_t> ParseRow(std::string_view text, std::size_t most) {
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < most && text.size() >= 2) {
    const int high = HexValue(text[0]);
    const int low = HexValue(text[1]);
    if (high < 0 || low < 0 || (text.size() > 2 && text[2] != ' ')) break;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    text = TrimBlanks(text.substr(2));
  }
  return bytes;
}

// Whether a line that was not understood has something of a transfer: the head of one, or its end
// where the line was broken, or a row that belongs to none.
bool HasPieceOfTransfer(std::string_view text) {
  constexpr std::size_t kLongestHead = 24;
  constexpr std::size_t kSurelyRow = 4;
  if (Contains(text, "send (") || Contains(text, "recv (")) return true;
  if (text.size() <= kLongestHead && text.back() == ':' && Contains(text, ")")) return true;
  const std::size_t row = ParseRow(text, kRow).size();
  return row >= kSurelyRow || (row > 0 && Contains(text, " |"));
}

class HexdumpLog final : public LogImporter {
 public:
  HexdumpLog(std::unique_ptr<ByteSource> source, std::string name)
      : LogImporter(std::move(source), std::move(name),
                    "\"send (N):\" or \"recv (N):\", as mtk_dump prints with --verbose 2") {
    mutable_facts().tool = "mtk_dump";
  }

 protected:
  Result<void> TakeLine(LogLine& line) override;

 private:
  // Whether the line was a row of the transfer that is open.
  bool TakeRow(const LogLine& line);
  void TakeMessage(const LogLine& line);
};

Result<void> HexdumpLog::TakeLine(LogLine& line) {
  CleanLine(line.text, false);
  if (line.text.empty()) return Ok();
  if (const auto header = ParseHeader(line.text); header.has_value()) {
    Open({.at = line.at,
          .direction = header->direction,
          .length = header->length,
          .bytes = {},
          .cut = false});
    return Ok();
  }
  if (!TakeRow(line)) TakeMessage(line);
  return Ok();
}

bool HexdumpLog::TakeRow(const LogLine& line) {
  if (open() == nullptr) return false;
  // What has no place is told of when the transfer ends.
  if (open()->cut) return !ParseRow(line.text, kRow).empty();
  if (!open()->wants_more()) return false;
  const std::uint64_t left = *open()->length - open()->bytes.size();
  const std::size_t most = std::min<std::uint64_t>(left, kRow);
  const std::vector<std::uint8_t> row = ParseRow(line.text, most);
  if (row.empty()) return false;
  AddToOpen(row);
  // Those behind a row that lacks bytes have no place.
  if (row.size() < most) open()->cut = true;
  // A line break is lost, and with it where the next one begins.
  if (Contains(line.text, "send (") || Contains(line.text, "recv (")) {
    Close();
    PushGap(line.at, gaps::kTransferBehind);
  }
  return true;
}

void HexdumpLog::TakeMessage(const LogLine& line) {
  const std::string_view text = line.text;
  if (StartsWith(text, "usb_send failed")) {
    Close(Contains(text, "TIMEOUT") ? Failure::kTimeout : Failure::kLine);
  } else if (StartsWith(text, "usb_recv failed")) {
    Close();
    PushFailure(line.at, Direction::kToHost,
                Contains(text, "NO_DEVICE") ? Failure::kDisconnected : Failure::kLine);
  } else if (StartsWith(text, "connection closed")) {
    Close();
    Push(line.at, TextEvent(EventKind::kDetached, ""));
  } else {
    Close();
    if (TakeMark(line)) return;
    if (HasPieceOfTransfer(text)) {
      PushGap(line.at, fmt::format("{}: {}", gaps::kPieceOfTransfer, text.substr(0, kMaxQuoted)));
    } else {
      PushComment(line.at, text);
    }
  }
}

}  // namespace

bool IsHexdumpLine(std::string_view text) {
  return ParseHeader(text).has_value();
}

std::unique_ptr<LogImporter> MakeHexdumpLog(std::unique_ptr<ByteSource> source, std::string name) {
  return std::make_unique<HexdumpLog>(std::move(source), std::move(name));
}

}  // namespace mtkrig::traces
