#include "emulator/profile/profile_loader.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;
using testing::HasSubstr;

constexpr std::string_view kPhone = R"(chip: MT6999
description: a phone for tests
mode: brom
identity: {hw_code: 0x6999, hw_version: 0xca00, me_id: 0102, write_status: 1}
usb:
  preloader: {vendor_id: 0x1004, product_id: 0x6000, serial: "123", high_speed: false}
security: {target_config: 0x5, accepted_signature_prefix: aabb}
memory:
  registers: {0x10007000: 0x64}
  peripheral_space: [[0x10000000, 0x1fffffff]]
  loadable: [[0x200000, 0x23ffff]]
agent: {major: 4, minor: 1, baseband_chip: 0x90, config_extra_bytes: 24, words_after_ready: 5}
storage:
  seed: 1
  emmc: {cid: 00112233445566778899aabbccddeeff, boot1: 4M, user: 4G, gp1: 1M}
layout:
  user_starts_at: 0x600000
  reserved_tail: 0x200000
  partitions:
    - {name: PRELOADER, at: 0x0, size: 0x40000}
    - {name: MBR, at: 0x600000}
    - {name: BOOTIMG, at: 0x680000, size: 0x600000}
    - {name: USRDATA, at: 0xc80000}
    - {name: EXTRA, at: 0x1000, size: 0x1000, area: gp1}
contents:
  BOOTIMG: {android: {kernel: 0x1000, ramdisk: 0x100}}
  EXTRA: {fill: 0xee}
)";

// kPhone with one piece replaced.
std::string With(std::string_view from, std::string_view to) {
  std::string text(kPhone);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(std::string_view text) {
  const auto loaded = LoadProfile(text, {}, "phone.yaml");
  if (loaded.has_value()) return "accepted";
  EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidInput);
  return loaded.error().message();
}

TEST(LoadProfile, TakesEverySection) {
  const auto profile = LoadProfile(kPhone, {}, "folder/phone.yaml");
  ASSERT_TRUE(profile.has_value()) << profile.error().Describe();
  EXPECT_EQ(profile->name, "phone");
  EXPECT_EQ(profile->chip, "MT6999");
  EXPECT_EQ(profile->mode, BootMode::kBrom);
  EXPECT_EQ(profile->hw_code, 0x6999);
  EXPECT_EQ(profile->agent_hw_code, 0x6999);  // as hw_code unless said otherwise
  EXPECT_THAT(profile->me_id, testing::ElementsAre(1, 2));
  EXPECT_EQ(profile->write_status, 1);
  EXPECT_EQ(profile->preloader_usb.vendor_id, 0x1004);
  EXPECT_EQ(profile->preloader_usb.product_id, 0x6000);
  EXPECT_EQ(profile->preloader_usb.product, "MT65xx Preloader");
  EXPECT_EQ(profile->preloader_usb.serial, "123");
  EXPECT_FALSE(profile->preloader_usb.high_speed);
  EXPECT_EQ(profile->brom_usb.product_id, 3);
  EXPECT_EQ(profile->security.target_config, 5U);
  EXPECT_THAT(profile->security.accepted_signature_prefix, testing::ElementsAre(0xaa, 0xbb));
  EXPECT_EQ(profile->registers.at(0).value, 0x64U);
  EXPECT_EQ(profile->loadable.at(0).last, 0x23ffffU);
  EXPECT_EQ(profile->da_minor, 1);
  EXPECT_EQ(profile->stage2.extra_bytes, 24U);
  EXPECT_EQ(profile->stage2.words_after_ready, 5U);
  EXPECT_EQ(profile->emmc_cid.size(), 16U);
  EXPECT_EQ(profile->pmt_format, PmtFormat::kNone);
  EXPECT_EQ(profile->flash->SizeOf(StorageArea::kEmmcUser), std::uint64_t{4} << 30);
  EXPECT_EQ(profile->flash->SizeOf(StorageArea::kEmmcRpmb), 0x80000U);
}

