#include "protocol/layout/plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kUser = 0x10000000;
const StorageSizes kPhone{{{FlashRegion::kEmmcBoot1, 0x400000},
                           {FlashRegion::kEmmcBoot2, 0x400000},
                           {FlashRegion::kEmmcRpmb, 0x80000},
                           {FlashRegion::kEmmcUser, kUser}}};

Partition Part(std::string name, std::uint64_t offset, std::optional<std::uint64_t> size) {
  Partition partition;
  partition.name = std::move(name);
  partition.offset = offset;
  partition.size = size;
  return partition;
}

Partition Tail(std::string name, std::uint64_t from_end, std::optional<std::uint64_t> size) {
  Partition partition = Part(std::move(name), from_end, size);
  partition.from_end = true;
  return partition;
}

Result<std::vector<PlannedRead>> Plan(std::vector<Partition> partitions,
                                      std::vector<std::string> names,
                                      TableSource source = TableSource::kScatter,
                                      const StorageSizes& sizes = kPhone) {
  return PlanPartitions({source, std::move(partitions)}, sizes, names);
}

TEST(PlanPartitions, ByNameInTheOrderOfTheNames) {
  Partition boot = Part("BOOTIMG", 0x988000, 0x600000);
  boot.linear_address = 0xf88000;
  const auto plan =
      Plan({boot, Part("RECOVERY", 0xf88000, 0x600000)}, {"recovery", "boot", "BOOTIMG"});
  ASSERT_TRUE(plan.has_value()) << plan.error().Describe();
  ASSERT_EQ(plan->size(), 2U) << "a partition named twice is read once";
  EXPECT_EQ((*plan)[0].label, "RECOVERY");
  EXPECT_EQ((*plan)[0].file_name, "recovery.img");
  EXPECT_EQ((*plan)[1].range, (FlashRange{FlashRegion::kEmmcUser, 0x988000, 0x600000}));
  EXPECT_EQ((*plan)[1].file_name, "boot.img");
  EXPECT_EQ((*plan)[1].linear_address, 0xf88000U);
}

// Which of the two was meant, only the user knows.
TEST(PlanPartitions, ANameThatIsThereForEachOfTwoSystems) {
  const std::vector<Partition> table = {
      Part("boot_a", 0x1000, 0x1000), Part("boot_b", 0x2000, 0x1000), Part("lk_a", 0x3000, 0x1000)};
  for (const char* name : {"boot", "BOOTIMG", "boot.img"}) {
    const auto plan = Plan(table, {name});
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(plan.error().message(),
              fmt::format("there is no partition \"{}\", but boot_a and boot_b", name));
    EXPECT_THAT(plan.error().hint(), HasSubstr("Give boot_a, boot_b, or both: boot_a boot_b"));
  }
  const auto lk = Plan(table, {"lk"});
  EXPECT_EQ(lk.error().hint(), "Did you mean lk_a?");
  EXPECT_TRUE(Plan(table, {"boot_a"}).has_value());
}

