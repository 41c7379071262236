#include "harness/trace/trace_file.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "harness/trace/recorded_command.h"
#include "harness/trace/trace_side_file.h"
#include "harness/version.h"
#include "traces/formats/event_checks.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::harness {
namespace {

// Whether the device is a replay of this very file.
bool IsReplayed(const std::string& file, std::string_view moniker) {
  constexpr std::string_view kScheme = "replay:";
  if (!moniker.starts_with(kScheme)) return false;
  moniker.remove_prefix(kScheme.size());
  std::error_code none;
  return std::filesystem::equivalent(file, moniker, none) ||
         std::filesystem::equivalent(file, moniker.substr(0, moniker.rfind('?')), none);
}

}  // namespace

class TraceFile::Writer final : public traces::TraceWriter {
 public:
  explicit Writer(std::unique_ptr<traces::TraceWriter> file) : file_(std::move(file)) {}
  Result<void> Add(const traces::Event& event) override {
    TRY(file_->Add(event));
    carried_ = carried_ || traces::IsTransfer(event.kind);
    return Ok();
  }
  Result<void> Flush() override { return file_->Flush(); }
  bool carried() const { return carried_; }

 private:
  std::unique_ptr<traces::TraceWriter> file_;
  bool carried_ = false;
};

TracedPhone FactsOf(const emulator::LoadedProfile& profile) {
  return {.chip = profile.profile.chip, .seed = fmt::format("{}", profile.seed)};
}

Result<std::unique_ptr<TraceFile>> TraceFile::Create(const TraceOptions& options,
                                                     const std::string& moniker,
                                                     const TracedPhone& phone) {
  if (options.file.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} is about a recording: --trace FILE is missing",
                             options.snap ? "--snap" : "--digest"));
  }
  if (!options.digest.empty() && !options.snap) {
    return Error(ErrorCode::kInvalidArgument,
                 "--digest is about what a recording leaves out: --snap N is missing");
  }
  traces::CreateOptions create;
  create.facts.moniker = moniker;
  create.facts.chip = phone.chip;
  create.facts.seed = phone.seed;
  create.facts.tool = fmt::format("mtkrig {}", kVersion);
  if (options.command != nullptr) {
    const std::string command = RecordedCommand(*options.command);
    if (!command.empty()) create.facts.comments.push_back(std::string(kCommandFact) + command);
  }
  create.overwrite = options.overwrite;
  if (IsReplayed(options.file, moniker)) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("--trace names the recording that is replayed: {}", options.file))
        .WithHint("name another file");
  }
  auto replaced = std::make_unique<ReplacedFile>(options.file, options.overwrite);
  auto created = traces::CreateTrace(options.file, create);
  if (!created) {
    Error error = std::move(created).error();
    if (error.code() == ErrorCode::kExists && !options.overwrite) {
      const bool forcible =
          options.command != nullptr && options.command->get_option_no_throw("--force") != nullptr;
      error.WithHint(forcible ? "name another file; --force replaces this one, and images too"
                              : "name another file, or move this one away");
    }
    return error;
  }
  auto writer = std::make_unique<Writer>(*std::move(created));
  traces::RecorderOptions recording;
  recording.snap = options.snap;
  // A phone in software gives the same session each time, so its recording has no date either.
  if (!moniker.starts_with("emulator:")) {
    recording.start = std::chrono::system_clock::now().time_since_epoch();
    // A cable is slower than any digest.
    recording.digest = traces::DigestKind::kXxh3;
  }
  if (options.digest == "full") recording.digest = traces::DigestKind::kXxh3;
  if (options.digest == "sampled") recording.digest = traces::DigestKind::kSampled;
  replaced->Made();
  return std::unique_ptr<TraceFile>(
      new TraceFile(options.file, std::move(replaced), std::move(writer), recording));
}

TraceFile::TraceFile(std::string path, std::unique_ptr<ReplacedFile> file,
                     std::unique_ptr<Writer> writer, const traces::RecorderOptions& options)
    : path_(std::move(path)),
      file_(std::move(file)),
      writer_(std::move(writer)),
      recorder_(*writer_, options) {}

TraceFile::~TraceFile() {
  // One whose end nobody saw: the command was refused before it began.
  if (!ended_) (void)RemoveEmpty();
}

// False where there is something in it, or where it is not ours to remove.
bool TraceFile::RemoveEmpty() {
  if (!writer_->carried()) return file_->Undo();
  file_->Accept();
  return false;
}

// Of a recording that ends before its session: what reached the file stays.
Error TraceFile::Cut(const Error& why) {
  std::error_code none;
  const bool empty = std::filesystem::file_size(path_, none) == 0;
  const bool removed = empty ? file_->Undo() : RemoveEmpty();
  const std::string_view what =
      removed ? "has nothing of the session, and is removed again"
              : "is incomplete: what came before stays in it, and the rest is missing";
  return Error(why.code(), fmt::format("the recording {} {}: {}", path_, what, why.Describe()))
      .WithHint(
          "everything else is done and whole; for a recording run the command again with --trace "
          "on a disk that has room");
}

Result<void> TraceFile::End(Console& console) {
  if (std::exchange(ended_, true)) return Ok();
  const Result<void> recorded = recorder_.Finish();
  if (!recorded) return Cut(recorded.error());
  const bool replaces = file_->replaces();
  if (RemoveEmpty()) {
    console.Note(fmt::format("nothing was carried, and {} {}", path_,
                             replaces ? "is the older one again" : "removed again"));
    return Ok();
  }
  console.Note(fmt::format("recorded into {}", path_));
  WarnOfFoundSideFile(console, path_);
  return Ok();
}

void TraceFile::Finish(Console& console) {
  if (const Result<void> ended = End(console); !ended) console.Warn(ended.error().message());
}

}  // namespace mtkrig::harness
