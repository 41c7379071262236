#include "harness/trace/regression_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "harness/output/file_system.h"
#include "harness/trace/blank_archive.h"
#include "harness/trace/recorded_chip.h"
#include "harness/trace/recorded_command.h"
#include "harness/trace/redacted_trace.h"
#include "harness/trace/regression_replay.h"
#include "harness/trace/test_name.h"
#include "harness/trace/written_files.h"
#include "protocol/base/input_file.h"
#include "traces/formats/open_trace.h"
#include "traces/redact/harmless_text.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = kReportsFolder;
// What is longer is kept as pcapng: nobody reads it.
constexpr std::uintmax_t kMaxText = std::uintmax_t{256} << 10;
constexpr std::size_t kMaxSays = 200;
constexpr std::size_t kMaxList = std::size_t{1} << 20;
constexpr std::string_view kNewList =
    "# Recordings of reports, as `mtkrig trace to-test` adds them; see traces/corpus/README.md.\n\n"
    "sessions:\n";

// The list is a person's work as well: it is there as it was, or with all of the new item.
Result<void> WriteFile(const std::string& path, ByteSpan bytes) {
  return WriteFileAtomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

ByteSpan BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<std::string> ReadList(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::string(kNewList);
  TRY_ASSIGN(const auto bytes,
             protocol::ReadInputFile(path, {.max_bytes = kMaxList, .kind = "corpus list"}));
  return std::string(bytes.begin(), bytes.end());
}

class Maker {
 public:
  Maker(CommandContext& context, const RegressionTestRequest& request)
      : context_(context), request_(request), folder_(fs::path(request.corpus) / kFolder) {}

  Result<RegressionTest> Make();

 private:
  std::string Target(std::string_view suffix) const {
    return (folder_ / (request_.name + std::string(suffix))).string();
  }
  ReplayedTest TestOf(const std::string& trace) const {
    return {request_.corpus, trace, Target(".replayed")};
  }
  Result<void> LookAtBeginning();
  Result<void> CheckFirst(const std::string& list, const std::string& list_path);
  Result<void> Replay();
  Result<std::string> Searched(std::string_view what, const std::string& text);
  Result<void> CheckNames();
  Result<void> Redact(bool loosen_ready);
  Result<void> CheckSameEnding(const std::string& run);
  Result<std::string> PutTogetherRun(const std::string& run);
  Result<void> KeepScatter(std::string& word);
  Result<traces::CommandReplay> RunOn(const std::string& trace, const std::string& run);
  Result<void> AddHost(const std::string& device);
  Error NothingReplayed() const;
  Error NothingSaid(const CommandOutcome& outcome) const;

  CommandContext& context_;
  const RegressionTestRequest& request_;
  const fs::path folder_;
  WrittenFiles written_;
  traces::SessionFacts facts_;
  bool lacks_handshake_ = false;
  std::optional<std::string> run_;  // the command to replay
  std::string trace_;
  RedactedTrace redacted_;
  traces::CorpusSession session_;
  std::string no_host_;  // why the host's side is not played
  bool nothing_answered_ = false;
};

// What is known of the session, and whether its handshake is missing.
Result<void> Maker::LookAtBeginning() {
  TRY_ASSIGN(const auto reader,
             traces::OpenTrace(request_.input, {.device = request_.capture_device}));
  bool any = false;
  while (true) {
    TRY_ASSIGN(const auto event, reader->Next());
    if (!event.has_value()) break;
    lacks_handshake_ |= traces::IsMissingHandshake(*event);
    if (event->kind != traces::EventKind::kBytes) continue;
    if (!any) facts_ = reader->facts();
    any = true;
    if (event->direction == traces::Direction::kToHost) continue;
    lacks_handshake_ |= traces::BeginsBehindHandshake(event->bytes);
    return Ok();
  }
  if (any) return Ok();
  return Error(ErrorCode::kInvalidInput,
               fmt::format("{} has no transfer with a phone", request_.input))
      .WithHint("nothing can be replayed; `mtkrig trace show` tells what is in it");
}

// A text that goes into the corpus beside the recording, without the identities that the recording
// or the text itself tells. Says what was changed.
Result<std::string> Maker::Searched(std::string_view what, const std::string& text) {
  TRY_ASSIGN(
      const auto searched,
      traces::RedactTexts(
          [&] { return traces::OpenTrace(request_.input, {.device = request_.capture_device}); },
          {text}));
  if (searched[0] == text) return text;
  const bool shown = searched[0].size() <= kMaxSays;
  context_.console.Warn(fmt::format("{} had something of a phone or a person in it, which is {}",
                                    what, shown ? "now: " + searched[0] : "replaced now"));
  return searched[0];
}

// What names files, and must be as it is.
Result<void> Maker::CheckNames() {
  for (const auto& [what, text] : {std::pair("--name", std::optional(request_.name)),
                                   std::pair("--device", request_.device)}) {
    if (!text.has_value()) continue;
    TRY_ASSIGN(const std::string searched, Searched(what, *text));
    if (searched == *text) continue;
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} has something of a phone or a person in it", what))
        .WithHint("it is written into the list of the tests: name another with " +
                  std::string(what));
  }
  return Ok();
}

