// Phones in boot ROM mode, where DRAM is not set up: an owner reads the preloader of the phone in
// preloader mode and gives it to the session in BROM mode. Engine against emulator, for every
// shipped phone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "emulator/emulator_transport.h"
#include "emulator/profile/profile_loader.h"
#include "emulator/profile/shipped_profiles.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"

namespace mtkrig::harness {
namespace {

using emulator::LoadedProfile;
using emulator::StorageArea;
using protocol::ByteSpan;
using protocol::FlashRange;
using protocol::FlashRegion;
using protocol::Ok;
using protocol::Result;
using ::testing::HasSubstr;

using Bytes = std::vector<std::uint8_t>;

class CollectingSink final : public protocol::ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    bytes.insert(bytes.end(), data.begin(), data.end());
    return Ok();
  }
  Bytes bytes;
};

const emulator::LayoutPartition& Find(const LoadedProfile& phone,
                                      std::initializer_list<std::string_view> names) {
  const auto found =
      std::find_if(phone.partitions.begin(), phone.partitions.end(), [&](const auto& partition) {
        return std::find(names.begin(), names.end(), partition.name) != names.end();
      });
  EXPECT_NE(found, phone.partitions.end());
  return *found;
}

FlashRange RangeOf(const emulator::LayoutPartition& partition) {
  FlashRegion region = FlashRegion::kEmmcUser;
  if (partition.area == StorageArea::kEmmcBoot1) region = FlashRegion::kEmmcBoot1;
  if (partition.area == StorageArea::kNand) region = FlashRegion::kNand;
  return {region, partition.offset, partition.size};
}

// One session with a phone of its own.
struct Sitting {
  Sitting(const LoadedProfile& loaded, Bytes preloader, std::uint64_t seed = 0) {
    transport = emulator::MakeEmulatorTransport(emulator::NewPhone(loaded), "emulator:test",
                                                {.resegment_seed = seed});
    protocol::SessionOptions options;
    options.preloader_image = std::move(preloader);
    auto connected = protocol::Session::Connect(*transport, observer, std::move(options));
    EXPECT_TRUE(connected) << connected.error().Describe();
    session = *std::move(connected);
  }
  Result<void> Start() const {
    const auto archive = protocol::DaArchive::Parse(ByteSpan(emulator::SyntheticDaArchive()));
    EXPECT_TRUE(archive) << archive.error().Describe();
    return session->StartAgent(*archive);
  }
  Bytes Read(const emulator::LayoutPartition& partition) const {
    CollectingSink sink;
    const Result<void> read = session->Read(RangeOf(partition), sink);
    EXPECT_TRUE(read) << partition.name << ": " << read.error().Describe();
    return std::move(sink.bytes);
  }

  protocol::Observer observer;
  std::unique_ptr<protocol::Transport> transport;
  std::unique_ptr<protocol::Session> session;
};

class BromPhone : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto shipped = emulator::ShippedProfile(GetParam());
    ASSERT_TRUE(shipped) << shipped.error().Describe();
    in_preloader_ = *shipped;
    auto loaded = emulator::LoadProfileWithLayout("based_on: " + GetParam() + "\nmode: brom\n", {},
                                                  "brom.yaml");
    ASSERT_TRUE(loaded) << loaded.error().Describe();
    in_brom_ = *std::move(loaded);
  }

  // What `mtkrig readback PRELOADER` writes to a file.
  Bytes ReadItsPreloader() const {
    const Sitting sitting(*in_preloader_, {});
    const Result<void> started = sitting.Start();
    EXPECT_TRUE(started) << started.error().Describe();
    return sitting.Read(Find(*in_preloader_, {"PRELOADER", "preloader"}));
  }

  const LoadedProfile* in_preloader_ = nullptr;
  LoadedProfile in_brom_;
};

TEST_P(BromPhone, IsReadByteForByteWithItsOwnPreloader) {
  const Bytes preloader = ReadItsPreloader();
  const auto& boot = Find(in_brom_, {"BOOTIMG", "boot"});
  Bytes expected(boot.size);
  in_brom_.image->Read(boot.area, boot.offset, expected);
  for (const std::uint64_t seed : {0U, 20121U}) {
    const Sitting sitting(in_brom_, preloader, seed);
    EXPECT_EQ(sitting.session->identity().mode, protocol::BootMode::kBrom);
    const Result<void> started = sitting.Start();
    ASSERT_TRUE(started) << "resegment seed " << seed << ": " << started.error().Describe();
    EXPECT_TRUE(sitting.Read(boot) == expected) << "resegment seed " << seed;
    const Result<void> finished = sitting.session->Finish(protocol::FinishMode::kPowerOff);
    EXPECT_TRUE(finished) << finished.error().Describe();
  }
}

TEST_P(BromPhone, AsksForItsPreloaderWithoutIt) {
  const Sitting sitting(in_brom_, {});
  const Result<void> started = sitting.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), protocol::ErrorCode::kNotFound);
  EXPECT_THAT(started.error().hint(), HasSubstr("--preloader"));
}

// Another phone's settings would not make its memory work.
TEST_P(BromPhone, RefusesThePreloaderOfAnotherPhone) {
  Bytes preloader = ReadItsPreloader();
  const auto& id = in_brom_.profile.dram.memory_id;
  ASSERT_FALSE(id.empty());
  for (auto at = std::search(preloader.begin(), preloader.end(), id.begin(), id.end());
       at != preloader.end(); at = std::search(at, preloader.end(), id.begin(), id.end())) {
    *at ^= 0xffU;
  }
  const Sitting sitting(in_brom_, preloader);
  const Result<void> started = sitting.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().device_status(), 0x0bc4U) << started.error().Describe();
  EXPECT_THAT(started.error().hint(), HasSubstr("preloader"));
}

std::vector<std::string> ShippedNames() {
  std::vector<std::string> names;
  for (const emulator::ProfileSummary& summary : emulator::ShippedProfiles()) {
    names.push_back(summary.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Shipped, BromPhone, ::testing::ValuesIn(ShippedNames()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace mtkrig::harness
