#include "protocol/engine/storage_report_parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {
namespace {

// u32 status, u8 chip select, u16 id; then the size.
constexpr std::size_t kNandHeadSize = 7;
// u16 page size, u16 spare size, u16 pages per block, u8 io, u8 address cycles, u8 bmt.
constexpr std::size_t kNandTailSize = 9;
constexpr std::uint16_t kMaxNandIds = 64;

constexpr std::size_t SizeWidth(bool wide) {
  return wide ? 8 : 4;
}

void AddRegion(StorageSizes& sizes, FlashRegion region, std::uint64_t size) {
  if (size != 0) sizes.regions.emplace_back(region, size);
}

// A wide NAND size and a narrow one with an extra word make reports of one length. In the wrong
// reading the eMMC record is shifted by four bytes, which makes nonsense of its sizes.
bool HasPlausibleEmmc(ByteSpan report, const ReportLayout& layout) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 46;
  const std::size_t at = legacy_da::kNorReportSize + kNandHeadSize +
                         SizeWidth(layout.wide_nand_size) + 2 +
                         std::size_t{layout.nand_id_count} * 2 + kNandTailSize;
  ByteReader reader(report.subspan(at, legacy_da::kEmmcReportSize), Endian::kBig);
  const auto status = *reader.Take<std::uint32_t>();
  if (status > 0xffff) return false;
  for (int i = 0; i < 8; ++i) {
    const auto size = *reader.Take<std::uint64_t>();
    if (status == 0 && (size % 512 != 0 || size > kLargest)) return false;
  }
  return true;
}

// The parsers below take from a reader that holds the whole report, whose length was checked.

void ParseNor(ByteReader& reader, StorageReport& report, std::uint64_t& nor_size) {
  const auto status = *reader.Take<std::uint32_t>();
  reader.Skip(4);
  const auto size = *reader.Take<std::uint32_t>();
  reader.Skip(16);
  nor_size = status == 0 ? size : 0;
  AddRegion(report.sizes, FlashRegion::kNor, nor_size);
}

void ParseNand(ByteReader& reader, const ReportLayout& layout, StorageReport& report,
               std::uint64_t& nand_size) {
  const auto status = *reader.Take<std::uint32_t>();
  reader.Skip(3);
  const std::uint64_t size =
      layout.wide_nand_size ? *reader.Take<std::uint64_t>() : *reader.Take<std::uint32_t>();
  reader.Skip(2 + std::size_t{layout.nand_id_count} * 2);
  const auto page_size = *reader.Take<std::uint16_t>();
  const auto spare_size = *reader.Take<std::uint16_t>();
  reader.Skip(5);
  nand_size = status == 0 ? size : 0;
  if (nand_size == 0) return;
  AddRegion(report.sizes, FlashRegion::kNand, nand_size);
  report.nand_page_size = page_size;
  report.nand_spare_size = spare_size;
}

void ParseEmmc(ByteReader& reader, StorageReport& report, std::uint64_t& user_size) {
  constexpr FlashRegion kOrder[] = {
      FlashRegion::kEmmcBoot1, FlashRegion::kEmmcBoot2, FlashRegion::kEmmcRpmb,
      FlashRegion::kEmmcGp1,   FlashRegion::kEmmcGp2,   FlashRegion::kEmmcGp3,
      FlashRegion::kEmmcGp4,   FlashRegion::kEmmcUser,
  };
  const auto status = *reader.Take<std::uint32_t>();
  for (const FlashRegion region : kOrder) {
    const auto size = *reader.Take<std::uint64_t>();
    if (status != 0) continue;
    AddRegion(report.sizes, region, size);
    if (region == FlashRegion::kEmmcUser) user_size = size;
  }
  const ByteSpan cid = *reader.TakeBytes(16);
  if (status == 0 && user_size != 0) report.cid.assign(cid.begin(), cid.end());
  reader.Skip(8);
}

}  // namespace

std::vector<ReportLayout> PossibleReportLayouts(ByteSpan head) {
  std::vector<ReportLayout> layouts;
  if (head.size() < kReportHeadSize) return layouts;
  for (const bool extra_word : {false, true}) {
    for (const bool wide : {true, false}) {
      const std::size_t count_at = legacy_da::kNorReportSize + kNandHeadSize + SizeWidth(wide);
      const auto count = LoadBe<std::uint16_t>(head.subspan(count_at));
      if (count > kMaxNandIds) continue;
      ReportLayout layout;
      layout.wide_nand_size = wide;
      layout.extra_word = extra_word;
      layout.nand_id_count = count;
      layout.length = count_at + 2 + std::size_t{count} * 2 + kNandTailSize +
                      legacy_da::kEmmcReportSize + legacy_da::kSdReportSize +
                      legacy_da::kConfigReportSize + (extra_word ? 4 : 0) +
                      legacy_da::kPassInfoSize;
      layouts.push_back(layout);
    }
  }
  std::ranges::stable_sort(layouts, {}, &ReportLayout::length);
  return layouts;
}

bool FitsLayout(ByteSpan report, const ReportLayout& layout) {
  if (report.size() != layout.length) return false;
  const ByteSpan pass = report.last(legacy_da::kPassInfoSize);
  return pass.front() == legacy_da::kAck &&
         (pass.back() == legacy_da::kSocOk || pass.back() == legacy_da::kSocFail) &&
         HasPlausibleEmmc(report, layout);
}

Result<StorageReport> ParseStorageReport(ByteSpan bytes, const ReportLayout& layout) {
  if (!FitsLayout(bytes, layout)) {
    return Error(ErrorCode::kProtocol, "the storage report does not fit its layout")
        .During("storage report");
  }
  if (bytes.back() == legacy_da::kSocFail) {
    const auto status = LoadBe<std::uint32_t>(bytes.last(legacy_da::kPassInfoSize).subspan(1));
    return Error(ErrorCode::kDeviceRefused, "the agent could not start on this phone")
        .WithDeviceStatus(status)
        .During("storage report")
        .WithHint("Try a download agent made for this phone (--da), and a charged battery.");
  }
  StorageReport report;
  std::uint64_t nor_size = 0;
  std::uint64_t nand_size = 0;
  std::uint64_t user_size = 0;
  ByteReader reader(bytes, Endian::kBig);
  ParseNor(reader, report, nor_size);
  ParseNand(reader, layout, report, nand_size);
  ParseEmmc(reader, report, user_size);
  const auto sd_status = *reader.Take<std::uint32_t>();
  const auto sd_size = *reader.Take<std::uint64_t>();
  reader.Skip(16);
  if (sd_status == 0) AddRegion(report.sizes, FlashRegion::kSdCard, sd_size);
  const auto internal_status = *reader.Take<std::uint32_t>();
  const auto internal_size = *reader.Take<std::uint32_t>();
  const auto external_status = *reader.Take<std::uint32_t>();
  reader.Skip(2);
  const auto external_size = *reader.Take<std::uint64_t>();
  if (internal_status == 0) report.internal_ram_bytes = internal_size;
  if (external_status == 0) report.external_ram_bytes = external_size;

  if (user_size != 0) {
    report.main_region = FlashRegion::kEmmcUser;
  } else if (nand_size != 0) {
    report.main_region = FlashRegion::kNand;
  } else if (nor_size != 0) {
    report.main_region = FlashRegion::kNor;
  } else {
    return Error(ErrorCode::kDeviceRefused, "the agent found no flash in this phone")
        .During("storage report")
        .WithHint("Try a download agent made for this phone (--da).");
  }
  return report;
}

}  // namespace mtkrig::protocol