TEST(LoadProfile, TakesWhatAPortMayDoOtherwise) {
  const auto usual = LoadProfile(kPhone, {}, "phone.yaml");
  ASSERT_TRUE(usual.has_value());
  EXPECT_FALSE(usual->preloader_usb.communication_first);
  EXPECT_TRUE(usual->zero_length_packets);
  EXPECT_FALSE(usual->strict_packets);
  const auto other = LoadProfile(With("usb:\n  preloader: {",
                                      "usb:\n  zero_length_packets: false\n  strict_packets: true\n"
                                      "  preloader: {communication_first: true, "),
                                 {}, "phone.yaml");
  ASSERT_TRUE(other.has_value()) << other.error().Describe();
  EXPECT_TRUE(other->preloader_usb.communication_first);
  EXPECT_FALSE(other->zero_length_packets);
  EXPECT_TRUE(other->strict_packets);
  EXPECT_THAT(
      ErrorOf(With("  preloader: {", "  brom: {communication_first: true}\n  preloader: {")),
      HasSubstr("communication_first"));
}

TEST(LoadProfile, ResolvesTheLayout) {
  const auto loaded = LoadProfileWithLayout(kPhone, {}, "phone.yaml");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().Describe();
  const auto& partitions = loaded->partitions;
  ASSERT_EQ(partitions.size(), 5U);
  EXPECT_EQ(partitions[0].area, StorageArea::kEmmcBoot1);
  EXPECT_EQ(partitions[1].offset, 0U);
  EXPECT_EQ(partitions[1].size, 0x80000U);  // up to the next
  EXPECT_FALSE(partitions[1].to_the_end);
  EXPECT_EQ(partitions[2].offset, 0x80000U);
  EXPECT_TRUE(partitions[3].to_the_end);
  EXPECT_EQ(partitions[3].size, 0x100000000U - 0x680000 - 0x200000);
  EXPECT_EQ(partitions[4].area, StorageArea::kEmmcGp1);
  EXPECT_EQ(partitions[4].offset, 0x1000U);
}

TEST(LoadProfile, LaysContents) {
  const auto profile = LoadProfile(kPhone, {}, "phone.yaml");
  ASSERT_TRUE(profile.has_value());
  std::vector<std::uint8_t> bytes(8);
  profile->flash->Read(StorageArea::kEmmcUser, 0x80000, bytes);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "ANDROID!");
  profile->flash->Read(StorageArea::kEmmcGp1, 0x1ff8, bytes);
  EXPECT_THAT(bytes, testing::Each(0xee));
  profile->flash->Read(StorageArea::kEmmcGp1, 0x2000, bytes);
  EXPECT_THAT(bytes, testing::Not(testing::Each(0xee)));
}

