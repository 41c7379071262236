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
#include "harness/version.h"

namespace mtkrig::harness {
namespace {

constexpr std::string_view kSchema = "mtkrig-journal-1";
constexpr std::uint64_t kMaxJournalBytes = 0x10000;

Error Damaged(const std::filesystem::path& path, std::string_view why) {
  return Error(ErrorCode::kInvalidInput,
               fmt::format("the journal {} cannot be understood: {}", path.string(), why))
      .WithHint("--force starts this file over");
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

}  // namespace

std::filesystem::path PartPath(const std::filesystem::path& target) {
  return DirectoryOf(target) / ("." + target.filename().string() + ".part");
}

std::filesystem::path JournalPath(const std::filesystem::path& target) {
  return DirectoryOf(target) / ("." + target.filename().string() + ".part.json");
}

Result<void> WriteJournal(const std::filesystem::path& target, const Journal& journal) {
  const nlohmann::ordered_json json = {
      {"schema", kSchema},
      {"tool_version", kVersion},
      {"region", protocol::FlashRegionName(journal.range.region)},
      {"offset", journal.range.offset},
      {"length", journal.range.length},
      {"device", journal.device},
      {"bytes", journal.reached.bytes},
      {"sha256", journal.reached.sha256},
  };
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
  try {
    const nlohmann::json json = nlohmann::json::parse(*content);
    if (json.at("schema").get<std::string>() != kSchema) {
      return Damaged(path, "another version of mtkrig wrote it");
    }
    const auto region = protocol::FlashRegionFromName(json.at("region").get<std::string>());
    if (!region) return Damaged(path, "unknown region");
    Journal journal;
    journal.range = {*region, json.at("offset").get<std::uint64_t>(),
                     json.at("length").get<std::uint64_t>()};
    journal.device = json.at("device").get<std::string>();
    journal.reached = {json.at("bytes").get<std::uint64_t>(), json.at("sha256").get<std::string>()};
    if (journal.reached.bytes > journal.range.length) {
      return Damaged(path, "it claims more bytes than the range has");
    }
    return std::optional<Journal>(std::move(journal));
  } catch (const nlohmann::json::exception& exception) {
    return Damaged(path, exception.what());
  }
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
