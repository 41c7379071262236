// Flash full of anything: GPT, MBR, PMT and the READ_PMT reply.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/layout/boot_image.h"
#include "protocol/layout/gpt.h"
#include "protocol/layout/mbr.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/pmt.h"

using namespace mtkrig::protocol;  // NOLINT

namespace {

constexpr std::uint64_t kRegion = 1ULL << 20;

void Use(const Result<PartitionTable>& table) {
  if (!table) return;
  const StorageSizes sizes{{{FlashRegion::kEmmcUser, kRegion}, {FlashRegion::kEmmcBoot1, 4096}}};
  const auto plan = PlanFullBackup(*table, sizes);
  if (!plan) return;
  for (const PlannedRead& read : *plan) {
    const std::uint64_t size = sizes.SizeOf(read.range.region);
    if (read.range.offset > size || read.range.length > size - read.range.offset) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes(data, std::min<std::size_t>(size, kRegion));
  // The input stands at the start and, once more, at the end, where backups and PMTs are.
  const RangeReader reader = [&](std::uint64_t offset,
                                 std::uint64_t length) -> Result<std::vector<std::uint8_t>> {
    if (offset > kRegion || length > kRegion - offset) {
      return Error(ErrorCode::kDeviceRefused, "past the end");
    }
    std::vector<std::uint8_t> out(length);
    const std::uint64_t tail = kRegion - bytes.size();
    for (std::uint64_t i = 0; i < length; ++i) {
      const std::uint64_t at = offset + i;
      if (at < bytes.size()) {
        out[i] = bytes[at];
      } else if (at >= tail) {
        out[i] = bytes[at - tail];
      }
    }
    return out;
  };
  std::vector<std::string> warnings;
  for (const std::uint64_t region_size : {kRegion, std::uint64_t{0}}) {
    Use(ReadGpt(reader, region_size, 512, FlashRegion::kEmmcUser, &warnings));
    Use(ReadMbr(reader, region_size, &warnings));
  }
  Use(ReadPmtFromFlash(reader, kRegion, &warnings));
  Use(ParsePmtReply(bytes, {}, &warnings));
  (void)IdentifyImage(bytes, size);
  return 0;
}