TEST(LoadProfile, NamesLineAndRemedy) {
  EXPECT_EQ(ErrorOf(With("hw_version:", "hw_verson:")),
            "phone.yaml:4: unknown key 'hw_verson' in identity; did you mean 'hw_version'?");
  EXPECT_EQ(ErrorOf(With("chip: MT6999\n", "")),
            "phone.yaml:1: 'chip' is missing in the profile; add it");
  EXPECT_EQ(ErrorOf(With("hw_code: 0x6999, ", "")),
            "phone.yaml:4: 'hw_code' is missing in identity; add it");
  EXPECT_EQ(ErrorOf(With("mode: brom", "mode: fastboot")),
            "phone.yaml:3: 'mode' is 'fastboot'; choose brom or preloader");
  EXPECT_EQ(ErrorOf(With("0x6999", "0x16999")),
            "phone.yaml:4: 'hw_code' is 0x16999; at most 0xffff fits here");
  EXPECT_THAT(ErrorOf(With("0x6999", "banana")), HasSubstr("phone.yaml:4: 'hw_code' is 'banana'"));
  EXPECT_THAT(ErrorOf(With("high_speed: false", "high_speed: no")),
              HasSubstr("phone.yaml:6: 'high_speed' is 'no'; write true or false"));
  EXPECT_THAT(ErrorOf(With("me_id: 0102", "me_id: 010")), HasSubstr("pairs of hex digits"));
  EXPECT_THAT(ErrorOf(With("aabbccddeeff", "aabbccddee")), HasSubstr("has 15 bytes; a CID has 16"));
  EXPECT_THAT(ErrorOf(With("[[0x200000, 0x23ffff]]", "[[0x23ffff, 0x200000]]")),
              HasSubstr("pairs [first, last]"));
  EXPECT_THAT(ErrorOf(With("gp1: 1M", "gp1: 1000")), HasSubstr("whole sectors"));
  // Sizes that no eMMC has, each with the line it stands in.
  EXPECT_EQ(ErrorOf(With("user: 4G", "user: 3")),
            "phone.yaml:15: 'user' is 3 bytes; it must be whole sectors of 512 bytes");
  EXPECT_EQ(ErrorOf(With("user: 4G", "user: 0x8000000000000000")),
            "phone.yaml:15: 'user' is 0x8000000000000000 bytes; the largest that eMMC can have is "
            "0x20000000000");
  EXPECT_EQ(ErrorOf(With("user: 4G", "user: 0")),
            "phone.yaml:15: 'user' is 0; a phone without flash has nothing to read: write its "
            "size, such as 4G");
  EXPECT_EQ(ErrorOf(With("boot1: 4M", "boot1: 1G")),
            "phone.yaml:15: 'boot1' is 0x40000000 bytes; the largest that eMMC can have is "
            "0x1fe0000");
  EXPECT_THAT(ErrorOf(With("  emmc:", "  emcc:")),
              HasSubstr("unknown key 'emcc' in storage; did you mean 'emmc'?"));
  EXPECT_THAT(ErrorOf("just text"), HasSubstr("a profile is a map"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("a profile is a map"));
}

TEST(LoadProfile, RefusesImpossibleLayouts) {
  EXPECT_THAT(ErrorOf(With("name: USRDATA, at: 0xc80000", "name: USRDATA, at: 0xc00000")),
              HasSubstr("partition BOOTIMG (0x600000 bytes at 0x80000 of user) reaches past"));
  EXPECT_THAT(ErrorOf(With("at: 0xc80000}", "at: 0xc80000, size: 4G}")),
              HasSubstr("partition USRDATA"));
  EXPECT_THAT(ErrorOf(With("name: EXTRA, at: 0x1000", "name: EXTRA, at: 0x100000")),
              HasSubstr("partition EXTRA"));
  EXPECT_THAT(ErrorOf(With("name: EXTRA,", "name: bootimg,")), HasSubstr("listed twice"));
  EXPECT_THAT(ErrorOf(With("area: gp1", "area: gp9")), HasSubstr("choose one of user, boot1"));
  EXPECT_THAT(ErrorOf(With("reserved_tail: 0x200000", "pmt: somewhere")),
              HasSubstr("choose one of partition, end-1.0"));
  EXPECT_THAT(ErrorOf(With("reserved_tail: 0x200000", "pmt: partition")),
              HasSubstr("names partition 'PMT', which the layout does not have"));
  EXPECT_THAT(ErrorOf(With("reserved_tail: 0x200000", "mbr: [{at: MBR, partitions: [SYSTEM]}]")),
              HasSubstr("names partition 'SYSTEM'"));
  EXPECT_THAT(ErrorOf(With("reserved_tail: 0x200000", "mbr: [{at: MBR}]\n  gpt: true")),
              HasSubstr("'gpt' stands beside 'mbr'"));
  // A GPT needs room that MBR's sector-sized neighbour leaves; here it would cover a partition.
  EXPECT_THAT(ErrorOf(With("reserved_tail: 0x200000", "gpt: true")), HasSubstr("phone.yaml:"));
}

TEST(LoadProfile, RefusesContentsThatDoNotFit) {
  EXPECT_THAT(ErrorOf(With("kernel: 0x1000", "kernel: 0x600000")),
              HasSubstr("the content of BOOTIMG is"));
  EXPECT_THAT(ErrorOf(With("kernel: 0x1000", "kernel: 0xffffffff")),
              HasSubstr("the content of BOOTIMG is"));
  EXPECT_THAT(ErrorOf(With("EXTRA: {fill", "NONE: {fill")), HasSubstr("names partition 'NONE'"));
  EXPECT_THAT(ErrorOf(With("{fill: 0xee}", "{fill: 0xee, pattern: 1}")), HasSubstr("exactly one"));
  EXPECT_THAT(ErrorOf(With("{fill: 0xee}", "{}")), HasSubstr("exactly one"));
  const auto missing = LoadProfile(With("{fill: 0xee}", "{file: none.bin}"), "/nonexistent", "p");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("/nonexistent/none.bin"));
}

