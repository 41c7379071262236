#include "emulator/profile/layout_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "emulator/profile/config_reader.h"
#include "emulator/profile/scatter_reader.h"
#include "protocol/base/input_file.h"

namespace mtkrig::emulator {

using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::uint64_t kMaxTextFile = std::uint64_t{16} << 20;

constexpr std::array<std::pair<std::string_view, StorageArea>, 9> kAreas = {{
    {"user", StorageArea::kEmmcUser},
    {"boot1", StorageArea::kEmmcBoot1},
    {"boot2", StorageArea::kEmmcBoot2},
    {"rpmb", StorageArea::kEmmcRpmb},
    {"gp1", StorageArea::kEmmcGp1},
    {"gp2", StorageArea::kEmmcGp2},
    {"gp3", StorageArea::kEmmcGp3},
    {"gp4", StorageArea::kEmmcGp4},
    {"nand", StorageArea::kNand},
}};

constexpr std::array<std::pair<std::string_view, PmtForm>, 4> kPmtForms = {{
    {"partition", PmtForm::kPmtPartition},
    {"end-1.0", PmtForm::kEnd10},
    {"end-1.1", PmtForm::kEnd11},
    {"nand-v3", PmtForm::kNandV3},
}};

// The value that goes with a word; an error that lists the words when there is none.
template <typename T, std::size_t N>
Result<std::optional<T>> GetWord(ConfigReader& reader, std::string_view key,
                                 const std::array<std::pair<std::string_view, T>, N>& words) {
  std::string text;
  TRY(reader.Get(key, text));
  if (text.empty()) return std::optional<T>();
  std::string known;
  for (const auto& [word, value] : words) {
    if (word == text) return std::optional<T>(value);
    known += known.empty() ? "" : ", ";
    known += word;
  }
  return reader.ErrorAt(key, fmt::format("is '{}'; choose one of {}", text, known));
}

Result<LayoutPartition> LoadPartition(const ConfigNode& node, const Layout& layout) {
  ConfigReader reader(&node, "layout.partitions");
  LayoutPartition partition;
  partition.place = node.place();
  std::uint64_t table_size = 0;
  reader.Require("name");
  reader.Require("at");
  TRY(reader.Get("name", partition.name));
  TRY(reader.Get("at", partition.linear_address));
  TRY(reader.Get("size", partition.size));
  TRY(reader.Get("table_size", table_size));
  TRY_ASSIGN(const std::optional<StorageArea> area, GetWord(reader, "area", kAreas));
  TRY(reader.Finish());
  if (table_size != 0) partition.table_size = table_size;
  partition.area = area.value_or(layout.main_area);
  partition.offset = partition.linear_address;
  if (!area && partition.linear_address < layout.user_starts_at) {
    partition.area = StorageArea::kEmmcBoot1;
  } else if (!area) {
    partition.offset -= layout.user_starts_at;
  }
  return partition;
}

Result<void> LoadPartitions(const ConfigNode* node, Layout& layout) {
  if (node == nullptr) return Ok();
  if (node->kind != ConfigNode::Kind::kList) {
    return node->ErrorHere("layout.partitions must be a list of {name: ..., at: ..., size: ...}");
  }
  for (const ConfigNode& item : node->children) {
    TRY_ASSIGN(LayoutPartition partition, LoadPartition(item, layout));
    if (layout.Find(partition.name) != nullptr) {
      return item.ErrorHere(
          fmt::format("partition '{}' is listed twice; rename or remove one", partition.name));
    }
    layout.partitions.push_back(std::move(partition));
  }
  return Ok();
}

Result<void> LoadMbr(const ConfigNode* node, Layout& layout) {
  if (node == nullptr) return Ok();
  if (node->kind != ConfigNode::Kind::kList) {
    return node->ErrorHere("layout.mbr must be a list of {at: MBR, partitions: [...]}");
  }
  for (const ConfigNode& item : node->children) {
    ConfigReader reader(&item, "layout.mbr");
    MbrTableSpec table;
    table.place = item.place();
    reader.Require("at");
    TRY(reader.Get("at", table.at));
    TRY(reader.Get("partitions", table.partitions));
    TRY(reader.Finish());
    layout.mbr.push_back(std::move(table));
  }
  return Ok();
}

Result<std::uint32_t> GetSize32(ConfigReader& reader, std::string_view key,
                                std::uint32_t default_value) {
  std::uint32_t value = default_value;
  TRY(reader.Get(key, value));
  return value;
}

Result<AndroidImageSpec> LoadAndroid(const ConfigNode* node) {
  ConfigReader reader(node, "contents.android");
  AndroidImageSpec spec;
  TRY_ASSIGN(spec.kernel_bytes, GetSize32(reader, "kernel", spec.kernel_bytes));
  TRY_ASSIGN(spec.ramdisk_bytes, GetSize32(reader, "ramdisk", spec.ramdisk_bytes));
  TRY(reader.Get("ramdisk_name", spec.ramdisk_name));
  TRY(reader.Get("board", spec.board_name));
  TRY(reader.Finish());
  return spec;
}

Result<MtkImageSpec> LoadMtkImage(const ConfigNode* node) {
  ConfigReader reader(node, "contents.mtk");
  MtkImageSpec spec;
  reader.Require("name");
  reader.Require("size");
  TRY(reader.Get("name", spec.name));
  TRY(reader.Get("size", spec.body_bytes));
  TRY(reader.Finish());
  return spec;
}

Result<PreloaderSpec> LoadPreloader(const ConfigNode* node) {
  ConfigReader reader(node, "contents.preloader");
  PreloaderSpec spec;
  TRY(reader.Get("size", spec.code_bytes));
  TRY(reader.Finish());
  return spec;
}

Result<PartitionContent> LoadContent(const std::string& partition, const ConfigNode& node,
                                     const std::filesystem::path& base_dir) {
  ConfigReader reader(&node, fmt::format("contents.{}", partition));
  PartitionContent content = {.partition = partition, .what = FillSpec{}, .place = node.place()};
  std::string file;
  FillSpec fill;
  PatternSpec pattern;
  TRY(reader.Get("file", file));
  TRY(reader.Get("fill", fill.value));
  TRY(reader.Get("pattern", pattern.seed));
  const ConfigNode* android = reader.Child("android");
  const ConfigNode* mtk = reader.Child("mtk");
  const ConfigNode* preloader = reader.Child("preloader");
  TRY(reader.Finish());
  if (node.keys.size() != 1) {
    return node.ErrorHere(fmt::format(
        "contents.{} must have exactly one of: file, android, mtk, preloader, fill, pattern",
        partition));
  }
  if (reader.Has("file")) content.what = FileSpec{base_dir / file};
  if (reader.Has("fill")) content.what = fill;
  if (reader.Has("pattern")) content.what = pattern;
  if (android != nullptr) {
    TRY_ASSIGN(content.what, LoadAndroid(android));
  }
  if (mtk != nullptr) {
    TRY_ASSIGN(content.what, LoadMtkImage(mtk));
  }
  if (preloader != nullptr) {
    TRY_ASSIGN(content.what, LoadPreloader(preloader));
  }
  return content;
}

// The layout of the scatter file that `place` names.
Result<Layout> LoadScatter(const std::string& scatter, const ConfigPlace& place,
                           const std::filesystem::path& base_dir) {
  const std::filesystem::path path = base_dir / scatter;
  const auto text = ReadTextFile(path, "scatter file");
  if (!text.has_value()) {
    return place
        .Locate(text.error(), fmt::format("layout.scatter names '{}', but mtkrig ", scatter))
        .WithHint(
            "Check the path: it leads to a scatter file, and a relative one counts from the folder "
            "of the profile. Without such a file, list partitions under layout.partitions.");
  }
  return ReadScatter(*text, path.string());
}

}  // namespace

