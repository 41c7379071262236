#include "traces/import/flash_tool_line.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace mtkrig::traces {
namespace {

using Kind = FlashToolLine::Kind;

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
}

// "0xA0" from the front: two digits, no more.
std::optional<std::uint8_t> TakeByte(std::string_view& text) {
  std::string_view rest = text;
  if (!Take(rest, "0x") && !Take(rest, "0X")) return std::nullopt;
  if (rest.size() < 2 || HexValue(rest[0]) < 0 || HexValue(rest[1]) < 0) return std::nullopt;
  if (rest.size() > 2 && HexValue(rest[2]) >= 0) return std::nullopt;
  const int value = HexValue(rest[0]) * 16 + HexValue(rest[1]);
  text = rest.substr(2);
  return static_cast<std::uint8_t>(value);
}

// "NAME(0x5A)" from the front.
std::optional<std::uint8_t> TakeNamedByte(std::string_view& text) {
  std::string_view rest = text;
  while (!rest.empty() && IsNameCharacter(rest[0])) rest.remove_prefix(1);
  if (rest.size() == text.size() || !Take(rest, "(")) return std::nullopt;
  const auto byte = TakeByte(rest);
  if (!byte || !Take(rest, ")")) return std::nullopt;
  text = rest;
  return byte;
}

// Whether a value stands at the front, with its name or not, that is no byte: "0x10007000",
// "ADDR(0x100)", or what a broken line left of it: "ACK(0", "- 0x5F".
bool IsValue(std::string_view text) {
  const auto marked = [](std::string_view value) {
    return StartsWith(value, "0x") || StartsWith(value, "0X");
  };
  if (Take(text, "- ")) text = TrimBlanks(text);
  if (marked(text)) return true;
  while (!text.empty() && IsNameCharacter(text[0])) text.remove_prefix(1);
  return Take(text, "(") && (text.empty() || text[0] == '0');
}

// "0xA0, 0x0A", "ACK(0x5A)": up to the first thing of another form.
bool TakeMarkedBytes(std::string_view text, ToolTransfer& transfer) {
  while (true) {
    text = TrimBlanks(text);
    while (Take(text, ",") || Take(text, "[")) text = TrimBlanks(text);
    auto byte = TakeByte(text);
    if (!byte) byte = TakeNamedByte(text);
    if (!byte) break;
    transfer.bytes.push_back(*byte);
  }
  transfer.cut = StartsWith(text, "..") || IsValue(text);
  return !transfer.bytes.empty();
}

// "ef ee ee fe", "[a0 0a]", and nothing behind: words alone may be of a language as well.
bool TakePlainBytes(std::string_view text, ToolTransfer& transfer) {
  text = TrimBlanks(text);
  const bool bracket = Take(text, "[");
  // Digits that a word begins with are none: "ADDR(0x100)".
  const auto no_digit = std::find_if(
      text.begin(), text.end(), [](char c) { return HexValue(c) < 0 && c != ' ' && c != '\t'; });
  const bool in_word = no_digit != text.begin() && no_digit != text.end() &&
                       HexValue(*(no_digit - 1)) >= 0 && IsNameCharacter(*no_digit);
  if (in_word) return false;
  HexCollector digits;
  std::string_view rest = digits.Add(text);
  const bool closed = bracket && Take(rest, "]");
  rest = TrimBlanks(rest);
  if (digits.bytes().empty()) return false;
  transfer.cut = digits.odd() || StartsWith(rest, "..") || (bracket && !closed);
  if (!transfer.cut && !rest.empty() && !(bracket && closed) && rest[0] != '#') return false;
  transfer.bytes = std::move(digits.bytes());
  return true;
}

