#include "traces/corpus/corpus_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "traces/replay/content_source.h"
#include "traces/replay/yaml_reader.h"

namespace mtkrig::traces {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Result;

namespace {

constexpr std::uint64_t kMaxList = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxExitCode = 255;

Result<std::string> Needed(const YamlValue& value, std::string_view key) {
  TRY_ASSIGN(auto text, value.Text(key));
  if (!text.has_value() || text->empty()) {
    return value.ErrorHere(fmt::format("'{}' is missing", key));
  }
  return *std::move(text);
}

Result<CommandReplay> ReadCommand(const YamlValue& value) {
  TRY(value.CheckKeys("an item of 'as_phone'", {"run", "exit", "says", "whole"}));
  CommandReplay replay;
  TRY_ASSIGN(replay.run, Needed(value, "run"));
  TRY_ASSIGN(const auto exit_code, value.Number("exit"));
  if (exit_code.value_or(0) > kMaxExitCode) {
    return value.ErrorHere("'exit' is an exit status, 0 to 255");
  }
  replay.exit_code = static_cast<int>(exit_code.value_or(0));
  TRY_ASSIGN(const auto says, value.Text("says"));
  replay.says = says.value_or("");
  // A command that fails stops where it fails.
  replay.whole = replay.exit_code == 0;
  if (value.Find("whole") != nullptr) {
    TRY_ASSIGN(replay.whole, value.Flag("whole"));
  }
  return replay;
}

Result<HostReplay> ReadHost(const YamlValue& value) {
  TRY(value.CheckKeys("an item of 'as_host'", {"device", "differs", "reason"}));
  HostReplay replay;
  TRY_ASSIGN(replay.device, Needed(value, "device"));
  TRY_ASSIGN(const auto differs, value.Text("differs"));
  TRY_ASSIGN(const auto reason, value.Text("reason"));
  replay.differs = differs.value_or("");
  replay.reason = reason.value_or("");
  if (replay.differs.empty() != replay.reason.empty()) {
    return value.ErrorHere("'differs' and 'reason' belong together: say why it differs");
  }
  return replay;
}

// A path inside the corpus, and nowhere else.
bool IsInside(const std::filesystem::path& path) {
  return !path.empty() && path.is_relative() && path.has_filename() &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

Result<CorpusSession> ReadSession(const YamlValue& value) {
  TRY(value.CheckKeys("a session",
                      {"trace", "chip", "source", "evidence", "loosened", "not_understood",
                       "unexpected", "as_phone", "as_host", "only_itself"}));
  CorpusSession session;
  TRY_ASSIGN(session.trace, Needed(value, "trace"));
  if (!IsInside(session.trace)) {
    return value.ErrorHere(
        fmt::format("'{}' is no path of a file inside the corpus", session.trace));
  }
  TRY_ASSIGN(session.chip, Needed(value, "chip"));
  TRY_ASSIGN(session.source, Needed(value, "source"));
  TRY_ASSIGN(session.evidence, Needed(value, "evidence"));
  TRY_ASSIGN(const auto loosened, value.List("loosened"));
  for (const YamlValue* name : loosened) session.loosened.push_back(name->text());
  TRY_ASSIGN(const auto not_understood, value.Number("not_understood"));
  session.not_understood = not_understood.value_or(0);
  TRY_ASSIGN(const auto unexpected, value.Number("unexpected"));
  session.unexpected = unexpected.value_or(0);
  TRY_ASSIGN(const auto commands, value.List("as_phone"));
  for (const YamlValue* command : commands) {
    TRY_ASSIGN(CommandReplay replay, ReadCommand(*command));
    session.as_phone.push_back(std::move(replay));
  }
  TRY_ASSIGN(const auto hosts, value.List("as_host"));
  for (const YamlValue* host : hosts) {
    TRY_ASSIGN(HostReplay replay, ReadHost(*host));
    session.as_host.push_back(std::move(replay));
  }
  TRY_ASSIGN(const auto only_itself, value.Text("only_itself"));
  session.only_itself = only_itself.value_or("");
  const bool replayed = !session.as_phone.empty() || !session.as_host.empty();
  if (replayed == !session.only_itself.empty()) {
    return value.ErrorHere(
        replayed ? "'only_itself' is for sessions without 'as_phone' and 'as_host'"
                 : "replayed in no direction: give 'as_phone' or 'as_host', or say in "
                   "'only_itself' why there is none");
  }
  return session;
}

// A text as YAML reads it back, whatever is in it.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string Item(const CorpusSession& session) {
  std::string text = fmt::format(
      "\n  - trace: {}\n    chip: {}\n    source: {}\n    evidence: {}\n", Quoted(session.trace),
      Quoted(session.chip), Quoted(session.source), Quoted(session.evidence));
  if (!session.loosened.empty()) {
    text += "    loosened:\n";
    for (const std::string& name : session.loosened) {
      text += fmt::format("      - {}\n", Quoted(name));
    }
  }
  if (session.not_understood != 0) {
    text += fmt::format("    not_understood: {}\n", session.not_understood);
  }
  if (session.unexpected != 0) {
    text += fmt::format("    unexpected: {}\n", session.unexpected);
  }
  if (!session.as_phone.empty()) text += "    as_phone:\n";
  for (const CommandReplay& replay : session.as_phone) {
    text += fmt::format("      - run: {}\n", Quoted(replay.run));
    if (replay.exit_code != 0) text += fmt::format("        exit: {}\n", replay.exit_code);
    if (!replay.says.empty()) text += fmt::format("        says: {}\n", Quoted(replay.says));
    if (replay.whole != (replay.exit_code == 0)) {
      text += fmt::format("        whole: {}\n", replay.whole);
    }
  }
  if (!session.as_host.empty()) text += "    as_host:\n";
  for (const HostReplay& replay : session.as_host) {
    text += fmt::format("      - device: {}\n", Quoted(replay.device));
    if (replay.differs.empty()) continue;
    text += fmt::format("        differs: {}\n        reason: {}\n", Quoted(replay.differs),
                        Quoted(replay.reason));
  }
  if (!session.only_itself.empty()) {
    text += fmt::format("    only_itself: {}\n", Quoted(session.only_itself));
  }
  return text;
}

}  // namespace

std::string CorpusSession::name() const {
  std::filesystem::path path = std::filesystem::path(trace).filename();
  if (path.extension() == ".zst") path = path.stem();
  return path.stem().string();
}

Result<CorpusList> ParseCorpusList(std::string_view text, std::string_view source) {
  TRY_ASSIGN(const YamlValue root, YamlValue::Parse(text, source));
  TRY(root.CheckKeys("a corpus list", {"sessions"}));
  CorpusList list;
  std::set<std::string> names;
  TRY_ASSIGN(const auto sessions, root.List("sessions"));
  for (const YamlValue* value : sessions) {
    TRY_ASSIGN(CorpusSession session, ReadSession(*value));
    if (!names.insert(session.name()).second) {
      return value->ErrorHere(
          fmt::format("'{}' is listed twice; tests are named after it", session.name()));
    }
    list.sessions.push_back(std::move(session));
  }
  return list;
}

Result<CorpusList> LoadCorpusList(const std::string& path) {
  TRY_ASSIGN(const auto file, FileContent::Open(path));
  const std::uint64_t size = file->size().value_or(0);
  if (size > kMaxList) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is larger than 1 MiB", path))
        .WithHint("the list of a corpus is short; this may be another file");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  TRY(file->Read(0, bytes));
  return ParseCorpusList(std::string(bytes.begin(), bytes.end()), path);
}

Result<std::string> AppendSession(std::string_view text, std::string_view source,
                                  const CorpusSession& session) {
  TRY_ASSIGN(const CorpusList before, ParseCorpusList(text, source));
  for (const CorpusSession& one : before.sessions) {
    if (one.name() == session.name()) {
      return Error(ErrorCode::kExists, fmt::format("{} lists '{}' already", source, one.name()))
          .WithHint("choose another name with --name");
    }
  }
  std::string added(text);
  if (before.sessions.empty()) {
    // "sessions:" or "sessions: []", with comments around it.
    const std::size_t empty = added.find("sessions: []");
    if (empty != std::string::npos) added.replace(empty, 12, "sessions:");
    if (added.find("sessions:") == std::string::npos) added += "sessions:\n";
  }
  if (!added.empty() && added.back() != '\n') added += '\n';
  added += Item(session);
  const Result<CorpusList> after = ParseCorpusList(added, source);
  if (!after || after->sessions.size() != before.sessions.size() + 1) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} does not end with its list of sessions", source))
        .WithHint("items are added at its end, indented by two blanks as the others are");
  }
  return added;
}

}  // namespace mtkrig::traces
