#include "harness/commands/readback_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "harness/commands/replug_hint.h"
#include "harness/output/device_fingerprint.h"
#include "harness/output/hash_file.h"
#include "harness/output/image_report.h"
#include "harness/output/journal.h"
#include "harness/text.h"
#include "harness/trace/replay_hint.h"

namespace mtkrig::harness {
namespace {

using protocol::PlannedRead;

// Counts for the progress bar what it passes on to the file.
class ProgressSink final : public protocol::ByteSink {
 public:
  ProgressSink(OutputFile& output, Console& console) : output_(output), console_(console) {}
  Result<void> Append(ByteSpan data) override {
    TRY(output_.Append(data));
    console_.WithProgress([&](Progress& progress) { progress.Advance(data.size()); });
    return Ok();
  }

 private:
  OutputFile& output_;
  Console& console_;
};

// The image is safe when its entry fails, and need not be read again.
Error ExplainManifest(const Error& error, const std::string& file_name) {
  Error explained(error.code(), fmt::format("{} is whole, but not in the manifest: {}",
                                            Printable(file_name), error.message()));
  const std::string again = "run the same command with --resume: what is whole is not read again";
  explained.WithHint(error.hint().empty() ? again
                                          : fmt::format("{}; then {}", error.hint(), again));
  return explained;
}

std::string_view OutcomeName(bool kept, bool resumed) {
  if (kept) return "kept";
  return resumed ? "resumed" : "read";
}

}  // namespace

Result<Manifest> ReadbackJob::TakeUpManifest(const ReadbackJobOptions& options,
                                             const protocol::DeviceIdentity& identity,
                                             const protocol::StorageReport& storage) {
  Manifest fresh;
  TRY_ASSIGN(fresh.device, MarkDevice(identity, storage));
  fresh.device_details = DeviceToJson(identity, &storage);
  Result<std::optional<Manifest>> earlier = ReadManifest(options.directory);
  if (!earlier) {
    if (options.overwrite) return fresh;
    return std::move(earlier).error();
  }
  if (!*earlier) return fresh;
  if (!IsSameDevice(fresh.device, (*earlier)->device)) {
    if (options.overwrite) return fresh;
    return AnotherPhonesFolder(options.directory);
  }
  fresh.TakeUp(**std::move(earlier));
  return fresh;
}

ReadbackJob::ReadbackJob(CommandContext& context, protocol::Session& session,
                         ReadbackJobOptions options, Manifest manifest)
    : context_(context),
      session_(session),
      options_(std::move(options)),
      manifest_(std::move(manifest)) {
  context_.results["directory"] = options_.directory.string();
  context_.results["device"] = manifest_.device_details;
  context_.results["files"] = nlohmann::ordered_json::array();
}

Result<void> ReadbackJob::Run(const std::vector<PlannedRead>& plan) {
  std::uint64_t total = 0;
  for (const PlannedRead& read : plan) total += read.range.length;
  context_.console.WithProgress([&](Progress& progress) { progress.StartJob(plan.size(), total); });
  for (const PlannedRead& read : plan) {
    TRY_ASSIGN(const bool finished, IsFinished(read));
    if (!finished) TRY(ReadOne(read));
  }
  return Ok();
}

std::vector<ReadbackJob::Record> ReadbackJob::Records(const PlannedRead& read) const {
  std::vector<Record> records;
  const ManifestFile* entry = manifest_.Find(read.file_name);
  if (entry != nullptr && entry->range == read.range) {
    records.push_back({entry->sha256, std::string(kManifestName)});
  }
  const std::filesystem::path target = options_.directory / read.file_name;
  const auto journal = ReadJournal(target);
  if (journal && *journal && IsSameDevice(manifest_.device, (*journal)->device) &&
      (*journal)->range == read.range && (*journal)->reached.bytes == read.range.length) {
    records.push_back({(*journal)->reached.sha256, JournalPath(target).filename().string()});
  }
  return records;
}

Result<bool> ReadbackJob::Differs(const PlannedRead& read, std::string_view source,
                                  std::string_view quantity, std::string_view has,
                                  std::string_view had) const {
  if (options_.overwrite) return false;
  const std::filesystem::path target = options_.directory / read.file_name;
  return Error(ErrorCode::kExists,
               fmt::format("{} is not what was read from the phone: its {} is {}, that in {} is {}",
                           target.string(), quantity, has, source, had))
      .WithHint(
          "move it away if it is to be kept, and run the same command again; --force reads it anew "
          "and overwrites it");
}

Result<bool> ReadbackJob::IsFinished(const PlannedRead& read) {
  if (!options_.resume) return false;
  const std::filesystem::path target = options_.directory / read.file_name;
  const std::vector<Record> records = Records(read);
  std::error_code ignored;
  if (records.empty() || !std::filesystem::is_regular_file(target, ignored)) return false;
  const std::uint64_t size = std::filesystem::file_size(target, ignored);
  if (size != read.range.length) {
    return Differs(read, records.front().source, "size", fmt::format("{} bytes", size),
                   fmt::format("{} bytes", read.range.length));
  }
  ShowChecking(read);
  const Result<HashedFile> hashed = HashFile(target, &context_.cancellation);
  if (!hashed) return ExplainCheck(hashed.error(), read);
  const auto same = std::find_if(records.begin(), records.end(), [&](const Record& record) {
    return record.sha256 == hashed->sha256;
  });
  if (same == records.end()) {
    return Differs(read, records.front().source, "SHA-256", hashed->sha256, records.front().sha256);
  }
  context_.console.WithProgress([&](Progress& progress) {
    progress.StartFile(read.file_name, read.range.length, read.range.length);
    progress.FinishFile();
  });
  TRY(Enter(read, hashed->sha256, Outcome::kKept));
  return true;
}

// Hashing what is there takes as long as the disk takes.
void ReadbackJob::ShowChecking(const PlannedRead& read) {
  context_.console.WithProgress([&](Progress& progress) {
    progress.ShowStatus(fmt::format("checking what is there of {} ...", read.file_name));
  });
}

Result<void> ReadbackJob::ReadOne(const PlannedRead& read) {
  OutputRequest request;
  request.target = options_.directory / read.file_name;
  request.range = read.range;
  request.device = manifest_.device;
  request.resume = options_.resume;
  request.overwrite = options_.overwrite;
  request.cancellation = &context_.cancellation;
  if (options_.resume) ShowChecking(read);
  Result<std::unique_ptr<OutputFile>> opened = OutputFile::Open(std::move(request));
  if (!opened) return ExplainCheck(opened.error(), read);
  const std::unique_ptr<OutputFile> output = *std::move(opened);
  if (!output->note().empty()) context_.console.Warn(output->note());

  context_.console.WithProgress([&](Progress& progress) {
    progress.StartFile(read.file_name, read.range.length, output->resumed_bytes());
  });
  if (const Result<void> transferred = Transfer(read, *output); !transferred) {
    context_.console.WithProgress([](Progress& progress) { progress.Interrupt(); });
    return Explain(transferred.error(), read, output->Suspend());
  }
  Result<std::string> sha256 = output->Commit();
  if (!sha256) {
    context_.console.WithProgress([](Progress& progress) { progress.Interrupt(); });
    return Explain(sha256.error(), read, output->Suspend());
  }
  context_.console.WithProgress([](Progress& progress) { progress.FinishFile(); });
  return Enter(read, *std::move(sha256),
               output->resumed_bytes() > 0 ? Outcome::kResumed : Outcome::kRead);
}

Result<void> ReadbackJob::Transfer(const PlannedRead& read, OutputFile& output) {
  protocol::FlashRange rest = read.range;
  rest.offset += output.resumed_bytes();
  rest.length -= output.resumed_bytes();
  if (rest.length == 0) return Ok();
  ProgressSink sink(output, context_.console);
  return session_.Read(rest, sink);
}

// `kept`: some of the file is.
std::string ReadbackJob::HintFor(const Error& error, bool kept) const {
  if (options_.of_recording) {
    std::string hint = options_.of_recording(error).hint();
    if (!kept) return hint;
    return fmt::format("{}{}{}", hint, hint.empty() ? "" : " ", kReplayAnewHint);
  }
  const bool stopped = error.code() == ErrorCode::kCancelled;
  std::string hint;
  if (kept) {
    hint = fmt::format("{} with --resume", kReplugHint);
  } else if (stopped) {
    hint = fmt::format("{}{}", kReplugHint,
                       any_done_ ? " with --resume: what is whole is not read again" : "");
  }
  if (error.hint().empty() || stopped) return hint;
  return hint.empty() ? error.hint() : fmt::format("{}; then {}", error.hint(), hint);
}

Error ReadbackJob::Explain(const Error& error, const PlannedRead& read, std::uint64_t kept) {
  context_.results["incomplete"] = {
      {"file", read.file_name}, {"bytes", kept}, {"size", read.range.length}};
  const bool stopped = error.code() == ErrorCode::kCancelled;
  std::string message =
      fmt::format("{}: {}", read.file_name, stopped ? "stopped" : error.message());
  if (kept > 0) {
    message += fmt::format(" ({} of {} are kept)", HumanBytes(kept), HumanBytes(read.range.length));
  }
  Error explained(error.code(), std::move(message));
  explained.During(error.operation()).WithHint(HintFor(error, kept > 0));
  if (error.device_status()) explained.WithDeviceStatus(*error.device_status());
  if (error.offset()) explained.AtOffset(*error.offset());
  return explained;
}

Error ReadbackJob::ExplainCheck(const Error& error, const PlannedRead& read) {
  if (error.code() != ErrorCode::kCancelled) return error;
  const std::filesystem::path target = options_.directory / read.file_name;
  const auto journal = ReadJournal(target);
  if (journal && *journal && (*journal)->reached.bytes < read.range.length) {
    context_.results["incomplete"] = {{"file", read.file_name},
                                      {"bytes", (*journal)->reached.bytes},
                                      {"size", read.range.length}};
  }
  return Error(ErrorCode::kCancelled,
               fmt::format("{}: stopped while what is there was checked; nothing of it is lost",
                           read.file_name))
      .WithHint(options_.of_recording ? "Run the same command again."
                                      : fmt::format("{} with --resume", kReplugHint));
}

Result<void> ReadbackJob::Enter(const PlannedRead& read, std::string sha256, Outcome outcome) {
  const std::filesystem::path target = options_.directory / read.file_name;
  TRY_ASSIGN(const protocol::ImageInfo image, IdentifyImageFile(target, read.range.length));
  if (const std::string warning = ImageWarning(read.label, image); !warning.empty()) {
    context_.console.Warn(warning, read.file_name);
  }
  ManifestFile entry;
  entry.file = read.file_name;
  entry.partition = read.label;
  entry.range = read.range;
  entry.linear_address = read.linear_address;
  entry.sha256 = std::move(sha256);
  entry.image = ImageToJson(image);

  nlohmann::ordered_json result = ManifestFileToJson(entry);
  result["outcome"] = OutcomeName(outcome == Outcome::kKept, outcome == Outcome::kResumed);
  context_.results["files"].push_back(std::move(result));
  summary_.push_back({Printable(entry.file), HumanBytes(read.range.length), entry.sha256,
                      Printable(image.description)});
  any_done_ = true;
  Result<void> entered =
      EnterInManifest(options_.directory, manifest_, std::move(entry), options_.overwrite);
  if (!entered) return ExplainManifest(entered.error(), read.file_name);
  // A part beside it is of a later run that wants to replace the file, and so is its journal.
  std::error_code ignored;
  if (!std::filesystem::exists(PartPath(target), ignored)) RemoveJournal(target);
  return Ok();
}

void ReadbackJob::PrintSummary() {
  if (summary_.empty()) return;
  std::vector<std::vector<std::string>> rows = {{"FILE", "SIZE", "SHA-256", "KIND"}};
  rows.insert(rows.end(), summary_.begin(), summary_.end());
  context_.console.PrintTable({std::move(rows), {1}, true});
}

}  // namespace mtkrig::harness
