#include "harness/output/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/output/device_fingerprint.h"
#include "harness/version.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {
namespace {

using protocol::FlashRegion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Manifest Example() {
  Manifest manifest;
  manifest.device = "fingerprint";
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
  EXPECT_EQ((*manifest)->device, "fingerprint");
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

TEST(DeviceFingerprint, IsTheSameInEveryBootModeAndDiffersBetweenPhones) {
  protocol::DeviceIdentity identity;
  identity.hw_code = 0x6575;
  protocol::StorageReport storage;
  storage.cid = {1, 2, 3};
  const std::string first = *DeviceFingerprint(identity, storage);
  EXPECT_EQ(first.size(), 64U);
  identity.mode = protocol::BootMode::kBrom;
  identity.me_id = {9};
  EXPECT_EQ(*DeviceFingerprint(identity, storage), first);
  storage.cid = {1, 2, 4};
  EXPECT_NE(*DeviceFingerprint(identity, storage), first);
  storage.cid.clear();
  const std::string by_me_id = *DeviceFingerprint(identity, storage);
  identity.me_id = {8};
  EXPECT_NE(*DeviceFingerprint(identity, storage), by_me_id);
}

}  // namespace
}  // namespace mtkrig::harness
