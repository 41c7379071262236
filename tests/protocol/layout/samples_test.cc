// Runs over scatter files of real phones, which the project does not carry. MTKRIG_SAMPLES names a
// folder that holds some.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "protocol/layout/plan.h"
#include "protocol/layout/scatter.h"
#include "protocol/layout/scatter_writer.h"

namespace mtkrig::protocol {
namespace {

TEST(Samples, EveryScatterFileIsReadAndWrittenBack) {
  const char* folder = std::getenv("MTKRIG_SAMPLES");  // NOLINT(concurrency-mt-unsafe)
  if (folder == nullptr) {
    GTEST_SKIP() << "set MTKRIG_SAMPLES to a folder of scatter files to run this test";
  }
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() || (extension != ".txt" && extension != ".xml")) continue;
    SCOPED_TRACE(entry.path().string());
    const auto file = LoadScatter(entry.path().string());
    if (!file) {
      ADD_FAILURE() << file.error().Describe();
      continue;
    }
    ++count;
    for (const ScatterWarning& warning : file->warnings) {
      std::cout << entry.path().filename().string() << ":" << warning.line << ": " << warning.text
                << "\n";
    }
    for (const StorageBlock& block : file->blocks) {
      EXPECT_FALSE(ExplainAddresses(block).empty());
      const auto text = WriteScatter({TableSource::kScatter, block.partitions},
                                     {file->platform, file->project, block.block_size});
      ASSERT_TRUE(text.has_value()) << text.error().Describe();
      const auto again = ParseScatter(*text, "again.txt");
      ASSERT_TRUE(again.has_value());
      ASSERT_EQ(again->blocks[0].partitions.size(), block.partitions.size());
      for (std::size_t i = 0; i < block.partitions.size(); ++i) {
        const Partition& wrote = block.partitions[i];
        const Partition& read = again->blocks[0].partitions[i];
        EXPECT_EQ(read.name, wrote.name);
        EXPECT_EQ(read.region, wrote.region) << wrote.name;
        EXPECT_EQ(read.offset, wrote.offset) << wrote.name;
      }
    }
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace mtkrig::protocol
