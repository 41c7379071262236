#include "emulator/profile/shipped_profiles.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "emulator/archive/agent_archive.h"
#include "emulator/emulator_transport.h"
#include "tests/emulator/profile/table_decoder.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;

const LoadedProfile& Shipped(std::string_view name) {
  const auto loaded = ShippedProfile(name);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().Describe();
  return **loaded;
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const EmbeddedProfile& profile : EmbeddedProfiles()) names.emplace_back(profile.name);
  return names;
}

const LayoutPartition& PartitionOf(const LoadedProfile& phone, std::string_view name) {
  const auto it = std::find_if(phone.partitions.begin(), phone.partitions.end(),
                               [&](const LayoutPartition& p) { return p.name == name; });
  EXPECT_NE(it, phone.partitions.end()) << name;
  return *it;
}

std::string TextAt(const LoadedProfile& phone, const LayoutPartition& partition, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  phone.image->Read(partition.area, partition.offset, bytes);
  return {bytes.begin(), bytes.end()};
}

bool Holds(const std::vector<AddressRange>& ranges, std::uint32_t first, std::uint64_t size) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& range) {
    return first >= range.first && first + size - 1 <= range.last;
  });
}

TEST(ShippedProfiles, AreThirteen) {
  EXPECT_THAT(Names(), testing::ElementsAre("mt6572", "mt6573", "mt6575", "mt6577", "mt6580",
                                            "mt6582", "mt6589", "mt6592", "mt6595", "mt6735",
                                            "mt6752", "mt8127", "mt8389"));
  const auto summaries = ShippedProfiles();
  ASSERT_EQ(summaries.size(), 13U);
  EXPECT_EQ(summaries[3].name, "mt6577");
  EXPECT_EQ(summaries[3].chip, "MT6577");
  for (const ProfileSummary& summary : summaries) EXPECT_NE(summary.description, "");
}

TEST(ShippedProfiles, AreParsedOnce) {
  EXPECT_EQ(&Shipped("mt6577"), &Shipped("MT6577"));
}

TEST(ShippedProfiles, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  const auto unknown = ShippedProfile("mt6576");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message(), testing::HasSubstr("did you mean 'mt657"));
  EXPECT_THAT(unknown.error().hint(), testing::HasSubstr("mt8389"));
}

TEST(ShippedProfiles, IdentitiesOfRealParts) {
  struct Identity {
    std::uint16_t hw_code, agent, sub, version, software;
  };
  const std::map<std::string, Identity> known = {
      {"mt6573", {0x6573, 0x6573, 0, 0xca10, 0xca01}},
      {"mt6575", {0x6575, 0x6575, 0x8a00, 0xcb00, 0xe201}},
      {"mt6577", {0x6575, 0x6575, 0x8b00, 0xcb00, 0xe201}},
      {"mt6582", {0x6582, 0x6582, 0x8a00, 0xca01, 0x0001}},
      {"mt6589", {0x6583, 0x6583, 0x8a00, 0xca01, 0x0001}},
      {"mt8389", {0x6583, 0x6583, 0x8a00, 0xca01, 0x0001}},
      {"mt8127", {0x8127, 0x8127, 0x8a00, 0xca04, 0x0000}},
      {"mt6735", {0x0321, 0x6735, 0x8a00, 0xca00, 0x0000}}};
  for (const auto& [name, identity] : known) {
    const Profile& profile = Shipped(name).profile;
    EXPECT_EQ(profile.hw_code, identity.hw_code) << name;
    EXPECT_EQ(profile.agent_hw_code, identity.agent) << name;
    EXPECT_EQ(profile.hw_sub_code, identity.sub) << name;
    EXPECT_EQ(profile.hw_version, identity.version) << name;
    EXPECT_EQ(profile.sw_version, identity.software) << name;
  }
  EXPECT_FALSE(Shipped("mt6573").profile.has_hw_sw_version);
}

TEST(ShippedProfiles, ConfigurationsOfStage2) {
  const std::map<std::string, std::uint32_t> extra = {{"mt6592", 4}, {"mt6580", 24}, {"mt8127", 28},
                                                      {"mt6589", 4}, {"mt8389", 4},  {"mt6582", 4},
                                                      {"mt6572", 0}, {"mt6735", 0},  {"mt6577", 0}};
  for (const auto& [name, bytes] : extra) {
    EXPECT_EQ(Shipped(name).profile.stage2.extra_bytes, bytes) << name;
  }
  EXPECT_EQ(Shipped("mt6592").profile.stage2.words_after_ready, 5U);
  EXPECT_TRUE(Shipped("mt8127").profile.report.extra_word_before_pass_info);
}