Result<void> Maker::Redact(bool loosen_ready) {
  RedactRequest request;
  request.loosen_ready = loosen_ready;
  request.loosen_handshake = lacks_handshake_;
  request.overwrite = loosen_ready;
  request.input = request_.input;
  request.capture_device = request_.capture_device;
  request.loosen_identities = true;
  request.options.keep_unknown = request_.keep_unknown;
  request.options.blank_agents = true;
  // It is made again, and may get another suffix.
  std::error_code none;
  if (!trace_.empty()) fs::remove(trace_, none);
  for (const std::string_view suffix : kTraceSuffixes) {
    request.output = Target(suffix);
    TRY_ASSIGN(redacted_, RedactTrace(request));
    trace_ = request.output;
    std::error_code ignored;
    if (fs::file_size(trace_, ignored) <= kMaxText || suffix != ".wire") break;
    fs::remove(trace_, ignored);
    if (!redacted_.side_file.empty()) fs::remove(redacted_.side_file, ignored);
  }
  written_.Add(trace_);
  if (!redacted_.side_file.empty()) written_.Add(redacted_.side_file);
  return Ok();
}

// A scatter file that the command read belongs to the test.
Result<void> Maker::KeepScatter(std::string& word) {
  TRY_ASSIGN(const auto bytes, protocol::ReadInputFile(word, {.max_bytes = std::size_t{4} << 20,
                                                              .kind = "scatter file"}));
  const std::string path = Target(".scatter.txt");
  TRY_ASSIGN(const std::string text,
             Searched("the scatter file", std::string(bytes.begin(), bytes.end())));
  TRY(WriteFile(path, BytesOf(text)));
  written_.Add(path);
  word = fmt::format("{}/{}/{}", kCorpusMark, kFolder, fs::path(path).filename().string());
  return Ok();
}

Result<std::string> Maker::PutTogetherRun(const std::string& run) {
  std::vector<std::string> words = WordsOf(run);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--scatter" || words[i] == "-s") TRY(KeepScatter(words[i + 1]));
  }
  if (words.front() == "scatter") TRY(KeepScatter(words.back()));
  if (!redacted_.report.agents.empty()) {
    TRY_ASSIGN(const auto archive, BlankArchive(redacted_.report));
    const std::string path = Target(".da.bin");
    TRY(WriteFile(path, archive));
    written_.Add(path);
    const std::string da =
        fmt::format("{}/{}/{}", kCorpusMark, kFolder, fs::path(path).filename().string());
    // Behind the command's name.
    words.insert(words.begin() + (words.front() == "scatter" ? 2 : 1), {"--da", da});
  }
  return fmt::format("{}", fmt::join(words, " "));
}

// A mistake in the command, which would fail so whatever the recording says; or a recording of
// something else.
Error Maker::NothingSaid(const CommandOutcome& outcome) const {
  const std::string why =
      outcome.error.empty() ? fmt::format("it ends with {}", outcome.exit_code) : outcome.error;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} '{}' says nothing of what was recorded: {}",
                           request_.run ? "--run" : "the command of the recording", *run_, why))
      .WithHint(request_.run ? "correct the command behind --run, which the test is to replay"
                             : "name another with --run, as in --run \"readback boot\"");
}

