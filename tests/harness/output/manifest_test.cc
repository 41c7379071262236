#include "harness/output/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "harness/output/device_fingerprint.h"
#include "harness/output/folder_lock.h"
#include "harness/version.h"
#include "protocol/base/sha256.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {
namespace {

using protocol::FlashRegion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Manifest Example() {
  Manifest manifest;
  manifest.device.fingerprint = "fingerprint";
  protocol::DeviceIdentity identity;
  identity.hw_code = 0x6575;
  identity.chip_name = "MT6577";
  protocol::StorageReport storage;
  storage.cid = {0x4d, 0x00, 0x01};
  storage.sizes.regions = {{FlashRegion::kEmmcUser, 0xE8000000}, {FlashRegion::kEmmcGp1, 0}};
  manifest.device_details = DeviceToJson(identity, &storage);
  ManifestFile boot;
  boot.file = "boot.img";
  boot.partition = "BOOTIMG";
  boot.range = {FlashRegion::kEmmcUser, 0x988000, 0x600000};
  boot.linear_address = 0xF88000;
  boot.sha256 = "aa";
  boot.image = {{"kind", "android-boot"}};
  manifest.Put(boot);
  return manifest;
}

TEST(Manifest, ReadsBackWhatItWrote) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteManifest(directory.path(), Example()));
  EXPECT_THAT(directory.Names(), ElementsAre("manifest.json"));
  const Result<std::optional<Manifest>> manifest = ReadManifest(directory.path());
  ASSERT_TRUE(manifest && *manifest) << manifest.error().Describe();
  EXPECT_EQ((*manifest)->device.fingerprint, "fingerprint");
  EXPECT_EQ((*manifest)->device_details, Example().device_details);
  const ManifestFile* boot = (*manifest)->Find("boot.img");
  ASSERT_NE(boot, nullptr);
  EXPECT_EQ(boot->partition, "BOOTIMG");
  EXPECT_EQ(boot->range, (protocol::FlashRange{FlashRegion::kEmmcUser, 0x988000, 0x600000}));
  EXPECT_EQ(boot->linear_address, 0xF88000U);
  EXPECT_EQ(boot->sha256, "aa");
  EXPECT_EQ(boot->image, Example().files[0].image);
  EXPECT_EQ((*manifest)->Find("recovery.img"), nullptr);
}

ManifestFile Entry(const std::string& name) {
  ManifestFile entry = Example().files[0];
  entry.file = name;
  return entry;
}

TEST(EnterInManifest, TwoProcessesLoseNoEntry) {
  constexpr int kEntries = 40;
  const TemporaryDirectory directory;
  const auto enter_all = [&](const std::string& prefix) {
    Manifest manifest = Example();
    manifest.files.clear();
    for (int i = 0; i < kEntries; ++i) {
      if (!EnterInManifest(directory.path(), manifest, Entry(prefix + std::to_string(i)), false)) {
        return false;
      }
    }
    return true;
  };
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(enter_all("child") ? 0 : 1);
  EXPECT_TRUE(enter_all("parent"));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const auto manifest = ReadManifest(directory.path());
  ASSERT_TRUE(manifest && *manifest);
  for (int i = 0; i < kEntries; ++i) {
    EXPECT_NE((*manifest)->Find("child" + std::to_string(i)), nullptr) << i;
    EXPECT_NE((*manifest)->Find("parent" + std::to_string(i)), nullptr) << i;
  }
  EXPECT_THAT(directory.Names(), ElementsAre("manifest.json")) << "the lock leaves nothing";
}

TEST(EnterInManifest, AManifestThatBecameAnotherPhonesIsKept) {
  const TemporaryDirectory directory;
  Manifest other = Example();
  other.device.fingerprint = "another";
  ASSERT_TRUE(WriteManifest(directory.path(), other));
  Manifest mine = Example();
  const auto refused = EnterInManifest(directory.path(), mine, Entry("recovery.img"), false);
  EXPECT_EQ(refused.error().code(), ErrorCode::kExists);
  EXPECT_EQ((*ReadManifest(directory.path()))->device.fingerprint, "another");
  ASSERT_TRUE(EnterInManifest(directory.path(), mine, Entry("recovery.img"), true)) << "--force";
  EXPECT_EQ((*ReadManifest(directory.path()))->device.fingerprint, "fingerprint");
}

