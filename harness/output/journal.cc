#include "harness/output/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "harness/output/file_system.h"
#include "harness/output/json_fields.h"
#include "harness/version.h"

namespace mtkrig::harness {
namespace {

constexpr std::string_view kSchema = "mtkrig-journal-1";
constexpr std::uint64_t kMaxJournalBytes = 0x10000;

Error Damaged(const std::filesystem::path& path, std::string_view why) {
  return Error(ErrorCode::kInvalidInput,
               fmt::format("the journal {} cannot be understood: {}", path.string(), why))
      .WithHint("--resume keeps what was read under another name and starts over");
}

// Long enough for every journal, and less than the smallest block of any disk: written in place, it
// needs no space and is there as a whole or not at all.
constexpr std::size_t kJournalLength = 480;

// Over the journal that is there.
bool WriteInPlace(const std::filesystem::path& path, std::string_view content) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct ::stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return false;
  const auto length = static_cast<::ssize_t>(content.size());
  if (status.st_size != length) return false;
  return ::pwrite(fd.get(), content.data(), content.size(), 0) == length && ::fsync(fd.get()) == 0;
}

Result<Journal> Parse(ByteSpan content) {
  TRY_ASSIGN(const nlohmann::ordered_json json, ParseJsonObject(content));
  TRY_ASSIGN(const std::string schema, TakeField<std::string>(json, "schema"));
  if (schema != kSchema) {
    return Error(ErrorCode::kInvalidInput, "another version of mtkrig wrote it");
  }
  TRY_ASSIGN(const std::string name, TakeField<std::string>(json, "region"));
  const auto region = protocol::FlashRegionFromName(name);
  if (!region) return Error(ErrorCode::kInvalidInput, "unknown region");
  Journal journal;
  journal.range.region = *region;
  TRY_ASSIGN(journal.range.offset, TakeField<std::uint64_t>(json, "offset"));
  TRY_ASSIGN(journal.range.length, TakeField<std::uint64_t>(json, "length"));
  TRY_ASSIGN(journal.device.fingerprint, TakeField<std::string>(json, "device"));
  if (json.contains("me_id")) {
    TRY_ASSIGN(journal.device.me_id, TakeField<std::string>(json, "me_id"));
  }
  TRY_ASSIGN(journal.reached.bytes, TakeField<std::uint64_t>(json, "bytes"));
  TRY_ASSIGN(journal.reached.sha256, TakeField<std::string>(json, "sha256"));
  if (journal.reached.bytes > journal.range.length) {
    return Error(ErrorCode::kInvalidInput, "it claims more bytes than the range has");
  }
  return journal;
}

}  // namespace

std::filesystem::path PartPath(const std::filesystem::path& target) {
  return DirectoryOf(target) / ("." + target.filename().string() + ".part");
}

std::filesystem::path JournalPath(const std::filesystem::path& target) {
  return DirectoryOf(target) / ("." + target.filename().string() + ".part.json");
}

Result<void> WriteJournal(const std::filesystem::path& target, const Journal& journal) {
  nlohmann::ordered_json json = {
      {"schema", kSchema},
      {"tool_version", kVersion},
      {"region", protocol::FlashRegionName(journal.range.region)},
      {"offset", journal.range.offset},
      {"length", journal.range.length},
      {"device", journal.device.fingerprint},
      {"bytes", journal.reached.bytes},
      {"sha256", journal.reached.sha256},
  };
  if (!journal.device.me_id.empty()) json["me_id"] = journal.device.me_id;
  std::string content = json.dump(0);
  content.resize(std::max(content.size() + 1, kJournalLength), ' ');
  content.back() = '\n';
  const std::filesystem::path path = JournalPath(target);
  Result<void> written = WriteFileAtomically(path, content);
  const bool full = !written && written.error().code() == ErrorCode::kNoSpace;
  if (full && WriteInPlace(path, content)) return Ok();
  return written;
}

Result<std::optional<Journal>> ReadJournal(const std::filesystem::path& target) {
  const std::filesystem::path path = JournalPath(target);
  const Result<std::vector<std::uint8_t>> content = ReadFile(path, kMaxJournalBytes);
  if (!content) {
    if (content.error().code() == ErrorCode::kNotFound) return std::optional<Journal>();
    return content.error();
  }
  Result<Journal> journal = Parse(*content);
  if (!journal) return Damaged(path, journal.error().message());
  return std::optional<Journal>(*std::move(journal));
}

bool HasJournal(const std::filesystem::path& target) {
  const Result<std::optional<Journal>> journal = ReadJournal(target);
  return !journal || (*journal && (*journal)->reached.bytes > 0);
}

void RemoveJournal(const std::filesystem::path& target) {
  std::error_code ignored;
  std::filesystem::remove(JournalPath(target), ignored);
}

void RemovePart(const std::filesystem::path& target) {
  std::error_code ignored;
  RemoveJournal(target);
  std::filesystem::remove(PartPath(target), ignored);
}

}  // namespace mtkrig::harness
