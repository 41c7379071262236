#include "harness/output/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/output/file_system.h"
#include "harness/output/folder_lock.h"
#include "harness/output/json_fields.h"
#include "harness/version.h"
#include "protocol/engine/chip_names.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "mtkrig-manifest-1";
constexpr std::uint64_t kMaxManifestBytes = 0x1000000;

std::string ModeName(protocol::BootMode mode) {
  return mode == protocol::BootMode::kBrom ? "brom" : "preloader";
}

template <typename T>
Result<std::optional<T>> TakeOptional(const Json& json, const char* key, std::string_view where) {
  if (json.is_object() && json.contains(key) && json.at(key).is_null()) return std::optional<T>();
  TRY_ASSIGN(T value, TakeField<T>(json, key, where));
  return std::optional<T>(std::move(value));
}

// `where` names the entry in messages.
Result<ManifestFile> FileFromJson(const Json& json, const std::string& where) {
  ManifestFile entry;
  TRY_ASSIGN(entry.file, TakeField<std::string>(json, "file", where));
  TRY_ASSIGN(const std::string name, TakeField<std::string>(json, "region", where));
  const auto region = protocol::FlashRegionFromName(name);
  if (!region) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}region \"{}\" is not known", where, name));
  }
  TRY_ASSIGN(auto partition, TakeOptional<std::string>(json, "partition", where));
  entry.partition = std::move(partition).value_or("");
  entry.range.region = *region;
  TRY_ASSIGN(entry.range.offset, TakeField<std::uint64_t>(json, "offset", where));
  TRY_ASSIGN(entry.range.length, TakeField<std::uint64_t>(json, "size", where));
  TRY_ASSIGN(entry.linear_address, TakeOptional<std::uint64_t>(json, "linear_address", where));
  TRY_ASSIGN(entry.sha256, TakeField<std::string>(json, "sha256", where));
  TRY_ASSIGN(entry.image, TakeField<Json>(json, "image", where));
  return entry;
}

Result<Manifest> Parse(ByteSpan content) {
  TRY_ASSIGN(const Json json, ParseJsonObject(content));
  TRY_ASSIGN(const std::string schema, TakeField<std::string>(json, "schema"));
  if (schema != kSchema) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("its schema is \"{}\" and not \"{}\"", schema, kSchema));
  }
  Manifest manifest;
  TRY_ASSIGN(manifest.device.fingerprint, TakeField<std::string>(json, "device_fingerprint"));
  TRY_ASSIGN(manifest.device_details, TakeField<Json>(json, "device"));
  if (const auto described = MarkOfDescription(manifest.device_details)) {
    manifest.device.me_id = described->me_id;
    if (IsSameDevice(*described, manifest.device)) {
      manifest.device.fingerprint = described->fingerprint;
    }
  }
  TRY_ASSIGN(const Json files, TakeField<Json>(json, "files"));
  if (!files.is_array()) return Error(ErrorCode::kInvalidInput, "\"files\" is no list");
  for (const Json& file : files) {
    const std::string where = fmt::format("file {} of the list: ", manifest.files.size() + 1);
    TRY_ASSIGN(ManifestFile entry, FileFromJson(file, where));
    manifest.files.push_back(std::move(entry));
  }
  return manifest;
}

}  // namespace

const ManifestFile* Manifest::Find(std::string_view file) const {
  const auto entry = std::find_if(files.begin(), files.end(),
                                  [file](const ManifestFile& e) { return e.file == file; });
  return entry == files.end() ? nullptr : &*entry;
}

void Manifest::Put(ManifestFile entry) {
  const auto same = std::find_if(files.begin(), files.end(),
                                 [&entry](const ManifestFile& e) { return e.file == entry.file; });
  if (same == files.end()) {
    files.push_back(std::move(entry));
  } else {
    *same = std::move(entry);
  }
}

void Manifest::TakeUp(Manifest earlier) {
  files = std::move(earlier.files);
  if (!device.me_id.empty() || earlier.device.me_id.empty()) return;
  device.me_id = earlier.device.me_id;
  device_details["me_id"] = std::move(earlier.device.me_id);
}

