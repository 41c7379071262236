#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

#include "protocol/wire/xml_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xml_exchanges.h"
#include "traces/decode/xml_text.h"

namespace mtkrig::traces {
namespace {

namespace xml_da = protocol::xml_da;

constexpr std::size_t kMaxArguments = 16;

// Between two commands. One that is put otherwise is compared like any other text.
constexpr std::string_view kUsualStart =
    R"(<?xml version="1.0" encoding="utf-8"?><host><version>1.0</version>)"
    R"(<command>CMD:START</command></host>)";

std::string_view WithoutPrefix(std::string_view command) {
  if (command.starts_with(xml_da::kCommandPrefix)) {
    command.remove_prefix(xml_da::kCommandPrefix.size());
  }
  return command;
}

bool IsOne(std::string_view command, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), WithoutPrefix(command)) != names.end();
}

// Those that every host makes up: buffers and files of its own, and the time.
bool IsIncidentalArgument(std::string_view name) {
  return name == "target_file" || name == "source_file" || name == "info";
}

void TellCommand(Conversation& line, std::string_view command, const XmlText& text) {
  const xml_da::HostCommand* known = xml_da::FindHostCommand(command);
  if (known != nullptr && known->effect == xml_da::Effect::kWrites) line.Field("effect", "writes");
  std::vector<std::string_view> told = {FindXmlValue(text.text, xml_da::kCommandElement)};
  for (const XmlLeaf& leaf : FindXmlLeaves(text.text, kMaxArguments)) {
    if (leaf.name == "version" || leaf.name == xml_da::kCommandElement) continue;
    line.Field(leaf.name, leaf.value,
               IsIncidentalArgument(leaf.name) ? FieldKind::kIncidental : FieldKind::kFact);
    told.push_back(leaf.value);
  }
  RestOfXml(line, text, std::move(told));
}

// The same of a request of the phone, whose values are told elsewhere: those of `told`, and what
// the host has made up.
void RestOfRequest(Conversation& line, const XmlText& request,
                   std::initializer_list<std::string_view> told) {
  std::vector<std::string_view> values;
  for (const XmlLeaf& leaf : FindXmlLeaves(request.text, kMaxArguments)) {
    const bool is_told = std::find(told.begin(), told.end(), leaf.name) != told.end();
    if (is_told || IsIncidentalArgument(leaf.name)) values.push_back(leaf.value);
  }
  RestOfXml(line, request, std::move(values));
}

bool IsProgress(std::string_view text) {
  if (text == xml_da::kEndOfProgress) return true;
  if (!text.starts_with(xml_da::kProgress)) return false;
  text.remove_prefix(xml_da::kProgress.size());
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '@'; });
}

// How far it is, until the phone says that it is done.
Task<void> TakeProgressReport(Packets& packets, const std::string& request) {
  Conversation& line = packets.line();
  const std::string message(FindXmlValue(request, "message"));
  line.Field("progress of", message);
  std::string value;
  bool going = co_await TakeShortAnswer(packets, kHost, "the host's OK to a report", value);
  if (!going) co_return;
  for (;;) {
    const XmlText report = co_await TakeXmlText(packets, kPhone, "a report");
    const std::string_view text = report.text;
    // How many there are depends on the phone's speed.
    if (!IsProgress(text)) RestOfXml(line, report, {});
    if (report.whole && !text.starts_with(xml_da::kOk)) {
      co_await line.Unexpected("a report is no OK");
    }
    going = co_await TakeShortAnswer(packets, kHost, "the host's OK to a report", value);
    if (!going || text == xml_da::kEndOfProgress) co_return;
    if (!text.starts_with(xml_da::kProgress)) continue;
    std::uint64_t per_cent = 0;
    for (const char digit : text.substr(xml_da::kProgress.size())) {
      if (digit < '0' || digit > '9' || per_cent > 100) break;
      per_cent = 10 * per_cent + static_cast<std::uint64_t>(digit - '0');
    }
    line.Recount("per cent", per_cent, FieldKind::kIncidental);
  }
}

