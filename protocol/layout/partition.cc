#include "protocol/layout/partition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/layout/file_names.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

struct RegionSpelling {
  std::string_view name;  // lower case, without separators
  FlashRegion region;
};

// Scatter files of different years spell one region differently; people leave the prefix out. A
// name that spans two boot areas is read from the first, since MediaTek writes both alike.
constexpr std::array kRegionSpellings = {
    RegionSpelling{"emmcuser", FlashRegion::kEmmcUser},
    RegionSpelling{"user", FlashRegion::kEmmcUser},
    RegionSpelling{"emmc", FlashRegion::kEmmcUser},
    RegionSpelling{"mmcuser", FlashRegion::kEmmcUser},
    RegionSpelling{"emmcboot1", FlashRegion::kEmmcBoot1},
    RegionSpelling{"boot1", FlashRegion::kEmmcBoot1},
    RegionSpelling{"emmcboot1boot2", FlashRegion::kEmmcBoot1},
    RegionSpelling{"boot1boot2", FlashRegion::kEmmcBoot1},
    RegionSpelling{"emmcboot", FlashRegion::kEmmcBoot1},
    RegionSpelling{"emmcboot2", FlashRegion::kEmmcBoot2},
    RegionSpelling{"boot2", FlashRegion::kEmmcBoot2},
    RegionSpelling{"emmcrpmb", FlashRegion::kEmmcRpmb},
    RegionSpelling{"rpmb", FlashRegion::kEmmcRpmb},
    RegionSpelling{"emmcgp1", FlashRegion::kEmmcGp1},
    RegionSpelling{"gp1", FlashRegion::kEmmcGp1},
    RegionSpelling{"emmcgp2", FlashRegion::kEmmcGp2},
    RegionSpelling{"gp2", FlashRegion::kEmmcGp2},
    RegionSpelling{"emmcgp3", FlashRegion::kEmmcGp3},
    RegionSpelling{"gp3", FlashRegion::kEmmcGp3},
    RegionSpelling{"emmcgp4", FlashRegion::kEmmcGp4},
    RegionSpelling{"gp4", FlashRegion::kEmmcGp4},
    RegionSpelling{"nand", FlashRegion::kNand},
    RegionSpelling{"nor", FlashRegion::kNor},
    RegionSpelling{"sdcard", FlashRegion::kSdCard},
    RegionSpelling{"sd", FlashRegion::kSdCard},
    RegionSpelling{"ufslu0", FlashRegion::kUfsLu0},
    RegionSpelling{"lu0", FlashRegion::kUfsLu0},
    RegionSpelling{"ufslu0lu1", FlashRegion::kUfsLu0},
    RegionSpelling{"lu0lu1", FlashRegion::kUfsLu0},
    RegionSpelling{"ufslu1", FlashRegion::kUfsLu1},
    RegionSpelling{"lu1", FlashRegion::kUfsLu1},
    RegionSpelling{"ufslu2", FlashRegion::kUfsLu2},
    RegionSpelling{"lu2", FlashRegion::kUfsLu2},
    RegionSpelling{"ufs", FlashRegion::kUfsLu2},
    RegionSpelling{"ufslu3", FlashRegion::kUfsLu3},
    RegionSpelling{"lu3", FlashRegion::kUfsLu3},
};

// Names of one partition in different eras; the first is the one of today. Sources: the names that
// scatter files and GPTs of the same chip give to the same address.
constexpr std::array<std::array<std::string_view, 4>, 13> kAliases = {{
    {"boot", "bootimg", "", ""},
    {"recovery", "recoveryimg", "", ""},
    {"system", "android", "systemimg", ""},
    {"userdata", "usrdata", "data", ""},
    {"lk", "uboot", "", ""},
    {"secro", "sec_ro", "secstatic", ""},
    {"proinfo", "pro_info", "", ""},
    {"protect1", "protect_f", "protectf", ""},
    {"protect2", "protect_s", "protects", ""},
    {"para", "misc", "", ""},
    {"pgpt", "gpt", "", ""},
    {"bmtpool", "rsv_bmtpool", "", ""},
    {"fat", "intsd", "sdcard", ""},
}};

constexpr std::string_view kHiddenPrefix = "__nodl_";
constexpr std::size_t kMaxNameLength = 64;

// What all spellings of a name have in common: lower case, no "__NODL_", no file extension.
std::string Normalize(std::string_view name) {
  std::string text = ToLower(Trim(name));
  if (text.starts_with(kHiddenPrefix)) text.erase(0, kHiddenPrefix.size());
  for (const std::string_view extension : {".img", ".bin"}) {
    if (text.size() > extension.size() && text.ends_with(extension)) {
      text.erase(text.size() - extension.size());
      break;
    }
  }
  return text;
}

int AliasGroup(std::string_view normalized) {
  for (std::size_t i = 0; i < kAliases.size(); ++i) {
    for (const std::string_view alias : kAliases[i]) {
      if (!alias.empty() && alias == normalized) return static_cast<int>(i);
    }
  }
  return -1;
}

// Every other name of the partition; none for one that has no alias.
std::vector<std::string_view> AliasesOf(std::string_view normalized) {
  const int group = AliasGroup(normalized);
  std::vector<std::string_view> aliases;
  if (group < 0) return aliases;
  for (const std::string_view alias : kAliases.at(static_cast<std::size_t>(group))) {
    if (!alias.empty() && alias != normalized) aliases.push_back(alias);
  }
  return aliases;
}

// Optimal string alignment: insertions, deletions, replacements and neighbours swapped.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