TEST(PlanPartitions, UnknownNamesGetSuggestions) {
  const auto near = Plan({Part("RECOVERY", 0, 0x1000)}, {"RECOVRY"});
  ASSERT_FALSE(near.has_value());
  EXPECT_EQ(near.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(near.error().hint(), "Did you mean RECOVERY?");
  const auto far = Plan({Part("RECOVERY", 0, 0x1000)}, {"xyz"});
  EXPECT_THAT(far.error().hint(), HasSubstr("There are: preloader RECOVERY."));
}

TEST(PlanPartitions, TailsAndOpenEndsAreResolved) {
  const auto plan = Plan({Part("USRDATA", 0x1000000, std::nullopt),
                          Tail("flashinfo", 0x1080000, 0x1000000), Tail("sgpt", 0x80000, {})},
                         {"userdata", "flashinfo", "sgpt"});
  ASSERT_TRUE(plan.has_value()) << plan.error().Describe();
  EXPECT_EQ((*plan)[0].range.length, kUser - 0x1080000 - 0x1000000);
  EXPECT_EQ((*plan)[1].range.offset, kUser - 0x1080000);
  EXPECT_EQ((*plan)[1].range.length, 0x1000000U);
  EXPECT_EQ((*plan)[2].range, (FlashRange{FlashRegion::kEmmcUser, kUser - 0x80000, 0x80000}));
}

TEST(PlanPartitions, WithoutThePhoneTailsCannotBePlaced) {
  const auto plan = Plan({Tail("sgpt", 0x80000, {})}, {"sgpt"}, TableSource::kScatter, {});
  ASSERT_FALSE(plan.has_value());
  EXPECT_THAT(plan.error().message(), HasSubstr("only the phone tells"));
}

// Once told as what only the phone tells, which had told it.
TEST(PlanPartitions, OneWithoutSizeThatBeginsPastTheEndIsTold) {
  const auto told = [](const Partition& partition) {
    const auto plan = Plan({partition}, {partition.name});
    EXPECT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(plan.error().hint(), HasSubstr("scatter check"));
    return plan.error().message();
  };
  const std::string end = fmt::format("{:#x}", kUser);
  EXPECT_THAT(told(Part("USRDATA", kUser + 0x1000, std::nullopt)),
              HasSubstr(fmt::format("begins at {:#x}, beyond the end of EMMC_USER, which is {} on "
                                    "this phone",
                                    kUser + 0x1000, end)));
  EXPECT_THAT(told(Tail("flashinfo", kUser + 0x1000, 0x1000)),
              HasSubstr(fmt::format("begins at {:#x} from the end, beyond the start of EMMC_USER",
                                    kUser + 0x1000)));
}

TEST(PlanPartitions, BoundsOfThePhoneAreKept) {
  Partition boot = Part("BOOTIMG", kUser - 0x1000, 0x1001);
  boot.line = 25;
  const auto plan = Plan({boot}, {"boot"});
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(plan.error().message(), HasSubstr("BOOTIMG (line 25) at 0xffff000"));
  EXPECT_THAT(plan.error().hint(), HasSubstr("scatter check"));
  EXPECT_FALSE(Plan({Part("boot", UINT64_MAX, 2)}, {"boot"}).has_value());
  EXPECT_TRUE(Plan({Part("boot", kUser - 0x1000, 0x1000)}, {"boot"}).has_value());
}

TEST(PlanPartitions, AnotherStorageIsNamed) {
  Partition boot = Part("boot", 0, 0x1000);
  boot.region = FlashRegion::kUfsLu2;
  const auto plan = Plan({boot}, {"boot"});
  ASSERT_FALSE(plan.has_value());
  EXPECT_THAT(plan.error().message(), HasSubstr("UFS_LU2, which this phone does not have"));
}

TEST(PlanPartitions, APreloaderOverBothBootAreasEndsWithItsOwn) {
  Partition preloader = Part("PRELOADER", 0, 0xc00000);
  preloader.region = FlashRegion::kEmmcBoot1;
  const auto plan = Plan({preloader}, {"preloader"});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ((*plan)[0].range.length, 0x400000U);
}

TEST(PlanPartitions, WhatAGptDoesNotListIsThereAllTheSame) {
  const auto plan =
      Plan({Part("boot", 0x8000, 0x1000), Part("userdata", 0x9000, kUser - 0x9000 - 0x4200)},
           {"preloader", "pgpt", "sgpt", "boot2", "EMMC_USER"}, TableSource::kGpt);
  ASSERT_TRUE(plan.has_value()) << plan.error().Describe();
  EXPECT_EQ((*plan)[0].range, (FlashRange{FlashRegion::kEmmcBoot1, 0, 0x400000}));
  EXPECT_EQ((*plan)[1].range, (FlashRange{FlashRegion::kEmmcUser, 0, 0x8000}));
  EXPECT_EQ((*plan)[2].range, (FlashRange{FlashRegion::kEmmcUser, kUser - 0x4200, 0x4200}));
  EXPECT_EQ((*plan)[3].range, (FlashRange{FlashRegion::kEmmcBoot2, 0, 0x400000}));
  EXPECT_EQ((*plan)[3].file_name, "emmc_boot_2.bin");
  EXPECT_EQ((*plan)[4].range, (FlashRange{FlashRegion::kEmmcUser, 0, kUser}));
}

TEST(PlanPartitions, OneSourceFileFeedsTwoReads) {
  Partition lk = Part("lk", 0, 0x1000);
  Partition lk2 = Part("lk2", 0x1000, 0x1000);
  lk.file_name = lk2.file_name = "lk.img";
  const auto plan = Plan({lk, lk2}, {"lk", "lk2"});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ((*plan)[0].file_name, "lk.img");
  EXPECT_EQ((*plan)[1].file_name, "lk2.bin");
}

TEST(DefaultFileName, ByConvention) {
  EXPECT_EQ(DefaultFileName(Part("BOOTIMG", 0, {})), "boot.img");
  EXPECT_EQ(DefaultFileName(Part("RECOVERY", 0, {})), "recovery.img");
  EXPECT_EQ(DefaultFileName(Part("ANDROID", 0, {})), "system.img");
  EXPECT_EQ(DefaultFileName(Part("boot_a", 0, {})), "boot_a.img");
  EXPECT_EQ(DefaultFileName(Part("NVRAM", 0, {})), "nvram.bin");
}

TEST(FileNameOfTyped, IsKnownWhereEveryTableAgrees) {
  for (const char* name : {"boot", "BOOTIMG", "boot.img", "__NODL_BOOTIMG", " Boot "}) {
    EXPECT_EQ(FileNameOfTyped(name), "boot.img") << name;
  }
  EXPECT_EQ(FileNameOfTyped("RECOVERY"), "recovery.img");
  EXPECT_EQ(FileNameOfTyped("android"), "system.img");
  EXPECT_EQ(FileNameOfTyped("uboot"), "lk.bin");
  EXPECT_EQ(FileNameOfTyped("NVRAM"), "nvram.bin");
  EXPECT_EQ(FileNameOfTyped("preloader"), "preloader.bin");
  for (const char* name : {"misc", "para", "gpt", "user", "EMMC_BOOT_1", ""}) {
    EXPECT_EQ(FileNameOfTyped(name), std::nullopt) << name;
  }
}

// What is said of a typed name before the phone is asked must be what the plan then does.
TEST(FileNameOfTyped, IsTheNameThatThePlanGives) {
  for (const char* in_table : {"BOOTIMG", "boot", "UBOOT", "lk", "ANDROID", "system", "PRO_INFO"}) {
    for (const char* typed : {"boot", "bootimg", "lk", "uboot", "system", "android", "proinfo"}) {
      const auto plan = Plan({Part(in_table, 0x100000, 0x100000)}, {typed}, TableSource::kPmt);
      if (!plan) continue;
      EXPECT_EQ(FileNameOfTyped(typed), plan->front().file_name) << typed << " of " << in_table;
    }
  }
}

TEST(DefaultFileName, StaysInItsFolder) {
  Partition partition = Part("../../etc/passwd", 0, {});
  EXPECT_EQ(DefaultFileName(partition), "passwd.bin");
  partition.file_name = "C:\\images\\boot.img";
  EXPECT_EQ(DefaultFileName(partition), "boot.img");
  partition.file_name = "..";
  EXPECT_EQ(DefaultFileName(partition), "_..");
  EXPECT_EQ(DefaultFileName(Part("/", 0, {})), "unnamed.bin");
}

TEST(PlanRange, ChecksThePhone) {
  const auto fits = PlanRange(*ParseRangeSpec("user:0x988000+6M=b.img"), kPhone, LinearSpace());
  ASSERT_TRUE(fits.has_value());
  EXPECT_EQ(fits->range, (FlashRange{FlashRegion::kEmmcUser, 0x988000, 0x600000}));
  EXPECT_EQ(fits->label, "EMMC_USER 0x988000+0x600000");
  EXPECT_FALSE(PlanRange(*ParseRangeSpec("boot1:0x0+5M=b"), kPhone, LinearSpace()).has_value());
  EXPECT_FALSE(PlanRange(*ParseRangeSpec("nand:0x0+5M=b"), kPhone, LinearSpace()).has_value());
}

TEST(PlanRange, LinearNeedsSomebodyWhoKnows) {
  const RangeSpec spec = *ParseRangeSpec("LINEAR:0xf88000+0x600000=boot.img");
  LinearSpace unknown;
  unknown.note = "nobody tells";
  const auto refused = PlanRange(spec, kPhone, unknown);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("nobody tells"));
  EXPECT_THAT(refused.error().hint(), ::testing::HasSubstr("--scatter"));
  Partition mbr = Part("MBR", 0, 0x4000);
  mbr.linear_address = 0x600000;
  const AddressSpace space = AddressSpace::FromPartitions(std::vector<Partition>{mbr});
  const auto read = PlanRange(spec, kPhone, LinearSpaceOfScatter(space));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->range.offset, 0x988000U);
  EXPECT_EQ(read->linear_address, 0xf88000U);
}

