#include "harness/trace/regression_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "emulator/archive/agent_archive.h"
#include "emulator/profile/shipped_profiles.h"
#include "harness/app.h"
#include "harness/exit_codes.h"
#include "harness/trace/recorded_command.h"
#include "harness/trace/redacted_trace.h"
#include "protocol/base/input_file.h"
#include "protocol/engine/chips.h"
#include "protocol/engine/da_archive.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "reports";
constexpr std::string_view kCorpusMark = "{corpus}";
// What is longer is kept as pcapng: nobody reads it.
constexpr std::uintmax_t kMaxText = std::uintmax_t{256} << 10;
constexpr std::size_t kMaxSays = 200;
constexpr std::size_t kMaxList = std::size_t{1} << 20;
constexpr std::string_view kNewList =
    "# Recordings of reports, as `mtkrig trace to-test` adds them; see traces/corpus/README.md.\n\n"
    "sessions:\n";

// Files that are removed again unless the work is done.
class Written {
 public:
  ~Written() {
    std::error_code ignored;
    for (const std::string& file : files_) fs::remove(file, ignored);
  }
  void Add(const std::string& file) { files_.push_back(file); }
  std::vector<std::string> Keep() { return std::exchange(files_, {}); }

 private:
  std::vector<std::string> files_;
};

Result<void> WriteFile(const std::string& path, ByteSpan bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) return Error(ErrorCode::kIo, fmt::format("{} cannot be written", path));
  return Ok();
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

Result<traces::SessionFacts> FactsOf(const RegressionTestRequest& request) {
  TRY_ASSIGN(const auto reader,
             traces::OpenTrace(request.input, {.device = request.capture_device}));
  TRY(reader->Next());
  return reader->facts();
}

// Zeros in the shape of the agents that were sent: what the host of a replay sends.
Result<std::vector<std::uint8_t>> BlankArchive(const traces::RedactReport& report) {
  const protocol::Chip* chip =
      report.hw_code.has_value() ? protocol::FindChip(*report.hw_code) : nullptr;
  emulator::AgentEntry entry;
  entry.hw_code = chip != nullptr ? chip->archive_hw_code : report.hw_code.value_or(0);
  entry.hw_version = report.hw_version.value_or(0);
  entry.sw_version = report.sw_version.value_or(0);
  entry.entry_region_index = 1;
  // Region 0 is a header that no phone gets.
  entry.regions.push_back({.length = 0x10});
  for (const traces::AgentUpload& agent : report.agents) {
    if (entry.regions.size() == 3) break;
    entry.regions.push_back(
        {.length = static_cast<std::uint32_t>(agent.length),
         .address = static_cast<std::uint32_t>(agent.address),
         .signature_length = static_cast<std::uint32_t>(agent.signature_length)});
  }
  // A recording that ends before stage 2 has no second agent; an archive must.
  if (entry.regions.size() == 2) entry.regions.push_back({.length = 0x10, .address = 0x80000000});
  emulator::ArchiveOptions options;
  options.description = "MTK_AllInOne_DA_v3.zeros";
  const std::vector<emulator::AgentEntry> entries = {entry};
  std::vector<std::uint8_t> bytes = emulator::BuildAgentArchive(entries, options);
  TRY_ASSIGN(const auto archive, protocol::DaArchive::Parse(ByteSpan(bytes)));
  for (const protocol::AgentRegion& region : archive.entries().front().regions) {
    std::fill_n(bytes.begin() + region.file_offset, region.length, std::uint8_t{0});
  }
  return bytes;
}

// The shipped phone that answers the same to GET_HW_CODE, or nothing.
std::optional<std::string> PhoneLike(const traces::SessionFacts& facts,
                                     const traces::RedactReport& report) {
  constexpr std::string_view kEmulator = "emulator:";
  if (facts.moniker.starts_with(kEmulator)) {
    const std::string name = facts.moniker.substr(kEmulator.size());
    if (emulator::FindEmbeddedProfile(name) != nullptr) return facts.moniker;
  }
  for (const emulator::EmbeddedProfile& profile : emulator::EmbeddedProfiles()) {
    const auto shipped = emulator::ShippedProfile(profile.name);
    if (shipped && report.hw_code == (*shipped)->profile.hw_code) {
      return fmt::format("emulator:{}", profile.name);
    }
  }
  return std::nullopt;
}

