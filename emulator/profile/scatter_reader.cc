#include "emulator/profile/scatter_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mtkrig::emulator {

using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::uint64_t kTailBase = 0xffff0000;
constexpr std::uint64_t kTailBlock = 0x20000;  // a tail address counts blocks of 128 KiB
constexpr std::string_view kHiddenPrefix = "__NODL_";

// One partition as either form gives it.
struct Entry {
  std::string name;
  std::string region;
  std::uint64_t linear = 0;
  std::optional<std::uint64_t> physical;
  std::uint64_t size = 0;
  ConfigPlace place;
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::uint64_t> ParseHex(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value, 16);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view source) {
    place_.source = std::make_shared<const std::string>(source);
  }

  Result<void> TakeLine(std::string_view line) {
    ++place_.line;
    line = Trim(line);
    if (line.empty() || line.front() == '#' || line == "{" || line == "}") return Ok();
    if (line.starts_with("- ")) line = Trim(line.substr(2));
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      return TakeField(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
    }
    return TakePlain(line);
  }

  std::vector<Entry>& entries() { return entries_; }
  // Where the line that was taken last stands.
  const ConfigPlace& place() const { return place_; }

 private:
  // "partition_name: BOOTIMG" and what follows it.
  Result<void> TakeField(std::string_view key, std::string_view value) {
    if (key == "partition_name") {
      NewEntry().name = value;
      return Ok();
    }
    if (entries_.empty()) return Ok();
    Entry& entry = entries_.back();
    if (key == "region") entry.region = value;
    if (key == "linear_start_addr") {
      TRY_ASSIGN(entry.linear, Number(key, value));
    } else if (key == "physical_start_addr") {
      TRY_ASSIGN(entry.physical, Number(key, value));
    } else if (key == "partition_size") {
      TRY_ASSIGN(entry.size, Number(key, value));
    }
    return Ok();
  }

  // "BOOTIMG 0xf88000"
  Result<void> TakePlain(std::string_view line) {
    const std::size_t blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos) return Ok();
    const auto address = ParseHex(Trim(line.substr(blank)));
    if (!address) return Ok();  // a vendor's trailer
    Entry& entry = NewEntry();
    entry.name = line.substr(0, blank);
    entry.linear = *address;
    return Ok();
  }

  Entry& NewEntry() {
    Entry& entry = entries_.emplace_back();
    entry.place = place_;
    return entry;
  }

  Result<std::uint64_t> Number(std::string_view key, std::string_view value) const {
    const auto number = ParseHex(value);
    if (!number) {
      return place_.ErrorHere(fmt::format("{} is '{}', not a number such as 0x1000", key, value));
    }
    return *number;
  }

  ConfigPlace place_;
  std::vector<Entry> entries_;
};

bool IsMbrOrPgpt(std::string_view name) {
  return name == "MBR" || name == "mbr" || name == "PGPT" || name == "pgpt";
}

// The linear address of the user area: that of the first entry in it.
std::uint64_t UserStart(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    if (entry.region == "EMMC_USER" || IsMbrOrPgpt(entry.name)) return entry.linear;
  }
  return 0;
}

StorageArea AreaOf(const Entry& entry, bool is_nand, std::uint64_t user_start) {
  if (is_nand) return StorageArea::kNand;
  if (entry.region.starts_with("EMMC_BOOT")) return StorageArea::kEmmcBoot1;
  // Text forms have no regions: what lies before the user area, and the preloader that the OTA form
  // gives an address of its own, stand in the boot area.
  const bool is_preloader = entry.name == "PRELOADER" || entry.name == "preloader";
  if (entry.region.empty() && (is_preloader || entry.linear < user_start)) {
    return StorageArea::kEmmcBoot1;
  }
  return StorageArea::kEmmcUser;
}

Layout MakeLayout(std::vector<Entry> entries) {
  Layout layout;
  const bool is_nand = std::none_of(entries.begin(), entries.end(), [](const Entry& e) {
    return IsMbrOrPgpt(e.name) || e.region.starts_with("EMMC");
  });
  if (is_nand) layout.main_area = StorageArea::kNand;
  layout.user_starts_at = UserStart(entries);
  // Some files give physical addresses as zeros only; then the linear ones must serve.
  const bool has_physical = std::any_of(entries.begin(), entries.end(), [](const Entry& e) {
    return e.region == "EMMC_USER" && e.linear < kTailBase && e.physical.value_or(0) != 0;
  });
  for (Entry& entry : entries) {
    if (entry.linear >= kTailBase && entry.linear <= 0xffffffff) {
      layout.reserved_tail =
          std::max(layout.reserved_tail, (entry.linear - kTailBase) * kTailBlock);
      continue;
    }
    if (entry.name.empty()) continue;
    LayoutPartition partition;
    partition.area = AreaOf(entry, is_nand, layout.user_starts_at);
    partition.name = std::move(entry.name);
    partition.linear_address = entry.linear;
    partition.size = entry.size;
    partition.place = entry.place;
    if (partition.area == StorageArea::kEmmcUser) {
      partition.offset =
          has_physical ? entry.physical.value_or(0) : entry.linear - layout.user_starts_at;
    } else if (partition.area == StorageArea::kNand || (partition.area == StorageArea::kEmmcBoot1 &&
                                                        entry.linear < layout.user_starts_at)) {
      partition.offset = entry.linear;
    }
    layout.partitions.push_back(std::move(partition));
  }
  return layout;
}

}  // namespace

Result<Layout> ReadScatter(std::string_view text, std::string_view source) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Reader reader(source);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    TRY(reader.TakeLine(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (Entry& entry : reader.entries()) {
    if (entry.name.starts_with(kHiddenPrefix)) entry.name.erase(0, kHiddenPrefix.size());
  }
  Layout layout = MakeLayout(std::move(reader.entries()));
  if (layout.partitions.empty()) {
    ConfigPlace place = reader.place();
    place.line = 1;
    return place.ErrorHere(
        "no partition found; name a scatter file: lines such as 'BOOTIMG 0x988000', or a listing "
        "with partition_name, linear_start_addr and partition_size");
  }
  return layout;
}

}  // namespace mtkrig::emulator