// How far a typed name is from one that could be meant; both normalized.
std::size_t NameDistance(const std::string& wanted, std::string_view have) {
  // "recov" and "sec" are starts of names rather than misspellings.
  const bool is_start =
      wanted.size() >= 2 && (have.starts_with(wanted) || wanted.starts_with(have));
  const std::size_t distance = EditDistance(wanted, have);
  return is_start ? std::min<std::size_t>(distance, 1) : distance;
}

bool IsNear(std::size_t distance, std::string_view wanted, std::string_view have) {
  return distance <= std::max<std::size_t>(1, std::min(wanted.size(), have.size()) / 2);
}

template <typename Predicate>
const Partition* FindIf(const std::vector<Partition>& partitions, Predicate predicate) {
  const auto found = std::find_if(partitions.begin(), partitions.end(), predicate);
  return found == partitions.end() ? nullptr : &*found;
}

}  // namespace

std::string_view FlashRegionName(FlashRegion region) {
  switch (region) {
    case FlashRegion::kEmmcUser:
      return "EMMC_USER";
    case FlashRegion::kEmmcBoot1:
      return "EMMC_BOOT_1";
    case FlashRegion::kEmmcBoot2:
      return "EMMC_BOOT_2";
    case FlashRegion::kEmmcRpmb:
      return "EMMC_RPMB";
    case FlashRegion::kEmmcGp1:
      return "EMMC_GP_1";
    case FlashRegion::kEmmcGp2:
      return "EMMC_GP_2";
    case FlashRegion::kEmmcGp3:
      return "EMMC_GP_3";
    case FlashRegion::kEmmcGp4:
      return "EMMC_GP_4";
    case FlashRegion::kNand:
      return "NAND";
    case FlashRegion::kNor:
      return "NOR";
    case FlashRegion::kSdCard:
      return "SDCARD";
    case FlashRegion::kUfsLu0:
      return "UFS_LU0";
    case FlashRegion::kUfsLu1:
      return "UFS_LU1";
    case FlashRegion::kUfsLu2:
      return "UFS_LU2";
    case FlashRegion::kUfsLu3:
      return "UFS_LU3";
  }
  return "UNKNOWN";
}

std::optional<FlashRegion> FlashRegionFromName(std::string_view name) {
  std::string key;
  for (const char c : Trim(name)) {
    if (c != '_' && c != '-' && c != ' ' && c != '.') key += ToLowerAscii(c);
  }
  if (key.starts_with("hwstorage")) key.erase(0, std::string_view("hwstorage").size());
  for (const RegionSpelling& spelling : kRegionSpellings) {
    if (spelling.name == key) return spelling.region;
  }
  return std::nullopt;
}

std::uint64_t StorageSizes::SizeOf(FlashRegion region) const {
  for (const auto& [known, size] : regions) {
    if (known == region) return size;
  }
  return 0;
}

const Partition* PartitionTable::Find(std::string_view name) const {
  const std::string_view trimmed = Trim(name);
  if (trimmed.empty()) return nullptr;
  if (const Partition* exact =
          FindIf(partitions, [&](const Partition& p) { return p.name == trimmed; })) {
    return exact;
  }
  const std::string lower = ToLower(trimmed);
  if (const Partition* same =
          FindIf(partitions, [&](const Partition& p) { return ToLower(p.name) == lower; })) {
    return same;
  }
  const std::string wanted = Normalize(trimmed);
  if (const Partition* same =
          FindIf(partitions, [&](const Partition& p) { return Normalize(p.name) == wanted; })) {
    return same;
  }
  const int group = AliasGroup(wanted);
  if (group < 0) return nullptr;
  return FindIf(partitions,
                [&](const Partition& p) { return AliasGroup(Normalize(p.name)) == group; });
}

std::vector<std::string> SpellingsOf(std::string_view name) {
  const std::string own = Normalize(name);
  if (own.empty()) return {};
  std::vector<std::string> spellings = {own};
  for (const std::string_view alias : AliasesOf(own)) spellings.emplace_back(alias);
  return spellings;
}

std::vector<std::string> SuggestNames(const PartitionTable& table, std::string_view name) {
  const std::string wanted = Normalize(name.substr(0, kMaxNameLength));
  if (wanted.empty()) return {};
  std::vector<std::pair<std::size_t, std::string>> candidates;  // by distance
  std::vector<std::pair<std::size_t, std::string>> by_alias;
  for (const Partition& partition : table.partitions) {
    const std::string have = Normalize(std::string_view(partition.name).substr(0, kMaxNameLength));
    if (have.empty()) continue;
    const std::size_t own = NameDistance(wanted, have);
    if (IsNear(own, wanted, have)) candidates.emplace_back(own, partition.name);
    const auto aliases = AliasesOf(have);
    const bool near_alias =
        std::any_of(aliases.begin(), aliases.end(),
                    [&](std::string_view alias) { return NameDistance(wanted, alias) <= 1; });
    if (near_alias) by_alias.emplace_back(1, partition.name);
  }
  // One letter wrong in a name of the table, or in another name of a partition, is likelier meant
  // than more; and the table's own names are the likelier ones: "boot" is also near UBOOT, which is
  // lk.
  const bool close = std::any_of(candidates.begin(), candidates.end(),
                                 [](const auto& candidate) { return candidate.first <= 1; });
  if (!close) candidates.insert(candidates.begin(), by_alias.begin(), by_alias.end());
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const auto& [distance, candidate] : candidates) {
    if (names.size() == 3) break;
    if (std::find(names.begin(), names.end(), candidate) == names.end()) names.push_back(candidate);
  }
  return names;
}

}  // namespace mtkrig::protocol