// "0x0000000C Hex[ef ee ...]".
bool TakeCountedBytes(std::string_view text, ToolTransfer& transfer) {
  constexpr std::string_view kOpen = "Hex[";
  const std::size_t open = text.find(kOpen);
  if (open == std::string_view::npos) return false;
  std::string_view front = TrimBlanks(text.substr(0, open));
  const auto length = TakeHexadecimal(front);
  std::string_view inside = text.substr(open + kOpen.size());
  HexCollector digits;
  inside = digits.Add(inside);
  transfer.length = length.value_or(0);
  const bool too_many_digits = !length && StartsWith(front, "0x");
  transfer.cut = too_many_digits || digits.odd() || !StartsWith(inside, "]");
  transfer.bytes = std::move(digits.bytes());
  return transfer.length > 0 || !transfer.bytes.empty();
}

bool TakeBytes(std::string_view text, ToolTransfer& transfer) {
  text = TrimBlanks(text);
  while (Take(text, ":")) text = TrimBlanks(text);
  return TakeCountedBytes(text, transfer) || TakeMarkedBytes(text, transfer) ||
         TakePlainBytes(text, transfer);
}

// Takes what stands in front of the message: number, time, process, thread, level.
std::string_view TakeHeader(std::string_view text, FlashToolLine& line) {
  std::string_view rest = text;
  if (Take(rest, "[") && TakeDecimal(rest) && Take(rest, "]")) {
    text = TrimBlanks(rest);
  }
  if (line.time = TakeTime(text); line.time.has_value()) text = TrimBlanks(text);
  constexpr std::array<std::string_view, 6> kMarks = {"[Tid0x",    "[debug]", "[info]",
                                                      "[warning]", "[error]", "[fatal]"};
  while (true) {
    const auto mark = std::find_if(kMarks.begin(), kMarks.end(),
                                   [&](std::string_view one) { return StartsWith(text, one); });
    if (mark == kMarks.end()) break;
    line.tool = line.tool || *mark == kMarks[0];
    text = TrimBlanks(text.substr(std::min(text.find(']'), text.size() - 1) + 1));
  }
  for (const std::string_view name : {"BROM_DLL[", "FlashTool[", "SP_FLASH_TOOL["}) {
    if (!StartsWith(text, name)) continue;
    line.tool = true;
    const std::size_t colon = text.find(": ");
    if (colon != std::string_view::npos) text = TrimBlanks(text.substr(colon + 2));
  }
  return text;
}

struct Mark {
  std::string_view text;
  Direction direction;
};

struct Arrow {
  std::size_t at = std::string_view::npos;
  Direction direction = Direction::kToPhone;
};

// The next arrow with something in front that is no part of it.
Arrow FindArrow(std::string_view body, std::size_t from) {
  for (std::size_t at = from; at + 2 <= body.size(); ++at) {
    const std::string_view mark = body.substr(at, 2);
    if (mark != "->" && mark != "<-") continue;
    if (at + 2 < body.size() && std::string_view("->[").find(body[at + 2]) != std::string::npos) {
      continue;
    }
    // Directly behind something else it is one if a value follows: the break between was lost.
    const char before = at > 0 ? body[at - 1] : ' ';
    const bool broken = before != '-' && before != '<' && IsValue(TrimBlanks(body.substr(at + 2)));
    if (before != ' ' && before != ':' && !broken) continue;
    return {.at = at, .direction = mark == "->" ? Direction::kToPhone : Direction::kToHost};
  }
  return {};
}

// "-> 0xA0", and "-> 0xA0 <- 0x5F": each arrow up to the next one.
bool AddBareArrows(std::string_view body, FlashToolLine& line) {
  bool all = true;
  for (Arrow arrow = FindArrow(body, 0); arrow.at != std::string_view::npos;) {
    const Arrow next = FindArrow(body, arrow.at + 2);
    line.transfers.push_back({.direction = arrow.direction, .bytes = {}});
    const std::string_view said = body.substr(arrow.at + 2, next.at - (arrow.at + 2));
    all = TakeBytes(said, line.transfers.back()) && all;
    arrow = next;
  }
  return all && !line.transfers.empty();
}

