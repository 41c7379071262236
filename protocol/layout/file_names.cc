#include "protocol/layout/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/layout/plan.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

constexpr std::size_t kMaxFileName = 120;
struct ModernName {
  std::string_view old_name;
  std::string_view file_name;
};
// The files of MediaTek's own releases, for names of old tables.
constexpr std::array kModernNames = {
    ModernName{"bootimg", "boot.img"},       ModernName{"android", "system.img"},
    ModernName{"systemimg", "system.img"},   ModernName{"recoveryimg", "recovery.img"},
    ModernName{"usrdata", "userdata.img"},   ModernName{"uboot", "lk.bin"},
    ModernName{"sec_ro", "secro.img"},       ModernName{"pro_info", "proinfo.bin"},
    ModernName{"protect_f", "protect1.bin"}, ModernName{"protect_s", "protect2.bin"},
};
// Partitions that hold images; everything else is called .bin.
constexpr std::array<std::string_view, 15> kImageNames = {
    "boot",   "recovery", "system",  "cache", "userdata", "vendor",      "product",  "super",
    "vbmeta", "dtbo",     "odmdtbo", "secro", "custom",   "vendor_boot", "init_boot"};

std::string SafeFileName(std::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string safe;
  for (const char c : name.substr(0, kMaxFileName)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool bad = byte <= 0x20 || byte == 0x7f || c == ':' || c == '*' || c == '?' || c == '"' ||
                     c == '<' || c == '>' || c == '|';
    safe += bad ? '_' : c;
  }
  // "." and ".." are folders, and a leading dot or dash hides or misleads.
  if (safe.starts_with(".") || safe.starts_with("-")) safe.insert(0, "_");
  return safe;
}

bool IsImage(std::string_view name) {
  for (const std::string_view suffix : {"_a", "_b"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  if (name.starts_with("vbmeta_")) return true;
  return std::find(kImageNames.begin(), kImageNames.end(), name) != kImageNames.end();
}

std::string WithNumber(const std::string& name, std::size_t number) {
  const std::size_t dot = name.rfind('.');
  const std::string stem = name.substr(0, dot);
  const std::string extension = dot == std::string::npos ? "" : name.substr(dot);
  return fmt::format("{}_{}{}", stem, number, extension);
}

}  // namespace

std::string FileNames::Unique(const Partition& partition) {
  std::string name = DefaultFileName(partition);
  if (Claim(name)) return name;
  Partition unnamed = partition;
  unnamed.file_name.clear();
  return Unique(DefaultFileName(unnamed));
}

std::string FileNames::Unique(const std::string& wanted) {
  if (Claim(wanted)) return wanted;
  for (std::size_t number = 2;; ++number) {
    std::string name = WithNumber(wanted, number);
    if (Claim(name)) return name;
  }
}

bool FileNames::Claim(const std::string& name) {
  return taken_.insert(ToLower(name)).second;
}

std::string DefaultFileName(const Partition& partition) {
  std::string given = SafeFileName(partition.file_name);
  if (!given.empty()) return given;
  std::string name = ToLower(partition.name);
  for (const ModernName& modern : kModernNames) {
    if (modern.old_name == name) return std::string(modern.file_name);
  }
  name = SafeFileName(name);
  if (name.empty()) name = "unnamed";
  return name + (IsImage(name) ? ".img" : ".bin");
}

std::optional<std::string> FileNameOfTyped(std::string_view name) {
  if (FlashRegionFromName(name)) return std::nullopt;
  std::optional<std::string> file_name;
  for (const std::string& spelling : SpellingsOf(name)) {
    Partition partition;
    partition.name = spelling;
    std::string wanted = DefaultFileName(partition);
    if (file_name && *file_name != wanted) return std::nullopt;
    file_name = std::move(wanted);
  }
  return file_name;
}

}  // namespace mtkrig::protocol