TEST(ShippedProfiles, Mt6577HasTheKnownLayout) {
  const LoadedProfile& phone = Shipped("mt6577");
  const LayoutPartition& boot = PartitionOf(phone, "BOOTIMG");
  EXPECT_EQ(boot.linear_address, 0xf88000U);
  EXPECT_EQ(boot.offset, 0x988000U);
  EXPECT_EQ(boot.size, 0x600000U);
  EXPECT_EQ(PartitionOf(phone, "RECOVERY").linear_address, 0x1588000U);
  EXPECT_EQ(PartitionOf(phone, "RECOVERY").offset, 0xf88000U);
  EXPECT_EQ(PartitionOf(phone, "DSP_BL").area, StorageArea::kEmmcBoot1);
  EXPECT_EQ(PartitionOf(phone, "DSP_BL").offset, 0x40000U);
  EXPECT_EQ(PartitionOf(phone, "MBR").offset, 0U);

  // The sectors that the chip's generator makes for this layout.
  const auto phone_flash = NewPhone(phone)->flash;
  const auto mbr = ReadFlash(*phone_flash, StorageArea::kEmmcUser, 0x1be, 66);
  EXPECT_EQ(protocol::ToHex(mbr),
            "000000000500000020000000ffffffff"
            "000000008300000040ac000000280000"
            "00000000830000004007010000001000"
            "0000000083000000400f110000001000"
            "55aa");
  const auto ebr = ReadFlash(*phone_flash, StorageArea::kEmmcUser, 0x4000 + 0x1be, 32);
  EXPECT_EQ(protocol::ToHex(ebr),
            "00000000830000002017210000001000"
            "0000000083000000201f3100dfe0ceff");
}

TEST(ShippedProfiles, Mt6592HasTheKnownLayout) {
  const LoadedProfile& phone = Shipped("mt6592");
  EXPECT_EQ(PartitionOf(phone, "BOOTIMG").offset, 0x1da0000U);
  EXPECT_EQ(PartitionOf(phone, "RECOVERY").offset, 0x27a0000U);
  EXPECT_EQ(PartitionOf(phone, "BOOTIMG").size, 0xa00000U);
  EXPECT_EQ(PartitionOf(phone, "RECOVERY").size, 0xa00000U);
}

TEST(ShippedProfiles, OneHas64GiB) {
  EXPECT_EQ(Shipped("mt6595").image->SizeOf(StorageArea::kEmmcUser), std::uint64_t{64} << 30);
}

TEST(ShippedProfiles, OneHasNand) {
  const LoadedProfile& phone = Shipped("mt6573");
  EXPECT_EQ(phone.image->SizeOf(StorageArea::kNand), std::uint64_t{512} << 20);
  EXPECT_EQ(phone.image->SizeOf(StorageArea::kEmmcUser), 0U);
  EXPECT_TRUE(phone.profile.emmc_cid.empty());
  EXPECT_EQ(phone.profile.nand_ids.size(), 5U);
}

class EveryShippedProfile : public testing::TestWithParam<std::string> {
 protected:
  EveryShippedProfile() : phone_(Shipped(GetParam())), profile_(NewPhone(phone_)) {}
  bool HasPmt() const { return profile_->pmt_format != PmtFormat::kNone; }
  bool HasPartition(std::string_view name) const {
    return std::any_of(phone_.partitions.begin(), phone_.partitions.end(),
                       [&](const LayoutPartition& p) { return p.name == name; });
  }

  const LoadedProfile& phone_;
  std::shared_ptr<const Profile> profile_;
};

INSTANTIATE_TEST_SUITE_P(All, EveryShippedProfile, testing::ValuesIn(Names()),
                         [](const auto& name) { return name.param; });

TEST_P(EveryShippedProfile, PartitionsLieApartInsideTheirAreas) {
  for (const LayoutPartition& p : phone_.partitions) {
    EXPECT_GT(p.size, 0U) << p.name;
    EXPECT_LE(p.offset + p.size, phone_.image->SizeOf(p.area)) << p.name;
    for (const LayoutPartition& q : phone_.partitions) {
      if (&p == &q || p.area != q.area) continue;
      EXPECT_TRUE(p.offset + p.size <= q.offset || q.offset + q.size <= p.offset)
          << p.name << " and " << q.name;
    }
  }
}