// An arrow with blanks around it, not the ends of the tools' call marks (-->[C1], <--[C1]).
bool TakeArrow(std::string_view body, FlashToolLine& line) {
  line.transfers.clear();
  constexpr std::array<Mark, 4> kTagged = {{{"Tx->", Direction::kToPhone},
                                            {"<-Rx", Direction::kToHost},
                                            {"Rx->", Direction::kToHost},
                                            {"Rx<-", Direction::kToHost}}};
  // In the order in which they stand: lines may have lost the break between them.
  const auto next_tag = [&](std::size_t from) {
    std::pair<std::size_t, const Mark*> next = {std::string_view::npos, nullptr};
    for (const Mark& mark : kTagged) {
      std::size_t at = body.find(mark.text, from);
      while (at != std::string_view::npos && at > 0 && IsNameCharacter(body[at - 1])) {
        at = body.find(mark.text, at + 1);
      }
      if (at < next.first) next = {at, &mark};
    }
    return next;
  };
  // Bare arrows may stand in front and behind, as of other lines.
  const std::size_t first = next_tag(0).first;
  if (first == std::string_view::npos) return AddBareArrows(body, line);
  bool all = true;
  const auto add = [&](std::string_view said, const Mark* mark) {
    const std::size_t bare = std::min(FindArrow(said, 0).at, said.size());
    if (mark != nullptr) {
      line.tool = true;
      line.transfers.push_back({.direction = mark->direction, .bytes = {}});
      all = TakeBytes(said.substr(0, bare), line.transfers.back()) && all;
    }
    if (bare < said.size()) all = AddBareArrows(said.substr(bare), line) && all;
  };
  add(body.substr(0, first), nullptr);
  for (auto [at, mark] = next_tag(0); mark != nullptr;) {
    const std::size_t from = at + mark->text.size();
    const auto next = next_tag(from);
    add(body.substr(from, next.first - from), mark);
    at = next.first;
    mark = next.second;
  }
  return all;
}

bool TakeCall(std::string_view body, FlashToolLine& line) {
  constexpr std::array<Mark, 2> kCalls = {
      {{"WriteData(", Direction::kToPhone}, {"ReadData(", Direction::kToHost}}};
  for (const Mark& call : kCalls) {
    const std::size_t at = body.find(call.text);
    if (at == std::string_view::npos) continue;
    line.tool = true;
    line.transfers.push_back({.direction = call.direction, .bytes = {}});
    const std::size_t close = body.find(')', at);
    return close != std::string_view::npos &&
           TakeBytes(body.substr(close + 1), line.transfers.back());
  }
  return false;
}

// The byte behind `name` in "name(0xFD)" and "name[0xFD]".
std::optional<std::uint8_t> Argument(std::string_view body, std::string_view name) {
  const std::size_t at = body.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = body.substr(at + name.size());
  const auto byte = TakeByte(rest);
  return byte && (StartsWith(rest, ")") || StartsWith(rest, "]")) ? byte : std::nullopt;
}

bool TakeCommand(std::string_view body, FlashToolLine& line) {
  const auto add = [&](Direction direction, std::uint8_t byte) {
    line.transfers.push_back({.direction = direction, .bytes = {byte}});
    line.tool = true;
  };
  if (const auto read = Argument(body, "BRom_CmdSend,Read("); read.has_value()) {
    add(Direction::kToHost, *read);
  } else if (const auto sent = Argument(body, "BRom_CmdSend("); sent.has_value()) {
    add(Direction::kToPhone, *sent);
    const auto answer = Argument(body, "result(");
    if (answer.has_value()) add(Direction::kToHost, *answer);
  } else if (const auto start = Argument(body, "send["); start.has_value()) {
    const auto answer = Argument(body, "read[");
    if (!answer.has_value()) return false;
    add(Direction::kToPhone, *start);
    add(Direction::kToHost, *answer);
  } else if (std::string_view rest = body; Take(rest, "send ")) {
    const auto byte = TakeByte(rest);
    if (!byte || !Take(rest, ". receive ")) return false;
    const auto received = TakeByte(rest);
    if (!received) return false;
    add(Direction::kToPhone, *byte);
    add(Direction::kToHost, *received);
  }
  return !line.transfers.empty();
}

