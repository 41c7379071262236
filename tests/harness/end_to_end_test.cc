// Engine against emulator: two independent readings of the same wire. What the engine reads must be
// what stands in the phone's flash, for every shipped phone and however transfers are split.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "emulator/emulator_transport.h"
#include "emulator/profile/profile_loader.h"
#include "emulator/profile/shipped_profiles.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "protocol/layout/plan.h"

namespace mtkrig::harness {
namespace {

using emulator::StorageArea;
using protocol::ByteSpan;
using protocol::FlashRange;
using protocol::FlashRegion;
using protocol::Ok;
using protocol::Partition;
using protocol::Result;

std::optional<StorageArea> AreaOf(FlashRegion region) {
  switch (region) {
    case FlashRegion::kEmmcUser:
      return StorageArea::kEmmcUser;
    case FlashRegion::kEmmcBoot1:
      return StorageArea::kEmmcBoot1;
    case FlashRegion::kEmmcBoot2:
      return StorageArea::kEmmcBoot2;
    case FlashRegion::kEmmcGp1:
      return StorageArea::kEmmcGp1;
    case FlashRegion::kNand:
      return StorageArea::kNand;
    default:
      return std::nullopt;
  }
}

std::optional<FlashRegion> RegionOf(StorageArea area) {
  for (const FlashRegion region : {FlashRegion::kEmmcUser, FlashRegion::kEmmcBoot1,
                                   FlashRegion::kEmmcBoot2, FlashRegion::kNand}) {
    if (AreaOf(region) == area) return region;
  }
  return std::nullopt;
}

#ifdef NDEBUG
constexpr bool kOptimised = true;
#else
constexpr bool kOptimised = false;
#endif

// Compares what arrives with the flash as it arrives, so that memory does not grow with the range.
class ComparingSink final : public protocol::ByteSink {
 public:
  ComparingSink(const emulator::VirtualFlash& flash, StorageArea area, std::uint64_t offset)
      : flash_(flash), area_(area), offset_(offset) {}

  Result<void> Append(ByteSpan data) override {
    expected_.resize(data.size());
    flash_.Read(area_, offset_ + received, expected_);
    // The quick comparison first: tens of GiB go through here.
    if (std::memcmp(data.data(), expected_.data(), data.size()) != 0 && !first_difference) {
      const auto differs = std::mismatch(data.begin(), data.end(), expected_.begin());
      first_difference = received + static_cast<std::uint64_t>(differs.first - data.begin());
    }
    received += data.size();
    return Ok();
  }

  std::uint64_t received = 0;
  std::optional<std::uint64_t> first_difference;

 private:
  const emulator::VirtualFlash& flash_;
  const StorageArea area_;
  const std::uint64_t offset_;
  std::vector<std::uint8_t> expected_;
};

struct Run {
  std::string profile;
  std::uint64_t seed = 0;
};

void PrintTo(const Run& run, std::ostream* out) {
  *out << run.profile << ", resegment seed " << run.seed;
}

std::vector<Run> AllRuns() {
  std::vector<Run> runs;
  for (const emulator::ProfileSummary& summary : emulator::ShippedProfiles()) {
    for (const std::uint64_t seed : {0U, 1U, 20121U}) runs.push_back({summary.name, seed});
  }
  return runs;
}

class EveryPhone : public ::testing::TestWithParam<Run> {
 protected:
  void SetUp() override {
    const auto loaded = emulator::ShippedProfile(GetParam().profile);
    ASSERT_TRUE(loaded) << loaded.error().Describe();
    loaded_ = *loaded;
    phone_ = emulator::NewPhone(*loaded_);
    emulator::EmulatorOptions options;
    options.resegment_seed = GetParam().seed;
    transport_ = emulator::MakeEmulatorTransport(phone_, "emulator:test", options);
    auto session = protocol::Session::Connect(*transport_, observer_, {});
    ASSERT_TRUE(session) << session.error().Describe();
    session_ = *std::move(session);
    const auto archive = protocol::DaArchive::Parse(ByteSpan(emulator::SyntheticDaArchive()));
    ASSERT_TRUE(archive) << archive.error().Describe();
    const Result<void> started = session_->StartAgent(*archive);
    ASSERT_TRUE(started) << started.error().Describe();
  }

  // An optimised build reads every byte of every phone once, up to 64 GiB. Otherwise what is long
  // is read at its two ends, at odd offsets, which is where addressing can go wrong.
  void ExpectEqual(const FlashRange& range, const std::string& name) {
    const std::uint64_t edge = GetParam().seed == 0 ? 0x100000 : 0x8000;
    const bool whole = kOptimised && GetParam().seed == 0;
    if (whole || range.length <= 4 * edge) return ExpectReadEquals(range, name);
    ExpectReadEquals({range.region, range.offset, edge + 512}, name + " (start)");
    ExpectReadEquals({range.region, range.offset + range.length - edge, edge}, name + " (end)");
  }

