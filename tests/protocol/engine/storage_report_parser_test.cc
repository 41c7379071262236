#include "protocol/engine/storage_report_parser.h"

#include <gmock/gmock.h>

#include "protocol/engine/region_access.h"
#include "tests/protocol/engine/guard_bench.h"

namespace mtkrig::protocol {
namespace {

// As the client does: the first layout whose pass mark fits.
std::optional<ReportLayout> Recognise(ByteSpan report) {
  for (const ReportLayout& layout : PossibleReportLayouts(report)) {
    if (layout.length <= report.size() && FitsLayout(report.first(layout.length), layout)) {
      return layout;
    }
  }
  return std::nullopt;
}

TEST(StorageReport, OfMt6580IsAsLongAsRecorded) {
  // F reads 235 bytes and then c1.
  const auto layout = Recognise(EmmcReport(true, 7));
  ASSERT_TRUE(layout.has_value());
  EXPECT_EQ(layout->length, 236U);
  EXPECT_EQ(layout->nand_id_count, 7);
}

TEST(StorageReport, IsRecognisedInEveryLayout) {
  for (const bool wide : {true, false}) {
    for (std::size_t ids = 0; ids < 10; ++ids) {
      for (const std::string_view extra : {"", "00000000", "0000005a"}) {
        const auto report = EmmcReport(wide, ids, extra);
        const auto layout = Recognise(report);
        ASSERT_TRUE(layout.has_value()) << wide << ids << extra;
        EXPECT_EQ(layout->length, report.size());
        EXPECT_EQ(layout->extra_word, !extra.empty());
        const auto parsed = ParseStorageReport(report, *layout);
        ASSERT_TRUE(parsed.has_value()) << parsed.error().Describe();
        EXPECT_EQ(RegionSize(parsed->sizes, FlashRegion::kEmmcUser), 0x1d2000000U);
      }
    }
  }
}

TEST(StorageReport, GivesEveryRegionAndTheRam) {
  const auto report = EmmcReport();
  const auto parsed = ParseStorageReport(report, *Recognise(report));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->main_region, FlashRegion::kEmmcUser);
  EXPECT_EQ(RegionSize(parsed->sizes, FlashRegion::kEmmcBoot1), 0x400000U);
  EXPECT_EQ(RegionSize(parsed->sizes, FlashRegion::kEmmcBoot2), 0x400000U);
  EXPECT_EQ(RegionSize(parsed->sizes, FlashRegion::kEmmcRpmb), 0x80000U);
  EXPECT_EQ(RegionSize(parsed->sizes, FlashRegion::kNand), 0U);
  EXPECT_EQ(parsed->internal_ram_bytes, 0x20000U);
  EXPECT_EQ(parsed->external_ram_bytes, 0x40000000U);
  EXPECT_EQ(ToHex(parsed->cid), "4d0001703430434de7050247b350fcbc");
}

TEST(StorageReport, FindsNand) {
  auto report = EmmcReport(true, 2);
  const auto patch = [&](std::size_t at, std::string_view hex) {
    const auto bytes = Hex(hex);
    std::copy(bytes.begin(), bytes.end(), report.begin() + static_cast<std::ptrdiff_t>(at));
  };
  patch(28, "00000000 00 00ec 0000000020000000 0002 00ec 00bc 0800 0040 0040 00 05 01");
  patch(28 + 17 + 4 + 9, "00000bbd");
  const auto parsed = ParseStorageReport(report, *Recognise(report));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().Describe();
  EXPECT_EQ(parsed->main_region, FlashRegion::kNand);
  EXPECT_EQ(RegionSize(parsed->sizes, FlashRegion::kNand), 0x20000000U);
  EXPECT_EQ(parsed->nand_page_size, 0x800U);
  EXPECT_EQ(parsed->nand_spare_size, 0x40U);
  EXPECT_TRUE(parsed->cid.empty());
}

TEST(StorageReport, SaysWhenTheAgentFailed) {
  auto report = EmmcReport(true, 7, "", "cf");
  report[report.size() - 6] = 0x1d;  // the download status' last byte
  const auto parsed = ParseStorageReport(report, *Recognise(report));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code(), ErrorCode::kDeviceRefused);
  EXPECT_EQ(parsed.error().device_status(), 0x1dU);
}

TEST(StorageReport, SaysWhenThereIsNoFlash) {
  auto report = EmmcReport();
  report[28 + 17 + 14 + 9 + 3] = 0x01;  // eMMC status
  const auto parsed = ParseStorageReport(report, *Recognise(report));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_THAT(parsed.error().message(), testing::HasSubstr("no flash"));
}

TEST(StorageReport, IsNotAcceptedWithoutItsPassMark) {
  auto report = EmmcReport();
  const auto layout = *Recognise(report);
  report[report.size() - 10] = 0x00;
  EXPECT_FALSE(Recognise(report).has_value());
  EXPECT_EQ(ParseStorageReport(report, layout).error().code(), ErrorCode::kProtocol);
}

TEST(StorageReport, BoundsTheNumberOfNandIds) {
  auto report = EmmcReport();
  report[28 + 15] = 0xff;  // wide count
  report[28 + 11] = 0xff;  // narrow count
  EXPECT_TRUE(PossibleReportLayouts(report).empty());
  EXPECT_TRUE(PossibleReportLayouts(ByteSpan(report).first(kReportHeadSize - 1)).empty());
}

TEST(TrimmingSink, PassesOnlyTheRangeThatWasAskedFor) {
  class Sink final : public ByteSink {
   public:
    Result<void> Append(ByteSpan data) override {
      bytes.insert(bytes.end(), data.begin(), data.end());
      return Ok();
    }
    std::vector<std::uint8_t> bytes;
  };
  Sink sink;
  TrimmingSink trimmed(sink, 3, 4);
  for (const std::string_view part : {"00", "0102", "0304", "05060708", "09"}) {
    ASSERT_TRUE(trimmed.Append(Hex(part)).has_value());
  }
  EXPECT_THAT(sink.bytes, testing::ElementsAre(3, 4, 5, 6));
}

}  // namespace
}  // namespace mtkrig::protocol