struct Outcome {
  int exit_code = 0;
  nlohmann::json document;
};

Outcome Run(CommandContext& context, std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  arguments.emplace_back("--json");
  Outcome outcome;
  outcome.exit_code =
      RunApp(arguments, {out, err, context.clock, context.cancellation, ConsoleOptions()});
  outcome.document = nlohmann::json::parse(out.str(), nullptr, false);
  return outcome;
}

// A part of a message that is the same wherever the corpus stands, on one line.
std::string Telling(std::string message, const std::string& corpus) {
  const std::size_t path = message.find(fmt::format("{}/{}", corpus, kFolder));
  if (path == 0) {
    message.erase(0, std::min(message.find(": ") + 2, message.size()));
  } else if (path != std::string::npos) {
    message.resize(path);
  }
  message.resize(std::min({message.size(), kMaxSays, message.find('\n')}));
  return message;
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
  Result<void> Redact();
  Result<std::string> PutTogetherRun(const std::string& run);
  Result<void> KeepScatter(std::string& word);
  void ReplayAsPhone(const std::string& run);
  Result<void> ReplayAsHost(const std::string& device);
  bool Whole(const std::string& again) const;

  CommandContext& context_;
  const RegressionTestRequest& request_;
  const fs::path folder_;
  Written written_;
  traces::SessionFacts facts_;
  std::string trace_;
  RedactedTrace redacted_;
  traces::CorpusSession session_;
};

Result<void> Maker::Redact() {
  RedactRequest request;
  request.input = request_.input;
  request.capture_device = request_.capture_device;
  request.loosen_identities = true;
  request.options.keep_unknown = request_.keep_unknown;
  request.options.blank_agents = true;
  for (const std::string_view suffix : {".wire", ".pcapng.zst"}) {
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
  TRY(WriteFile(path, bytes));
  written_.Add(path);
  word = fmt::format("{}/{}/{}", kCorpusMark, kFolder, fs::path(path).filename().string());
  return Ok();
}

Result<std::string> Maker::PutTogetherRun(const std::string& run) {
  std::vector<std::string> words;
  std::istringstream text(run);
  for (std::string word; text >> word;) words.push_back(word);
  if (words.empty()) return Error(ErrorCode::kInvalidArgument, "the command is empty");
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
    words.insert(words.begin() + 1, {"--da", da});
  }
  return fmt::format("{}", fmt::join(words, " "));
}

bool Maker::Whole(const std::string& again) const {
  std::uint64_t sizes[2][2] = {};
  const std::string traces[2] = {trace_, again};
  for (const std::size_t which : {0U, 1U}) {
    auto reader = traces::OpenTrace(traces[which]);
    if (!reader) return false;
    while (true) {
      const auto event = (*reader)->Next();
      if (!event) return false;
      if (!event->has_value()) break;
      if ((*event)->kind != traces::EventKind::kBytes) continue;
      sizes[which][(*event)->direction == traces::Direction::kToHost ? 1 : 0] += (*event)->length;
    }
  }
  return sizes[0][0] == sizes[1][0] && sizes[0][1] == sizes[1][1];
}

void Maker::ReplayAsPhone(const std::string& run) {
  traces::CommandReplay replay;
  replay.run = run;
  const std::string scratch = Target(".replayed");
  const std::string again = scratch + ".wire";
  std::vector<std::string> words;
  std::istringstream text(run);
  for (std::string word; text >> word;) {
    const std::size_t at = word.find(kCorpusMark);
    if (at != std::string::npos) word.replace(at, kCorpusMark.size(), request_.corpus);
    words.push_back(word);
  }
  const bool has_output = words.front() == "readback";
  words.insert(words.end(), {"-d", "replay:" + trace_, "--trace", again});
  if (has_output) words.insert(words.end(), {"-o", scratch});
  const Outcome outcome = Run(context_, words);
  replay.exit_code = outcome.exit_code;
  replay.whole = Whole(again);
  if (replay.exit_code != kExitSuccess && outcome.document.is_object() &&
      outcome.document["error"].is_object()) {
    replay.says = Telling(outcome.document["error"].value("message", ""), request_.corpus);
  }
  std::error_code ignored;
  fs::remove(again, ignored);
  fs::remove_all(scratch, ignored);
  session_.as_phone.push_back(std::move(replay));
}