Task<void> TakeFileSystemOperation(Packets& packets, const std::string& request) {
  const std::string key(FindXmlValue(request, "key"));
  const std::string path(FindXmlValue(request, "file_path"));
  std::string value;
  bool going = co_await TakeShortAnswer(packets, kHost, "the host's OK to a request", value);
  if (!going) co_return;
  going = co_await TakeShortAnswer(packets, kHost, "the host's answer to a request", value, true);
  if (!going) co_return;
  packets.line().Field("file", fmt::format("{} {}: {}", key, path, value), FieldKind::kIncidental);
}

void TellEnd(Conversation& line, const XmlText& end) {
  const std::string_view result = FindXmlValue(end.text, "result");
  const std::string_view message = FindXmlValue(end.text, "message");
  if (!end.whole && result.empty()) {
    line.Field("result", line.missing());
    return;
  }
  line.Field("result", result);
  if (result == xml_da::kOk) return;
  line.Problem(Outcome::kFailed, message.empty()
                                     ? fmt::format("the phone's result is \"{}\"", result)
                                     : fmt::format("the phone says \"{}\"", message));
}

// What the phone asks while a command of the host runs. False once the command has ended.
Task<bool> TakeRequest(Packets& packets, XmlFile file) {
  Conversation& line = packets.line();
  const XmlText request = co_await TakeXmlText(packets, kPhone, "what the phone says next");
  const std::string command(FindXmlValue(request.text, xml_da::kCommandElement));
  std::string value;
  if (command == xml_da::kFileSystemOperation) {
    RestOfRequest(line, request, {"key", "file_path"});
  } else if (command == xml_da::kEnd) {
    RestOfRequest(line, request, {"result"});
  } else {
    RestOfRequest(line, request, {command == xml_da::kProgressReport ? "message" : "info"});
  }
  if (command == xml_da::kDownloadFile) {
    co_await TakeDownloadFile(packets, request.text, file);
  } else if (command == xml_da::kUploadFile) {
    co_await TakeUploadFile(packets, request.text, file);
  } else if (command == xml_da::kProgressReport) {
    co_await TakeProgressReport(packets, request.text);
  } else if (command == xml_da::kFileSystemOperation) {
    co_await TakeFileSystemOperation(packets, request.text);
  } else if (command == xml_da::kEnd) {
    TellEnd(line, request);
    co_await TakeShortAnswer(packets, kHost, "the host's OK to the end", value);
    co_return false;
  } else if (command == xml_da::kStart) {
    line.Problem(Outcome::kFailed, "the phone starts anew without an end");
    co_await TakeShortAnswer(packets, kHost, "the host's OK to the start", value);
    co_return false;
  } else if (!request.whole) {
    co_await line.Unexpected("a text was cut from the recording");
  } else if (!command.empty() || !request.text.starts_with(xml_da::kOk)) {
    const std::string problem =
        fmt::format("the phone says \"{}\"", command.empty() ? request.text : command);
    co_await line.Unexpected(problem);
  }
  co_return true;
}

bool IsUsualStart(const Data& data) {
  const std::vector<std::uint8_t>& bytes = data.bytes;
  return data.whole && bytes.size() == kUsualStart.size() + 1 && bytes.back() == 0 &&
         std::equal(kUsualStart.begin(), kUsualStart.end(), bytes.begin());
}

}  // namespace

Task<XmlText> TakeXmlText(Packets& packets, Direction side, std::string_view what) {
  XmlText text;
  text.data = co_await packets.Payload(side, what, {.keep = kMaxShortPacket, .passed_over = true});
  text.text = PayloadText(text.data.bytes);
  text.whole = text.data.whole;
  co_return text;
}

void RestOfXml(Conversation& line, const XmlText& text, std::vector<std::string_view> told) {
  if (!text.whole) return;
  const Data& data = text.data;
  const ByteSpan bytes(data.bytes);
  std::sort(told.begin(), told.end(),
            [](std::string_view a, std::string_view b) { return a.data() < b.data(); });
  std::size_t done = 0;
  const auto rest = [&](std::size_t end) {
    line.Rest(data.direction, bytes.subspan(done, end - done), data.offset + done, Role::kProtocol);
  };
  for (const std::string_view value : told) {
    if (value.empty()) continue;
    const auto at = static_cast<std::size_t>(value.data() - text.text.data());
    const bool plain = IsPlainText(bytes.subspan(at, value.size()));
    if (at < done || !plain) continue;
    rest(at);
    done = at + value.size();
  }
  rest(bytes.size());
}

