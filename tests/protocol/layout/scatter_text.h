#pragma once

// What the tests of scatter files share: texts of the YAML form, and what was read from them.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "protocol/layout/scatter.h"

namespace mtkrig::protocol {

inline ScatterFile Parse(std::string_view text, std::string_view file_name = "scatter.txt") {
  auto file = ParseScatter(text, file_name);
  EXPECT_TRUE(file.has_value()) << file.error().Describe();
  return file ? *std::move(file) : ScatterFile{};
}

inline const Partition& Get(const ScatterFile& file, std::string_view name, std::size_t block = 0) {
  static const Partition kNone;
  for (const Partition& partition : file.blocks.at(block).partitions) {
    if (partition.name == name) return partition;
  }
  ADD_FAILURE() << "no partition " << name;
  return kNone;
}

inline testing::Matcher<ScatterWarning> Warning(int line, const std::string& text) {
  return testing::AllOf(testing::Field(&ScatterWarning::line, line),
                        testing::Field(&ScatterWarning::text, testing::HasSubstr(text)));
}

inline std::string Head(std::string_view version, std::string_view storage = "EMMC") {
  return fmt::format(
      "######\n#\n#  General Setting\n#\n######\n- general: MTK_PLATFORM_CFG\n  info: \n"
      "    - config_version: {}\n      platform: MT6592\n      project: demo\n      storage: {}\n"
      "      boot_channel: MSDC_0\n      block_size: 0x20000\n",
      version, storage);
}
// The head has 13 lines, an entry 10.
inline std::string Entry(int index, std::string_view name, std::string_view linear,
                         std::string_view physical, std::string_view size,
                         std::string_view region = "EMMC_USER", std::string_view file = "NONE") {
  return fmt::format(
      "- partition_index: SYS{}\n  partition_name: {}\n  file_name: {}\n  is_download: {}\n"
      "  linear_start_addr: {}\n  physical_start_addr: {}\n  partition_size: {}\n  region: {}\n"
      "  storage: HW_STORAGE_EMMC\n\n",
      index, name, file, file == "NONE" ? "false" : "true", linear, physical, size, region);
}

}  // namespace mtkrig::protocol