Result<traces::CommandReplay> Maker::RunOn(const std::string& trace, const std::string& run) {
  PhoneOutcome made = ReplayAsPhone(context_, TestOf(trace), run);
  if (!made.no_room.empty()) return Error(ErrorCode::kNoSpace, made.no_room);
  if (!made.anything_said) return NothingSaid(made.outcome);
  return std::move(made.replay);
}

// What was redacted must not be why the test ends as it does. Content and agents are left out of
// what it is compared with, too: whoever replays it may not have them.
Result<void> Maker::CheckSameEnding(const std::string& run) {
  RedactRequest request;
  request.input = request_.input;
  request.capture_device = request_.capture_device;
  request.loosen_identities = true;
  request.loosen_handshake = lacks_handshake_;
  request.options = {.keep_unknown = true, .keep_identities = true, .blank_agents = true};
  // In the same form, so that both tell the same places.
  request.output =
      Target(".unredacted" + fs::path(trace_).filename().string().substr(request_.name.size()));
  WrittenFiles scratch;
  scratch.Add(request.output);
  TRY_ASSIGN(const RedactedTrace unredacted, RedactTrace(request));
  if (!unredacted.side_file.empty()) scratch.Add(unredacted.side_file);
  TRY_ASSIGN(const traces::CommandReplay before, RunOn(request.output, run));
  const traces::CommandReplay& after = session_.as_phone.back();
  if (before.exit_code == after.exit_code && before.says == after.says) return Ok();
  const auto ending = [](const traces::CommandReplay& replay) {
    return fmt::format("{}{}{}", replay.exit_code, replay.says.empty() ? "" : ": ", replay.says);
  };
  return Error(ErrorCode::kInvalidInput,
               fmt::format("the redacted recording ends with {}, the recording itself with {}",
                           ending(after), ending(before)))
      .WithHint(
          "what the test needs was not understood, and left out; --keep-unknown keeps it, if "
          "nothing of the phone is in it");
}

Result<void> Maker::AddHost(const std::string& device) {
  HostOutcome made = ReplayAsHost(context_, TestOf(trace_), device);
  // How often a host met READY before it was answered is a matter of time, and would hide all that
  // is behind it.
  if (made.outcome.loosening.ends_with("ready]")) {
    TRY(Redact(true));
    session_.loosened = redacted_.loosened;
    made = ReplayAsHost(context_, TestOf(trace_), device);
  }
  // A recording that cannot be played as a host says so in the phone's direction alone.
  if (!made.replayed) {
    no_host_ = made.outcome.error;
    return Ok();
  }
  // It would differ so, or be the same, whatever the phone is.
  if (made.outcome.bytes_compared == 0) {
    nothing_answered_ = made.replay.differs.empty();
    no_host_ = nothing_answered_
                   ? fmt::format("against {} no answer of the phone is compared", device)
                   : fmt::format("against {} it differs before anything is compared: {}", device,
                                 made.outcome.difference);
    if (session_.as_phone.empty()) return Ok();
    context_.console.Warn(fmt::format("there is no test of the host's side: {}", no_host_));
    return Ok();
  }
  session_.as_host.push_back(std::move(made.replay));
  return Ok();
}

Error Maker::NothingReplayed() const {
  if (no_host_.empty()) {
    return Error(ErrorCode::kInvalidArgument, "nothing says how this recording is to be replayed")
        .WithHint("name the command with --run, or a phone in software with --device");
  }
  Error error(ErrorCode::kInvalidInput, fmt::format("the recorded host cannot be played: {}",
                                                    Telling(no_host_, request_.corpus)));
  if (nothing_answered_) {
    return std::move(error).WithHint(
        "the test would compare nothing: record what the phone answers, too, or name the command "
        "that the recording is replayed to with --run");
  }
  return std::move(error).WithHint(
      fmt::format("loosen what may differ in {}, as in \"ignore: [gaps]\", name another phone with "
                  "--device, or the command that the recording is replayed to with --run",
                  traces::SideFilePath(request_.input)));
}