Task<bool> TakeShortAnswer(Packets& packets, Direction side, std::string_view what,
                           std::string& value, bool told) {
  value.clear();
  const XmlText answer = co_await TakeXmlText(packets, side, what);
  const std::string_view text = answer.text;
  // Each packet of a file has some of these, so they say no more than its length does.
  const bool plain_ok = text == xml_da::kOk && answer.data.length == xml_da::kOk.size() + 1;
  if (!plain_ok) {
    const bool has_value = told && text.starts_with(xml_da::kOkValue);
    RestOfXml(packets.line(), answer,
              {has_value ? text.substr(xml_da::kOkValue.size()) : std::string_view()});
  }
  if (!answer.whole && text.size() < xml_da::kOkValue.size()) co_return true;
  if (text.starts_with(xml_da::kOkValue)) value = text.substr(xml_da::kOkValue.size());
  if (text.starts_with(xml_da::kOk)) co_return true;
  if (text.starts_with(xml_da::kError)) {
    packets.line().Problem(Outcome::kRefused, fmt::format("{}: {}", what, text));
    co_return false;
  }
  const std::string problem = fmt::format("{} is \"{}\"", what, text);
  co_await packets.line().Unexpected(problem);
  co_return false;
}

XmlFile XmlFileOf(std::string_view command) {
  constexpr std::array<std::string_view, 8> kFlash = {
      "READ-FLASH",       "READ-PARTITION", "WRITE-FLASH",  "WRITE-PARTITION",
      "WRITE-PARTITIONS", "FLASH-ALL",      "FLASH-UPDATE", "EXT-READ-MEM"};
  constexpr std::array<std::string_view, 1> kCode = {"BOOT-TO"};
  constexpr std::array<std::string_view, 9> kDocuments = {
      "GET-HW-INFO",          "GET-SYS-PROPERTY", "SECURITY-GET-DEV-FW-INFO",
      "READ-PARTITION-TABLE", "GET-DA-INFO",      "CAN-HIGHER-USB-SPEED",
      "EMMC-CONTROL",         "READ-REGISTER",    "GET-DOWNLOADED-IMAGE-FEEDBACK"};
  if (IsOne(command, kFlash)) return XmlFile::kContent;
  if (IsOne(command, kCode)) return XmlFile::kAgent;
  if (IsOne(command, kDocuments)) return XmlFile::kDocument;
  return XmlFile::kSecret;
}

Task<void> DecodeXmlCommand(Packets& packets) {
  Conversation& line = packets.line();
  packets.Begin(Layer::kXml, "CMD");
  const XmlText text = co_await TakeXmlText(packets, kHost, "a command");
  const std::string command(FindXmlValue(text.text, xml_da::kCommandElement));
  if (command.empty() && text.whole) co_await line.Unexpected("a text of the host is no command");
  line.Rename(command.empty() ? line.missing() : command);
  TellCommand(line, command, text);
  std::string value;
  // One that the phone does not know ends like any other.
  co_await TakeShortAnswer(packets, kPhone, "the command", value);
  for (bool going = true; going;) going = co_await TakeRequest(packets, XmlFileOf(command));
  packets.End();
}

Task<void> DecodeXmlRequest(Packets& packets) {
  Conversation& line = packets.line();
  packets.Begin(Layer::kXml, "CMD");
  const XmlText text = co_await TakeXmlText(packets, kPhone, "a command of the phone");
  const std::string command(FindXmlValue(text.text, xml_da::kCommandElement));
  line.Rename(command.empty() ? std::string_view("text") : command);
  std::vector<std::string_view> told = {FindXmlValue(text.text, xml_da::kCommandElement)};
  if (command == xml_da::kEnd) told.push_back(FindXmlValue(text.text, "result"));
  const bool usual = IsUsualStart(text.data);
  if (!usual) RestOfXml(line, text, std::move(told));
  if (command == xml_da::kStart) {
    line.Incidental();
  } else if (command == xml_da::kEnd) {
    TellEnd(line, text);
  } else {
    line.Problem(Outcome::kUnexpected, "no command of the host runs");
  }
  std::string value;
  if (!command.empty()) co_await TakeShortAnswer(packets, kHost, "the host's OK", value);
  if (!line.steps().step().rest.empty()) line.Incidental(false);
  packets.End();
}

}  // namespace mtkrig::traces