TEST(PlanRange, LinearAddressesBetweenTwoAreasAreInNeither) {
  const LinearSpace linear{LinearBasis::kPreloaderSize,
                           AddressSpace::FromWindows({{FlashRegion::kEmmcBoot1, 0, std::nullopt},
                                                      {FlashRegion::kEmmcUser, 0x1400000, {}}}),
                           "EMMC_USER begins at linear address 0x1400000"};
  const std::uint64_t boot = kPhone.SizeOf(FlashRegion::kEmmcBoot1);
  ASSERT_LT(boot, 0x1400000U);
  RangeSpec spec;
  spec.length = 0x200;
  spec.file_name = "x.bin";
  spec.start = boot;
  const auto between = PlanRange(spec, kPhone, linear);
  ASSERT_FALSE(between.has_value());
  EXPECT_THAT(between.error().message(), ::testing::HasSubstr("in no area"));
  EXPECT_THAT(between.error().hint(), ::testing::HasSubstr("0x1400000"));
  spec.start = boot - 0x100;
  EXPECT_THAT(PlanRange(spec, kPhone, linear).error().hint(),
              ::testing::HasSubstr("a range of its own"));
  spec.start = boot - 0x200;
  EXPECT_EQ(PlanRange(spec, kPhone, linear)->range,
            (FlashRange{FlashRegion::kEmmcBoot1, boot - 0x200, 0x200}));
  spec.start = 0x1400000;
  EXPECT_EQ(PlanRange(spec, kPhone, linear)->range, (FlashRange{FlashRegion::kEmmcUser, 0, 0x200}));
}