Result<std::string> ReadTextFile(const std::filesystem::path& path, std::string_view kind) {
  TRY_ASSIGN(const auto bytes,
             protocol::ReadInputFile(path.string(), {.max_bytes = kMaxTextFile, .kind = kind}));
  return std::string(bytes.begin(), bytes.end());
}

Result<Layout> LoadLayout(const ConfigNode* node, const std::filesystem::path& base_dir,
                          StorageArea main_area) {
  ConfigReader reader(node, "layout");
  Layout layout;
  std::string scatter;
  TRY(reader.Get("scatter", scatter));
  if (!scatter.empty()) {
    TRY_ASSIGN(layout, LoadScatter(scatter, *reader.Child("scatter"), base_dir));
    if (layout.main_area != main_area) {
      return reader.ErrorAt("scatter",
                            fmt::format("is for {} storage, but section storage says {}",
                                        layout.main_area == StorageArea::kNand ? "NAND" : "eMMC",
                                        main_area == StorageArea::kNand ? "NAND" : "eMMC"));
    }
  }
  layout.main_area = main_area;
  layout.gpt_place = reader.PlaceOf("gpt");
  layout.pmt_place = reader.PlaceOf("pmt");
  TRY(reader.Get("user_starts_at", layout.user_starts_at));
  TRY(reader.Get("reserved_tail", layout.reserved_tail));
  TRY(reader.Get("gpt", layout.gpt));
  TRY_ASSIGN(layout.pmt, GetWord(reader, "pmt", kPmtForms));
  const ConfigNode* partitions = reader.Child("partitions");
  const ConfigNode* mbr = reader.Child("mbr");
  TRY(reader.Finish());
  if (partitions != nullptr && !scatter.empty()) {
    return reader.ErrorAt("partitions", "stands beside 'scatter'; keep one of the two");
  }
  TRY(LoadPartitions(partitions, layout));
  TRY(LoadMbr(mbr, layout));
  if (layout.gpt && !layout.mbr.empty()) {
    return reader.ErrorAt("gpt", "stands beside 'mbr'; a phone has one of the two");
  }
  return layout;
}

Result<std::vector<PartitionContent>> LoadContents(const ConfigNode* node,
                                                   const std::filesystem::path& base_dir) {
  std::vector<PartitionContent> contents;
  if (node == nullptr || node->kind == ConfigNode::Kind::kNull) return contents;
  if (node->kind != ConfigNode::Kind::kMap) {
    return node->ErrorHere("contents must be a map of partition name to content");
  }
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    TRY_ASSIGN(PartitionContent content, LoadContent(node->keys[i], node->children[i], base_dir));
    contents.push_back(std::move(content));
  }
  return contents;
}

}  // namespace mtkrig::emulator