TEST(LoadProfile, BuildsOnAShippedOne) {
  const auto profile = LoadProfile("based_on: mt6582\nmode: brom\nsecurity: {target_config: 0x7}\n",
                                   {}, "secured.yaml");
  ASSERT_TRUE(profile.has_value()) << profile.error().Describe();
  EXPECT_EQ(profile->name, "secured");
  EXPECT_EQ(profile->chip, "MT6582");
  EXPECT_EQ(profile->mode, BootMode::kBrom);
  EXPECT_EQ(profile->security.target_config, 7U);
  EXPECT_EQ(profile->hw_code, 0x6582);
  EXPECT_THAT(ErrorOf("based_on: mt9999\n"), HasSubstr("known are: mt6572"));
  // A mistake in the own part is reported where it stands, one in the base cannot be.
  EXPECT_EQ(ErrorOf("based_on: mt6582\n\nidentity: {hw_codes: 1}\n"),
            "phone.yaml:3: unknown key 'hw_codes' in identity; did you mean 'hw_code'?");
}

TEST(LoadProfile, TakesItsLayoutFromAScatterFile) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mtkrig_profile_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "scatter.txt")
      << "PRELOADER 0x0\n{\n}\nMBR 0x600000\n{\n}\nBOOTIMG 0xf88000\n{\n}\n"
         "RECOVERY 0x1588000\n{\n}\nUSRDATA 0x1b88000\n{\n}\n__NODL_BMTPOOL 0xFFFF00a8\n{\n}\n";
  const auto text = [](std::string_view storage) {
    return "chip: X\nidentity: {hw_code: 1}\nmemory: {loadable: [[0, 1]]}\nstorage: " +
           std::string(storage) +
           "\nlayout: {scatter: scatter.txt}\ncontents: {RECOVERY: {mtk: {name: LK, size: 16}}}\n";
  };
  const auto loaded = LoadProfileWithLayout(
      text("{emmc: {cid: 00112233445566778899aabbccddeeff, user: 1G}}"), folder, "x.yaml");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().Describe();
  ASSERT_EQ(loaded->partitions.size(), 5U);
  EXPECT_EQ(loaded->partitions[2].offset, 0x988000U);
  EXPECT_EQ(loaded->partitions[2].size, 0x600000U);
  EXPECT_EQ(loaded->partitions[4].size, 0x40000000U - 0x1588000 - 0x1500000);

  const auto nand = LoadProfileWithLayout(
      text("{nand: {ids: [1], page_size: 2048, pages_per_block: 64, size: 512M}}"), folder, "x");
  ASSERT_FALSE(nand.has_value());
  EXPECT_THAT(nand.error().message(), HasSubstr("is for eMMC storage"));
  std::filesystem::remove_all(folder);
}

TEST(NewPhone, SharesTheImageAndNothingElse) {
  const auto loaded = LoadProfileWithLayout(kPhone, {}, "phone.yaml");
  ASSERT_TRUE(loaded.has_value());
  const auto one = NewPhone(*loaded);
  const auto other = NewPhone(*loaded);
  EXPECT_NE(one->flash, other->flash);
  EXPECT_EQ(loaded->profile.flash, nullptr);
}

}  // namespace
}  // namespace mtkrig::emulator
