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

constexpr std::uint64_t kRegion = 128ULL << 10;

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
    const auto copy_from = [&](std::uint64_t place) {
      const std::uint64_t first = std::max(offset, place);
      const std::uint64_t last = std::min<std::uint64_t>(offset + length, place + bytes.size());
      if (first >= last) return;
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(first - place), last - first,
                  out.begin() + static_cast<std::ptrdiff_t>(first - offset));
    };
    copy_from(kRegion - bytes.size());
    copy_from(0);
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