TEST_P(EveryShippedProfile, HasBootAndRecoveryImages) {
  const bool upper = HasPartition("BOOTIMG");
  const LayoutPartition& boot = PartitionOf(phone_, upper ? "BOOTIMG" : "boot");
  const LayoutPartition& recovery = PartitionOf(phone_, upper ? "RECOVERY" : "recovery");
  EXPECT_EQ(TextAt(phone_, boot, 8), "ANDROID!");
  EXPECT_EQ(TextAt(phone_, recovery, 8), "ANDROID!");
  EXPECT_NE(TextAt(phone_, boot, 0x10000), TextAt(phone_, recovery, 0x10000));
  EXPECT_EQ(TextAt(phone_, boot, 55).substr(48), std::string(GetParam()) + '\0');
}

TEST_P(EveryShippedProfile, ATableOfItsEraStandsInFlash) {
  std::map<std::uint64_t, std::uint64_t> decoded;  // offset to size
  if (HasPartition("pgpt")) {
    for (const auto& p : DecodeGpt(*profile_->flash)) {
      EXPECT_EQ(PartitionOf(phone_, p.name).offset, p.offset);
      EXPECT_EQ(PartitionOf(phone_, p.name).size, p.size);
      decoded[p.offset] = p.size;
    }
    EXPECT_EQ(decoded.size(), phone_.partitions.size() - 2);  // without preloader and pgpt
  } else if (HasPartition("MBR")) {
    const auto chain = DecodeMbrChain(*profile_->flash);
    EXPECT_GE(chain.size(), 4U);
    EXPECT_EQ(std::count_if(chain.begin(), chain.end(), [](auto& p) { return p.to_the_end; }), 1);
    for (const auto& p : chain) {
      const auto match = std::find_if(
          phone_.partitions.begin(), phone_.partitions.end(), [&](const LayoutPartition& q) {
            return q.area == StorageArea::kEmmcUser && q.offset == p.offset &&
                   (p.to_the_end ? q.to_the_end : q.table_size.value_or(q.size) == p.size);
          });
      EXPECT_NE(match, phone_.partitions.end()) << std::hex << p.offset;
    }
  } else {
    EXPECT_TRUE(HasPmt());
  }
}

TEST_P(EveryShippedProfile, PmtInFlashListsEveryPartition) {
  if (!HasPmt()) {
    EXPECT_TRUE(HasPartition("pgpt"));
    EXPECT_TRUE(profile_->pmt.empty());
    return;
  }
  const bool is_nand = profile_->emmc_cid.empty();
  const StorageArea area = is_nand ? StorageArea::kNand : StorageArea::kEmmcUser;
  const std::uint64_t size = profile_->flash->SizeOf(area);
  struct Place {
    std::uint64_t table, mirror;
    std::size_t table_size, first_entry, entry_size;
    std::string signature, mirror_signature;
  };
  Place place = {size - 0x100000, size - 0xff000, 0x1000, 8, 0x60, "1vTP", "1TPM"};
  if (GetParam() == "mt6577") place.entry_size = 0x58;
  if (GetParam() == "mt6575" || GetParam() == "mt6589" || GetParam() == "mt8389") {
    const std::uint64_t pmt = PartitionOf(phone_, "PMT").offset;
    const std::size_t entry = size < (std::uint64_t{1} << 32) ? 0x4c : 0x58;
    place = {pmt, pmt + 0x800, 0x800, 4, entry, "1vTP", "1TPM"};
  }
  if (is_nand) {
    place = {size - 82 * 0x20000, size - 81 * 0x20000, 0x800, 4, 0x4c, "3vTP", "3TPM"};
  }
  for (const bool mirror : {false, true}) {
    const auto table =
        ReadFlash(*profile_->flash, area, mirror ? place.mirror : place.table, place.table_size);
    EXPECT_EQ(std::string(table.begin(), table.begin() + 4),
              mirror ? place.mirror_signature : place.signature);
    const auto decoded = DecodePmt(table, place.first_entry, place.entry_size);
    ASSERT_EQ(decoded.size(), phone_.partitions.size());
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      const LayoutPartition& expected = phone_.partitions[i];
      const bool has_part = place.entry_size == 0x60;
      EXPECT_EQ(decoded[i].name, expected.name);
      // Real tables of these two give PRELOADER all that stands before the user area.
      std::uint64_t listed = expected.size;
      if (i == 0 && GetParam() == "mt6572") listed = 0xc00000;
      if (i == 0 && GetParam() == "mt6582") listed = 0x1400000;
      EXPECT_EQ(decoded[i].size, listed) << expected.name;
      EXPECT_EQ(decoded[i].offset, has_part ? expected.offset : expected.linear_address);
      EXPECT_EQ(decoded[i].part, has_part ? static_cast<std::uint64_t>(expected.area) : 0);
      EXPECT_EQ(profile_->pmt[i].name, decoded[i].name);
      EXPECT_EQ(profile_->pmt[i].offset, decoded[i].offset);
    }
  }
}