Json DeviceToJson(const protocol::DeviceIdentity& identity,
                  const protocol::StorageReport* storage) {
  // Each of the two modes knows its own version only, and echoes the question after the other.
  const bool brom = identity.mode == protocol::BootMode::kBrom;
  Json json = {
      {"chip", identity.chip_name.empty() ? Json() : Json(identity.chip_name)},
      {"chips", protocol::PossibleChips(identity.hw_code, identity.hw_sub_code)},
      {"hw_code", fmt::format("0x{:04x}", identity.hw_code)},
      {"hw_sub_code", fmt::format("0x{:04x}", identity.hw_sub_code)},
      {"hw_version", fmt::format("0x{:04x}", identity.hw_version)},
      {"sw_version", fmt::format("0x{:04x}", identity.sw_version)},
      {"mode", ModeName(identity.mode)},
      {"brom_version", brom ? Json(identity.brom_version) : Json()},
      {"bootloader_version", brom ? Json() : Json(identity.bootloader_version)},
      {"target_config", fmt::format("0x{:08x}", identity.target_config)},
      {"me_id", protocol::ToHex(identity.me_id)},
      {"soc_id", protocol::ToHex(identity.soc_id)},
  };
  if (storage != nullptr) {
    Json regions = Json::array();
    for (const auto& [region, size] : storage->sizes.regions) {
      if (size > 0) {
        regions.push_back({{"region", protocol::FlashRegionName(region)}, {"size", size}});
      }
    }
    json["storage"] = {
        {"main_region", protocol::FlashRegionName(storage->main_region)},
        {"regions", std::move(regions)},
        {"cid", protocol::ToHex(storage->cid)},
        {"nand_page_size", storage->nand_page_size},
        {"nand_spare_size", storage->nand_spare_size},
        {"internal_ram_bytes", storage->internal_ram_bytes},
        {"external_ram_bytes", storage->external_ram_bytes},
    };
  }
  return json;
}

Json ManifestFileToJson(const ManifestFile& entry) {
  return {
      {"file", entry.file},
      {"partition", entry.partition.empty() ? Json() : Json(entry.partition)},
      {"region", protocol::FlashRegionName(entry.range.region)},
      {"offset", entry.range.offset},
      {"linear_address", entry.linear_address ? Json(*entry.linear_address) : Json()},
      {"size", entry.range.length},
      {"sha256", entry.sha256},
      {"image", entry.image},
  };
}

Result<std::optional<Manifest>> ReadManifest(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kManifestName;
  const Result<std::vector<std::uint8_t>> content = ReadFile(path, kMaxManifestBytes);
  if (!content) {
    if (content.error().code() == ErrorCode::kNotFound) return std::optional<Manifest>();
    return content.error();
  }
  Result<Manifest> manifest = Parse(*content);
  if (!manifest) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} is no manifest that this version can read: {}", path.string(),
                             manifest.error().message()))
        .WithHint(
            "move it away, write elsewhere with -o DIR, or replace it with --force: the images "
            "stay, "
            "but it no longer tells of those that are not read again");
  }
  return std::optional<Manifest>(*std::move(manifest));
}

Result<void> EnterInManifest(const std::filesystem::path& directory, Manifest& manifest,
                             ManifestFile entry, bool overwrite) {
  TRY_ASSIGN(const FolderLock lock, FolderLock::Take(directory));
  Result<std::optional<Manifest>> there = ReadManifest(directory);
  const bool ours = there && *there && IsSameDevice(manifest.device, (*there)->device);
  if (ours) {
    manifest.TakeUp(**std::move(there));
  } else if (!overwrite) {
    TRY(there);
    if (*there) return AnotherPhonesFolder(directory);
  }
  manifest.Put(std::move(entry));
  return WriteManifest(directory, manifest);
}

Error AnotherPhonesFolder(const std::filesystem::path& directory) {
  return Error(ErrorCode::kExists,
               fmt::format("{} holds images of another phone", directory.string()))
      .WithHint("write elsewhere with -o DIR; --force replaces what has the same name");
}

Result<void> WriteManifest(const std::filesystem::path& directory, const Manifest& manifest) {
  Json files = Json::array();
  for (const ManifestFile& entry : manifest.files) files.push_back(ManifestFileToJson(entry));
  const Json json = {
      {"schema", kSchema},
      {"tool", "mtkrig"},
      {"tool_version", kVersion},
      {"device_fingerprint", manifest.device.fingerprint},
      {"device", manifest.device_details},
      {"files", std::move(files)},
  };
  // Names come from a phone or a file and need not be UTF-8; a manifest is written nevertheless.
  return WriteFileAtomically(
      directory / kManifestName,
      json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace mtkrig::harness