// Whether all can be written, before anything is.
Result<void> Maker::CheckFirst(const std::string& list, const std::string& list_path) {
  std::error_code failed;
  if (!fs::is_directory(request_.corpus, failed)) {
    return Error(ErrorCode::kNotFound, fmt::format("there is no folder {}", request_.corpus))
        .WithHint("--corpus names the folder of the tests; make it if it is to be a new one");
  }
  TRY(LookAtBeginning());
  run_ = request_.run ? request_.run : CommandOfTrace(facts_);
  if (run_) TRY(CheckTalksToPhone(*run_));
  traces::CorpusSession named;
  named.trace = fmt::format("{}/{}.wire", kFolder, request_.name);
  named.chip = named.source = named.evidence = "-";
  named.as_phone.emplace_back().run = "identify";
  TRY(traces::AppendSession(list, list_path, named));
  TRY(CheckNames());
  fs::create_directories(folder_, failed);
  if (!failed) return Ok();
  return Error(ErrorCode::kIo,
               fmt::format("{} cannot be made: {}", folder_.string(), failed.message()));
}

// What comes out now, as a phone and as a host.
Result<void> Maker::Replay() {
  if (run_ && run_->find("--preloader") != std::string::npos) {
    context_.console.Warn(
        "the command needs the phone's own preloader, which is its vendor's: the test plays the "
        "host's side only");
  } else if (run_) {
    TRY_ASSIGN(std::string whole_run, PutTogetherRun(*run_));
    TRY_ASSIGN(whole_run, Searched("the command", whole_run));
    TRY_ASSIGN(auto replay, RunOn(trace_, whole_run));
    session_.as_phone.push_back(std::move(replay));
    TRY(CheckSameEnding(whole_run));
  }
  const auto device = request_.device ? request_.device : PhoneLike(facts_, redacted_.report);
  if (device) TRY(AddHost(*device));
  if (session_.as_phone.empty() && session_.as_host.empty()) return NothingReplayed();
  if (!run_) {
    context_.console.Warn(
        "the recording does not tell the command that made it: the test plays the host's side "
        "only. For the phone's side name a command with --run, as in --run \"readback boot\"");
  }
  return Ok();
}

Result<RegressionTest> Maker::Make() {
  const std::string list_path = (fs::path(request_.corpus) / "corpus.yaml").string();
  TRY_ASSIGN(const std::string list, ReadList(list_path));
  TRY(CheckFirst(list, list_path));
  TRY(Redact(false));
  session_.trace = fmt::format("{}/{}", kFolder, fs::path(trace_).filename().string());
  session_.loosened = redacted_.loosened;
  TRY_ASSIGN(session_.source, Searched("--source", request_.source));
  // As the redacted recording tells it: a fact may be any text.
  traces::SessionFacts told = facts_;
  told.chip = traces::IsHarmlessText(facts_.chip) ? facts_.chip : std::string();
  session_.chip = ChipOf(told, redacted_.report);
  TRY(Replay());
  TRY_ASSIGN(const OddSteps odd, CountOddSteps(trace_));
  session_.not_understood = odd.not_understood;
  session_.unexpected = odd.unexpected;
  WarnOfUnknown(context_.console, redacted_.report, trace_);
  WarnOfWrites(context_.console, redacted_.report, trace_);
  const bool fails = !session_.as_phone.empty() && session_.as_phone.front().exit_code != 0;
  session_.evidence = fails ? "a reported failure, as it was recorded" : "a reported session";
  TRY_ASSIGN(const std::string longer, traces::AppendSession(list, list_path, session_));
  TRY(WriteFile(list_path, BytesOf(longer)));
  RegressionTest made{session_, written_.Keep()};
  made.files.push_back(list_path);
  return made;
}

}  // namespace

Result<RegressionTest> MakeRegressionTest(CommandContext& context,
                                          const RegressionTestRequest& request) {
  if (request.name.empty() || TestNameOf(request.name) != request.name) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no name for a test", request.name))
        .WithHint("--name takes lower-case letters, digits and dashes, as in issue-12");
  }
  Result<RegressionTest> made = Maker(context, request).Make();
  if (made || made.error().code() != ErrorCode::kNoSpace) return made;
  // Whichever of the files it was.
  return std::move(made).error().WithHint(
      "free some space and run it again: the list of the tests is as it was");
}

}  // namespace mtkrig::harness