TEST_P(EveryShippedProfile, TakesItsAgentWhereTheArchivePutsIt) {
  int found = 0;
  for (const AgentEntry& entry : SyntheticAgentEntries()) {
    if (entry.hw_code != profile_->agent_hw_code) continue;
    ++found;
    EXPECT_LE(entry.hw_version == profile_->hw_version ? entry.sw_version : 0,
              profile_->sw_version);
    for (std::size_t region = 1; region <= 2; ++region) {
      const AgentRegion& r = entry.regions[region];
      EXPECT_TRUE(Holds(profile_->loadable, r.address, r.length)) << std::hex << r.address;
    }
  }
  EXPECT_GE(found, 1);
}

TEST_P(EveryShippedProfile, TakesPayloadsWhereOtherHostsPutThem) {
  const std::map<std::string, std::vector<std::uint32_t>> addresses = {
      {"mt6572", {0x2008000, 0x81e00000}},  {"mt6573", {0x90006000, 0xf1020000}},
      {"mt6575", {0xc2001000, 0xc2058000}}, {"mt6577", {0xc2001000, 0xc2058000}},
      {"mt6580", {0x201000, 0x80001000}},   {"mt6582", {0x201000, 0x80001000}},
      {"mt6589", {0x12001000, 0x80001000}}, {"mt8389", {0x12001000, 0x80001000}},
      {"mt6592", {0x111000, 0x80001000}},   {"mt6595", {0x111000}},
      {"mt6735", {0x201000, 0x40200000}},   {"mt6752", {0x201000, 0x40001000}},
      {"mt8127", {0x201000, 0x80001000}}};
  for (const std::uint32_t address : addresses.at(GetParam())) {
    EXPECT_TRUE(Holds(profile_->loadable, address, 0x10000)) << std::hex << address;
  }
}

TEST_P(EveryShippedProfile, WatchdogAndOtherRegistersAreInPeripheralSpace) {
  EXPECT_FALSE(profile_->registers.empty());
  for (const RegisterReset& reset : profile_->registers) {
    EXPECT_TRUE(Holds(profile_->peripheral_space, reset.address, 4)) << std::hex << reset.address;
  }
  const std::map<std::string, std::uint32_t> watchdogs = {
      {"mt6573", 0x70025000}, {"mt6575", 0xc0000000}, {"mt6577", 0xc0000000},
      {"mt6589", 0x10000000}, {"mt8389", 0x10000000}, {"mt6735", 0x10212000}};
  const auto known = watchdogs.find(GetParam());
  const std::uint32_t watchdog = known == watchdogs.end() ? 0x10007000 : known->second;
  EXPECT_TRUE(std::any_of(profile_->registers.begin(), profile_->registers.end(),
                          [&](const RegisterReset& r) { return r.address == watchdog; }));
  for (const AddressRange& code : profile_->loadable) {
    EXPECT_FALSE(Holds(profile_->peripheral_space, code.first, 1)) << std::hex << code.first;
  }
}

TEST_P(EveryShippedProfile, ShowsTheUsbIdentityOfItsMode) {
  EXPECT_EQ(profile_->brom_usb.product_id, 0x0003);
  EXPECT_EQ(profile_->preloader_usb.vendor_id, 0x0e8d);
  EXPECT_EQ(profile_->preloader_usb.product_id, 0x2000);
  EXPECT_EQ(profile_->preloader_usb.manufacturer, "MediaTek Inc");
  EXPECT_EQ(profile_->preloader_usb.product, "MT65xx Preloader");
  EXPECT_EQ(profile_->me_id.size(), 16U);
  EXPECT_EQ(profile_->security.target_config, 0U);
}

}  // namespace
}  // namespace mtkrig::emulator