TEST(PlanFullBackup, NothingIsLost) {
  const PartitionTable table{TableSource::kScatter,
                             {Part("boot", 0x8000, 0x1000), Part("lk", 0x1000, 0x1000),
                              Part("inside", 0x8800, 0x100), Part("empty", 0x9000, 0),
                              Part("userdata", 0x100000, std::nullopt), Tail("sgpt", 0x8000, {})}};
  const auto plan = PlanFullBackup(table, kPhone);
  ASSERT_TRUE(plan.has_value()) << plan.error().Describe();
  std::uint64_t covered = 0;
  std::set<std::string> names;
  bool boot1 = false;
  bool boot2 = false;
  for (const PlannedRead& read : *plan) {
    EXPECT_TRUE(names.insert(read.file_name).second) << read.file_name;
    EXPECT_NE(read.range.region, FlashRegion::kEmmcRpmb);
    EXPECT_NE(read.range.length, 0U);
    boot1 = boot1 || read.range == FlashRange{FlashRegion::kEmmcBoot1, 0, 0x400000};
    boot2 = boot2 || read.range == FlashRange{FlashRegion::kEmmcBoot2, 0, 0x400000};
    if (read.range.region != FlashRegion::kEmmcUser) continue;
    EXPECT_LE(read.range.offset, covered) << "a hole before " << read.label;
    covered = std::max(covered, read.range.offset + read.range.length);
  }
  EXPECT_EQ(covered, kUser);
  EXPECT_TRUE(boot1);
  EXPECT_TRUE(boot2);
  EXPECT_TRUE(names.contains("emmc_user_0x0.bin"));
  EXPECT_TRUE(names.contains("boot.img"));
}

TEST(PlanFullBackup, ATableOfAnotherPhoneIsRefused) {
  EXPECT_FALSE(
      PlanFullBackup({TableSource::kScatter, {Part("boot", kUser, 0x1000)}}, kPhone).has_value());
  Partition nand = Part("boot", 0, 0x1000);
  nand.region = FlashRegion::kNand;
  EXPECT_FALSE(PlanFullBackup({TableSource::kScatter, {nand}}, kPhone).has_value());
  EXPECT_FALSE(PlanFullBackup({}, {}).has_value());
}

}  // namespace
}  // namespace mtkrig::protocol