  void ExpectReadEquals(const FlashRange& range, const std::string& name) {
    const std::optional<StorageArea> area = AreaOf(range.region);
    ASSERT_TRUE(area) << name;
    ComparingSink sink(*phone_->flash, *area, range.offset);
    const Result<void> read = session_->Read(range, sink);
    ASSERT_TRUE(read) << name << ": " << read.error().Describe();
    EXPECT_EQ(sink.received, range.length) << name;
    EXPECT_EQ(sink.first_difference, std::nullopt) << name;
  }

  protocol::Observer observer_;
  const emulator::LoadedProfile* loaded_ = nullptr;
  std::shared_ptr<const emulator::Profile> phone_;
  std::unique_ptr<protocol::Transport> transport_;
  std::unique_ptr<protocol::Session> session_;
};

TEST_P(EveryPhone, ReadsBackWhatStandsInItsFlash) {
  const auto table = session_->ReadPartitionTable();
  ASSERT_TRUE(table) << table.error().Describe();
  const auto plan = protocol::PlanFullBackup(*table, session_->storage().sizes);
  ASSERT_TRUE(plan) << plan.error().Describe();
  EXPECT_GT(plan->size(), 10U);
  for (const protocol::PlannedRead& read : *plan) ExpectEqual(read.range, read.label);
  const Result<void> finished = session_->Finish(protocol::FinishMode::kPowerOff);
  EXPECT_TRUE(finished) << finished.error().Describe();
}

TEST_P(EveryPhone, ItsOwnTableListsThePartitionsThatTheProfileGaveIt) {
  const auto table = session_->ReadPartitionTable();
  ASSERT_TRUE(table) << table.error().Describe();
  const auto resolved = protocol::ResolveTails(*table, session_->storage().sizes);
  for (const char* name : {"BOOTIMG", "RECOVERY"}) {
    const Partition* found = resolved.Find(name);
    ASSERT_NE(found, nullptr) << name;
    const auto made = std::find_if(loaded_->partitions.begin(), loaded_->partitions.end(),
                                   [&](const auto& partition) {
                                     protocol::PartitionTable one;
                                     Partition named;
                                     named.name = partition.name;
                                     one.partitions.push_back(named);
                                     return one.Find(name) != nullptr;
                                   });
    ASSERT_NE(made, loaded_->partitions.end()) << name;
    EXPECT_EQ(found->offset, made->offset) << name;
    EXPECT_EQ(found->size, made->size) << name;
    EXPECT_EQ(found->region, RegionOf(made->area)) << name;
  }
}

TEST_P(EveryPhone, ReportsTheStorageThatTheProfileGaveIt) {
  for (const auto& [region, size] : session_->storage().sizes.regions) {
    const std::optional<StorageArea> area = AreaOf(region);
    if (!area) continue;
    EXPECT_EQ(size, phone_->flash->SizeOf(*area)) << FlashRegionName(region);
  }
  EXPECT_EQ(session_->identity().hw_code, phone_->hw_code);
  EXPECT_EQ(session_->storage().cid.size(), phone_->emmc_cid.size());
}

TEST_P(EveryPhone, TakesRangesThatAreNotWholeSectors) {
  const FlashRegion main = session_->storage().main_region;
  for (const FlashRange& range :
       {FlashRange{main, 1, 1}, FlashRange{main, 511, 2}, FlashRange{main, 4097, 5000},
        FlashRange{main, session_->storage().sizes.SizeOf(main) - 3, 3}}) {
    ExpectReadEquals(range, ::testing::PrintToString(range.offset));
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryPhone, ::testing::ValuesIn(AllRuns()),
                         [](const ::testing::TestParamInfo<Run>& param) {
                           return param.param.profile + "_seed" + std::to_string(param.param.seed);
                         });

TEST(Sessions, AreTheSameEachTime) {
  // In process nothing depends on the machine: two runs of a seed make the same transfers.
  const auto trace = [](std::uint64_t seed) {
    emulator::EmulatorOptions options;
    options.resegment_seed = seed;
    auto transport = emulator::OpenEmulator("mt6577", options);
    EXPECT_TRUE(transport);
    protocol::Observer observer;
    const auto session = protocol::Session::Connect(**transport, observer, {});
    EXPECT_TRUE(session) << session.error().Describe();
    return (*transport)->clock().Now().time_since_epoch();
  };
  EXPECT_EQ(trace(7), trace(7));
}

}  // namespace
}  // namespace mtkrig::harness