Result<void> Maker::ReplayAsHost(const std::string& device) {
  const Outcome outcome = Run(context_, {"replay-host", trace_, "-d", device});
  traces::HostReplay replay;
  replay.device = device;
  if (outcome.exit_code == kExitSuccess) {
    session_.as_host.push_back(std::move(replay));
    return Ok();
  }
  // A recording that cannot be played as a host says so in the phone's direction alone.
  if (outcome.exit_code != kExitDifferent || !outcome.document.is_object()) return Ok();
  const auto& difference = outcome.document["results"]["difference"];
  if (!difference.is_object()) return Ok();
  const std::string message = difference.value("message", "");
  const std::size_t at = message.find("expected ");
  replay.differs = Telling(at == std::string::npos ? message : message.substr(at), request_.corpus);
  replay.reason = "what was recorded; content and identities of the recording are made up";
  session_.as_host.push_back(std::move(replay));
  return Ok();
}

Result<RegressionTest> Maker::Make() {
  const std::string list_path = (fs::path(request_.corpus) / "corpus.yaml").string();
  TRY_ASSIGN(const std::string list, ReadList(list_path));
  TRY_ASSIGN(facts_, FactsOf(request_));
  session_.trace = fmt::format("{}/{}.wire", kFolder, request_.name);
  // Whether the name is free is known before anything is written.
  session_.chip = session_.source = session_.evidence = "-";
  session_.as_phone.emplace_back().run = "identify";
  TRY(traces::AppendSession(list, list_path, session_));
  session_.as_phone.clear();
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) {
    return Error(ErrorCode::kIo,
                 fmt::format("{} cannot be made: {}", folder_.string(), failed.message()));
  }
  TRY(Redact());
  session_.trace = fmt::format("{}/{}", kFolder, fs::path(trace_).filename().string());
  session_.loosened = redacted_.loosened;
  session_.source = request_.source;
  const auto& hw_code = redacted_.report.hw_code;
  const protocol::Chip* chip = hw_code ? protocol::FindChip(*hw_code) : nullptr;
  session_.chip = !facts_.chip.empty() ? facts_.chip
                  : chip != nullptr    ? std::string(chip->name)
                  : hw_code            ? fmt::format("hw code {:04x}", *hw_code)
                                       : "unknown";
  const std::optional<std::string> run = request_.run ? request_.run : CommandOfTrace(facts_);
  if (run && run->find("--preloader") != std::string::npos) {
    context_.console.Warn(
        "the command needs the phone's own preloader, which is its vendor's: the test plays the "
        "host's side only");
  } else if (run) {
    TRY_ASSIGN(const std::string whole_run, PutTogetherRun(*run));
    ReplayAsPhone(whole_run);
  }
  const auto device = request_.device ? request_.device : PhoneLike(facts_, redacted_.report);
  if (device) TRY(ReplayAsHost(*device));
  if (session_.as_phone.empty() && session_.as_host.empty()) {
    return Error(ErrorCode::kInvalidArgument, "nothing says how this recording is to be replayed")
        .WithHint("name the command with --run, or a phone in software with --device");
  }
  const bool fails = !session_.as_phone.empty() && session_.as_phone.front().exit_code != 0;
  session_.evidence = fails ? "a reported failure, as it was recorded" : "a reported session";
  TRY_ASSIGN(const std::string longer, traces::AppendSession(list, list_path, session_));
  TRY(WriteFile(list_path, BytesOf(longer)));
  RegressionTest made{session_, written_.Keep()};
  made.files.push_back(list_path);
  return made;
}

}  // namespace

std::string TestNameOf(const std::string& file) {
  fs::path path = fs::path(file).filename();
  if (path.extension() == ".zst") path = path.stem();
  std::string name;
  for (const char c : path.stem().string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::string FindCorpus() {
  std::error_code failed;
  fs::path folder = fs::current_path(failed);
  while (!failed && !folder.empty()) {
    const fs::path corpus = folder / "traces" / "corpus";
    if (fs::exists(corpus / "corpus.yaml", failed)) return corpus.string();
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return {};
}

Result<RegressionTest> MakeRegressionTest(CommandContext& context,
                                          const RegressionTestRequest& request) {
  if (request.name.empty() || TestNameOf(request.name) != request.name) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no name for a test", request.name))
        .WithHint("--name takes lower-case letters, digits and dashes, as in issue-12");
  }
  return Maker(context, request).Make();
}

}  // namespace mtkrig::harness