bool TakeMonitor(std::string_view text, FlashToolLine& line) {
  const bool request = Take(text, "Request:");
  if (!request && !Take(text, "Answer:")) return false;
  text = TrimBlanks(text);
  line.time = TakeTime(text);
  if (!line.time.has_value()) return false;
  line.kind = Kind::kMonitor;
  line.tool = true;
  line.transfers.push_back(
      {.direction = request ? Direction::kToPhone : Direction::kToHost, .bytes = {}});
  return true;
}

// "0010: a0 0a 50 05  .P.", "A0 A0 A0": pairs of digits, with an offset in front or not.
bool TakeRow(std::string_view text, FlashToolLine& line) {
  const std::size_t colon = text.find(": ");
  if (colon <= 8) {  // npos is not
    std::string_view offset = text.substr(0, colon);
    if (TakeHexadecimal(offset) && offset.empty()) text = TrimBlanks(text.substr(colon + 2));
  }
  ToolTransfer row;
  const std::string_view start = text;
  while (text.size() >= 2 && HexValue(text[0]) >= 0 && HexValue(text[1]) >= 0 &&
         (text.size() == 2 || text[2] == ' ' || text[2] == '\t')) {
    row.bytes.push_back(static_cast<std::uint8_t>(HexValue(text[0]) * 16 + HexValue(text[1])));
    text = TrimBlanks(text.substr(2));
  }
  if (row.bytes.empty()) return false;
  // "be careful": words of a note that stands beside the bytes.
  const std::string_view pairs = start.substr(0, start.size() - text.size());
  const bool words = pairs.find_first_not_of("abcdef \t") == std::string_view::npos;
  if (words && !text.empty()) return false;
  line.kind = Kind::kRow;
  line.transfers.push_back(std::move(row));
  return true;
}

// "-> 0x10007000", "<- 4 bytes": numbers behind an arrow, that are no bytes. Words are prose, and
// the number in "(Connection.cpp,75)" is of the tool's source.
bool SpeaksBehindArrow(std::string_view body) {
  for (Arrow arrow = FindArrow(body, 0); arrow.at != std::string_view::npos;) {
    const Arrow next = FindArrow(body, arrow.at + 2);
    const std::string_view said = body.substr(arrow.at + 2, next.at - (arrow.at + 2));
    if (IsValue(TrimBlanks(said))) return true;
    const std::string_view plain = said.substr(0, said.find('('));
    if (plain.find_first_of("0123456789") != std::string_view::npos) return true;
    arrow = next;
  }
  return false;
}

bool SpeaksOfTransfer(std::string_view body) {
  return SpeaksBehindArrow(body) || IsValue(body) || Contains(body, "Hex[") ||
         Contains(body, "WriteData") || Contains(body, "ReadData") ||
         Contains(body, "BRom_CmdSend") || Contains(body, "BRom_OutData") ||
         Contains(body, "BRom_InData") || Contains(body, "send[0x") || Contains(body, "Tx->") ||
         Contains(body, "<-Rx");
}

}  // namespace

FlashToolLine ParseFlashToolLine(std::string_view text) {
  FlashToolLine line;
  if (TakeMonitor(text, line)) return line;
  line.body = TakeHeader(text, line);
  if (TakeCommand(line.body, line) || TakeCall(line.body, line) || TakeArrow(line.body, line)) {
    line.kind = Kind::kTransfers;
    return line;
  }
  line.transfers.clear();
  if (TakeRow(line.body, line)) return line;
  if (SpeaksOfTransfer(line.body)) line.kind = Kind::kUnlogged;
  return line;
}

}  // namespace mtkrig::traces
