#include "harness/output/journal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
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
  return WriteFileAtomically(JournalPath(target), json.dump(2) + "\n");
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

void RemovePart(const std::filesystem::path& target) {
  std::error_code ignored;
  std::filesystem::remove(JournalPath(target), ignored);
  std::filesystem::remove(PartPath(target), ignored);
}

}  // namespace mtkrig::harness
