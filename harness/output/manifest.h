#pragma once

// manifest.json: what the images of a folder are, so that they can be proven and put back years
// later. It is rewritten after every finished file; entries of earlier runs on the same phone stay.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/base.h"
#include "harness/output/device_fingerprint.h"
#include "protocol/engine/session.h"
#include "protocol/layout/partition.h"

namespace mtkrig::harness {

inline constexpr std::string_view kManifestName = "manifest.json";

// Moving a JSON value throws nothing; the check cannot see through it.
// NOLINTNEXTLINE(bugprone-exception-escape)
struct ManifestFile {
  std::string file;       // name inside the folder
  std::string partition;  // empty for a plain range
  protocol::FlashRange range;
  std::optional<std::uint64_t> linear_address;
  std::string sha256;
  nlohmann::ordered_json image;  // see ImageToJson() in image_report.h; null for none
};

// Moving a JSON value throws nothing; the check cannot see through it.
// NOLINTNEXTLINE(bugprone-exception-escape)
struct Manifest {
  DeviceMark device;
  nlohmann::ordered_json device_details;  // see DeviceToJson()
  std::vector<ManifestFile> files;

  const ManifestFile* Find(std::string_view file) const;
  // Replaces the entry of the same file name, or appends.
  void Put(ManifestFile entry);
  // Takes over the files of an earlier run on the same phone, and its ME id where this run was not
  // told it.
  void TakeUp(Manifest earlier);
};

// Chip, codes, mode, ids and storage: what `identify --json` prints too.
nlohmann::ordered_json DeviceToJson(const protocol::DeviceIdentity& identity,
                                    const protocol::StorageReport* storage);

nlohmann::ordered_json ManifestFileToJson(const ManifestFile& entry);

// Empty when the folder has none. kInvalidInput when there is a file that is no manifest of ours.
Result<std::optional<Manifest>> ReadManifest(const std::filesystem::path& directory);
// Enters a file. What another process wrote meanwhile is taken up first, under the folder's lock,
// so that no entry is lost. kExists when the folder's manifest has become one of another phone,
// unless `overwrite`.
Result<void> EnterInManifest(const std::filesystem::path& directory, Manifest& manifest,
                             ManifestFile entry, bool overwrite);
Result<void> WriteManifest(const std::filesystem::path& directory, const Manifest& manifest);

// What to say of a folder that has another phone's images.
Error AnotherPhonesFolder(const std::filesystem::path& directory);

}  // namespace mtkrig::harness