TEST(FolderLock, ASecondHolderWaitsAndIsToldWhom) {
  const TemporaryDirectory directory;
  {
    const auto first = FolderLock::Take(directory.path());
    ASSERT_TRUE(first);
    const auto second = FolderLock::Take(directory.path(), std::chrono::milliseconds(0));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
  }
  EXPECT_TRUE(FolderLock::Take(directory.path(), std::chrono::milliseconds(0)));
  EXPECT_EQ(FolderLock::Take(directory / "none").error().code(), ErrorCode::kNotFound);
}

TEST(Manifest, NamesChipAddressesSizesHashesAndToolVersion) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteManifest(directory.path(), Example()));
  const auto json = nlohmann::json::parse(Slurp(directory / "manifest.json"));
  EXPECT_EQ(json["tool_version"], kVersion);
  EXPECT_EQ(json["device"]["chip"], "MT6577");
  EXPECT_EQ(json["device"]["hw_code"], "0x6575");
  EXPECT_EQ(json["device"]["storage"]["cid"], "4d0001");
  EXPECT_EQ(json["device"]["storage"]["regions"].size(), 1U) << "absent regions are left out";
  EXPECT_EQ(json["files"][0]["region"], "EMMC_USER");
  EXPECT_EQ(json["files"][0]["offset"], 0x988000);
  EXPECT_EQ(json["files"][0]["size"], 0x600000);
  EXPECT_EQ(json["files"][0]["sha256"], "aa");
}

TEST(Manifest, AFileReadAgainReplacesItsEntry) {
  Manifest manifest = Example();
  ManifestFile again = manifest.files[0];
  again.sha256 = "bb";
  manifest.Put(again);
  ASSERT_EQ(manifest.files.size(), 1U);
  EXPECT_EQ(manifest.files[0].sha256, "bb");
}

TEST(Manifest, AFolderWithoutOneIsNoError) {
  const TemporaryDirectory directory;
  const Result<std::optional<Manifest>> manifest = ReadManifest(directory.path());
  ASSERT_TRUE(manifest);
  EXPECT_FALSE(*manifest);
}

TEST(Manifest, AFileOfAnotherKindIsToldApart) {
  const TemporaryDirectory directory;
  for (const char* content : {"", "{", "[]", "{}", R"({"schema": "other"})",
                              R"({"schema": "mtkrig-manifest-1", "device_fingerprint": 1})",
                              R"({"schema": "mtkrig-manifest-1", "device_fingerprint": "x",
                                  "device": {}, "files": [{"file": "a", "region": "MOON"}]})"}) {
    Spill(directory / "manifest.json", content);
    const Result<std::optional<Manifest>> manifest = ReadManifest(directory.path());
    ASSERT_FALSE(manifest) << content;
    EXPECT_EQ(manifest.error().code(), ErrorCode::kInvalidInput) << content;
    EXPECT_THAT(manifest.error().hint(), HasSubstr("--force"));
  }
}

TEST(Manifest, NamesThatAreNotUtf8AreWrittenNevertheless) {
  const TemporaryDirectory directory;
  Manifest manifest = Example();
  manifest.files[0].partition = "bo\xffot";
  EXPECT_TRUE(WriteManifest(directory.path(), manifest));
  EXPECT_TRUE(ReadManifest(directory.path()));
}

protocol::DeviceIdentity Mt6573(std::vector<std::uint8_t> me_id) {
  protocol::DeviceIdentity identity;
  identity.hw_code = 0x6573;
  identity.mode = me_id.empty() ? protocol::BootMode::kPreloader : protocol::BootMode::kBrom;
  identity.me_id = std::move(me_id);
  return identity;
}

protocol::StorageReport Nand(std::uint64_t size = 0x20000000) {
  protocol::StorageReport storage;
  storage.main_region = FlashRegion::kNand;
  storage.sizes.regions = {{FlashRegion::kNand, size}, {FlashRegion::kEmmcUser, 0}};
  return storage;
}

TEST(DeviceMark, OfAnEmmcIsItsCidInEveryBootMode) {
  protocol::DeviceIdentity identity = Mt6573({});
  protocol::StorageReport storage;
  storage.cid = {1, 2, 3};
  const DeviceMark first = *MarkDevice(identity, storage);
  EXPECT_EQ(first.fingerprint.size(), 64U);
  identity = Mt6573({9});
  EXPECT_TRUE(IsSameDevice(*MarkDevice(identity, storage), first));
  EXPECT_EQ(MarkDevice(identity, storage)->me_id, "") << "the CID says more";
  storage.cid = {1, 2, 4};
  EXPECT_FALSE(IsSameDevice(*MarkDevice(identity, storage), first));
}

