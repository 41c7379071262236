#include "harness/output/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "harness/output/device_fingerprint.h"
#include "harness/output/folder_lock.h"
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
  other.device = "another";
  ASSERT_TRUE(WriteManifest(directory.path(), other));
  Manifest mine = Example();
  const auto refused = EnterInManifest(directory.path(), mine, Entry("recovery.img"), false);
  EXPECT_EQ(refused.error().code(), ErrorCode::kExists);
  EXPECT_EQ((*ReadManifest(directory.path()))->device, "another");
  ASSERT_TRUE(EnterInManifest(directory.path(), mine, Entry("recovery.img"), true)) << "--force";
  EXPECT_EQ((*ReadManifest(directory.path()))->device, "fingerprint");
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
