// Any text: it is refused or it yields a file whose every part can be used.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/layout/compare.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/scatter.h"
#include "protocol/layout/scatter_writer.h"

using namespace mtkrig::protocol;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = ParseScatter(text, "MT6577_Android_scatter.txt");
  if (!file) return 0;
  const StorageSizes sizes{{{FlashRegion::kEmmcBoot1, 4U << 20},
                            {FlashRegion::kEmmcUser, 1ULL << 32},
                            {FlashRegion::kUfsLu2, 1ULL << 32}}};
  (void)CheckScatter(*file, sizes);
  (void)CheckScatter(*file, {});
  for (const StorageBlock& block : file->blocks) {
    if (block.partitions.empty()) __builtin_trap();
    (void)ExplainAddresses(block);
    const PartitionTable table{TableSource::kScatter, block.partitions};
    (void)PlanFullBackup(table, sizes);
    (void)CompareLayouts(table, table, sizes);
    for (const Partition& partition : block.partitions) {
      (void)PlanPartitions(table, sizes, std::vector<std::string>{partition.name});
      if (DefaultFileName(partition).find('/') != std::string::npos) __builtin_trap();
      if (block.partitions.size() > 64) break;
    }
    const auto written = WriteScatter(table, {"MT6577", "fuzz", block.block_size});
    if (written && !ParseScatter(*written, "again.txt")) __builtin_trap();
  }
  return 0;
}
