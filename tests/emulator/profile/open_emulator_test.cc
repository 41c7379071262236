#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator_transport.h"
#include "emulator/profile.h"
#include "emulator/profile/shipped_profiles.h"

namespace mtkrig::emulator {
namespace {

// Stands for the phone model: what matters here is which profile reaches it.
class ProfileProbe final : public protocol::Transport {
 public:
  ProfileProbe(std::shared_ptr<const Profile> its_profile, std::string its_moniker,
               std::uint64_t its_seed)
      : profile(std::move(its_profile)), moniker(std::move(its_moniker)), seed(its_seed) {}
  protocol::Clock& clock() override { return clock_; }
  protocol::TransportInfo info() const override { return {.moniker = moniker, .usb_id = {}}; }

  std::shared_ptr<const Profile> profile;
  std::string moniker;
  std::uint64_t seed;

 private:
  protocol::Result<std::size_t> DoReadSome(std::span<std::uint8_t> /*buffer*/,
                                           protocol::Duration /*timeout*/) override {
    return protocol::Error(protocol::ErrorCode::kTimeout, "a probe has nothing to say");
  }
  protocol::Result<void> DoWrite(std::span<const std::uint8_t> /*data*/,
                                 protocol::Duration /*timeout*/) override {
    return protocol::Ok();
  }
  protocol::SteadyClock clock_;
};

std::unique_ptr<ProfileProbe> Open(std::string_view name, const EmulatorOptions& options = {}) {
  auto transport = OpenEmulator(name, options);
  EXPECT_TRUE(transport.has_value()) << transport.error().Describe();
  return std::unique_ptr<ProfileProbe>(dynamic_cast<ProfileProbe*>(transport->release()));
}

std::uint8_t FirstByte(const Profile& profile) {
  std::vector<std::uint8_t> bytes(1);
  profile.flash->Read(StorageArea::kEmmcUser, 0x5000000, bytes);
  return bytes[0];
}

TEST(OpenEmulator, GivesEachPhoneAFlashOfItsOwn) {
  const auto one = Open("mt6577");
  const auto other = Open("mt6577");
  const std::uint8_t before = FirstByte(*other->profile);
  const std::vector<std::uint8_t> changed = {static_cast<std::uint8_t>(~before)};
  one->profile->flash->Write(StorageArea::kEmmcUser, 0x5000000, changed);
  EXPECT_EQ(FirstByte(*one->profile), changed[0]);
  EXPECT_EQ(FirstByte(*other->profile), before);
  EXPECT_EQ(FirstByte(*Open("mt6577")->profile), before);
}

TEST(OpenEmulator, PassesNameAndOptionsOn) {
  const auto phone = Open("MT6580", {.resegment_seed = 42});
  EXPECT_EQ(phone->moniker, "emulator:mt6580");
  EXPECT_EQ(phone->seed, 42U);
  EXPECT_EQ(phone->profile->chip, "MT6580");
}

TEST(OpenEmulator, ReadsAProfileFile) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mtkrig_open_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "boot.bin") << "hello";
  std::ofstream(folder / "mine.yaml") << "based_on: mt6580\ncontents: {boot: {file: boot.bin}}\n";
  const std::string path = (folder / "mine.yaml").string();
  {
    const auto phone = Open(path);
    EXPECT_EQ(phone->moniker, "emulator:" + path);
    EXPECT_EQ(phone->profile->name, "mine");
    std::vector<std::uint8_t> bytes(5);
    phone->profile->flash->Read(StorageArea::kEmmcUser, 0x1d20000, bytes);
    EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "hello");
  }
  std::filesystem::remove_all(folder);
}

TEST(OpenEmulator, TellsNamesFromPaths) {
  const auto no_name = OpenEmulator("mt9999", {});
  ASSERT_FALSE(no_name.has_value());
  EXPECT_THAT(no_name.error().message(), testing::HasSubstr("no emulated phone 'mt9999'"));
  const auto no_file = OpenEmulator("./mt6577.yaml", {});
  ASSERT_FALSE(no_file.has_value());
  EXPECT_EQ(no_file.error().code(), protocol::ErrorCode::kNotFound);
  EXPECT_THAT(no_file.error().message(), testing::HasSubstr("./mt6577.yaml"));
}

}  // namespace

std::unique_ptr<protocol::Transport> MakeEmulatorTransport(std::shared_ptr<const Profile> profile,
                                                           std::string moniker,
                                                           const EmulatorOptions& options) {
  return std::make_unique<ProfileProbe>(std::move(profile), std::move(moniker),
                                        options.resegment_seed);
}

}  // namespace mtkrig::emulator