// A field report: read in preloader mode and then in boot ROM mode, a phone with NAND was told to
// be another one, since only the boot ROM tells its ME id.
TEST(DeviceMark, OfNandIsTheSameInEveryBootMode) {
  const DeviceMark in_preloader = *MarkDevice(Mt6573({}), Nand());
  const DeviceMark in_brom = *MarkDevice(Mt6573({9}), Nand());
  EXPECT_EQ(in_preloader.fingerprint, in_brom.fingerprint);
  EXPECT_TRUE(IsSameDevice(in_preloader, in_brom));
  EXPECT_TRUE(IsSameDevice(in_brom, in_preloader));
  EXPECT_FALSE(IsSameDevice(*MarkDevice(Mt6573({8}), Nand()), in_brom)) << "both ids are known";
  EXPECT_FALSE(IsSameDevice(*MarkDevice(Mt6573({9}), Nand(0x10000000)), in_brom));
}

std::string OldFingerprint(const std::string& text) {
  Sha256 hash;
  hash.Update(std::vector<std::uint8_t>(text.begin(), text.end()));
  return *hash.HexDigest();
}

TEST(DeviceMark, KnowsFingerprintsOfEarlierVersions) {
  const DeviceMark by_me_id = {OldFingerprint("mtkrig device\nchip 6573\nme 09")};
  const DeviceMark by_sizes = {
      OldFingerprint("mtkrig device\nchip 6573\nNAND 536870912\nEMMC_USER 0\n")};
  EXPECT_TRUE(IsSameDevice(*MarkDevice(Mt6573({9}), Nand()), by_me_id));
  EXPECT_FALSE(IsSameDevice(*MarkDevice(Mt6573({8}), Nand()), by_me_id));
  EXPECT_TRUE(IsSameDevice(*MarkDevice(Mt6573({}), Nand()), by_sizes));
  EXPECT_TRUE(IsSameDevice(*MarkDevice(Mt6573({9}), Nand()), by_sizes));
}

TEST(DeviceMark, OfADescriptionIsThatOfThePhone) {
  const protocol::StorageReport storage = Nand();
  const auto described = MarkOfDescription(DeviceToJson(Mt6573({9}), &storage));
  ASSERT_TRUE(described);
  EXPECT_EQ(described->fingerprint, MarkDevice(Mt6573({9}), storage)->fingerprint);
  EXPECT_EQ(described->me_id, "09");
  EXPECT_FALSE(MarkOfDescription({}));
  EXPECT_FALSE(MarkOfDescription({{"hw_code", "6573"}}));
  EXPECT_FALSE(MarkOfDescription({{"hw_code", 5}}));
}

// What a version wrote that took the ME id into the fingerprint.
TEST(Manifest, OfAnEarlierVersionIsOfThePhoneInEveryBootMode) {
  const TemporaryDirectory directory;
  const protocol::StorageReport storage = Nand();
  Manifest old = Example();
  old.device.fingerprint = OldFingerprint("mtkrig device\nchip 6573\nme 09");
  old.device_details = DeviceToJson(Mt6573({9}), &storage);
  ASSERT_TRUE(WriteManifest(directory.path(), old));
  const auto manifest = ReadManifest(directory.path());
  ASSERT_TRUE(manifest && *manifest);
  const DeviceMark& recorded = (*manifest)->device;
  EXPECT_TRUE(IsSameDevice(*MarkDevice(Mt6573({}), storage), recorded));
  EXPECT_TRUE(IsSameDevice(*MarkDevice(Mt6573({9}), storage), recorded));
  EXPECT_FALSE(IsSameDevice(*MarkDevice(Mt6573({8}), storage), recorded));
}

TEST(EnterInManifest, KeepsTheMeIdThatThisRunWasNotTold) {
  const TemporaryDirectory directory;
  const protocol::StorageReport storage = Nand();
  const auto enter = [&](std::vector<std::uint8_t> me_id, const std::string& file) {
    Manifest manifest;
    const protocol::DeviceIdentity identity = Mt6573(std::move(me_id));
    manifest.device = *MarkDevice(identity, storage);
    manifest.device_details = DeviceToJson(identity, &storage);
    return EnterInManifest(directory.path(), manifest, Entry(file), false);
  };
  ASSERT_TRUE(enter({9}, "boot.img"));
  ASSERT_TRUE(enter({}, "recovery.img"));
  const auto json = nlohmann::json::parse(Slurp(directory / "manifest.json"));
  EXPECT_EQ(json["device"]["me_id"], "09");
  EXPECT_EQ(json["files"].size(), 2U);
  EXPECT_EQ(enter({8}, "logo.bin").error().code(), ErrorCode::kExists);
}

}  // namespace
}  // namespace mtkrig::harness
