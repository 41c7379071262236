// A run that is stopped while it checks what an earlier one left: nothing was read yet, and the
// phone's agent runs.

#include "harness/commands/readback_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/output/hash_file.h"
#include "harness/output/journal.h"
#include "tests/harness/manual_clock.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {
namespace {

using protocol::FlashRange;
using protocol::FlashRegion;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SilentPhone final : public protocol::Session {
 public:
  const protocol::DeviceIdentity& identity() const override { return identity_; }
  Result<void> StartAgent(const protocol::DaArchive& /*archive*/) override { return Ok(); }
  const protocol::StorageReport& storage() const override { return storage_; }
  Result<protocol::PartitionTable> ReadPartitionTable() override {
    return Error(ErrorCode::kNotFound, "none");
  }
  Result<void> Read(const FlashRange& /*range*/, protocol::ByteSink& /*sink*/) override {
    ADD_FAILURE() << "nothing is to be read";
    return Error(ErrorCode::kIo, "");
  }
  Result<void> Finish(protocol::FinishMode /*mode*/) override { return Ok(); }

 private:
  protocol::DeviceIdentity identity_;
  protocol::StorageReport storage_;
};

class StoppedCheck : public ::testing::Test {
 protected:
  StoppedCheck() {
    manifest_.device.fingerprint = "phone";
    read_.file_name = "boot.img";
    read_.label = "BOOTIMG";
    read_.range = kRange;
    cancellation_.Cancel();
  }
  Error Run() {
    Console console(out_, err_, clock_, {});
    CommandContext context{console, clock_, cancellation_, false, results_};
    ReadbackJob job(context, phone_, {directory_.path(), true, false}, manifest_);
    const Result<void> outcome = job.Run({read_});
    if (!outcome) return outcome.error();
    ADD_FAILURE() << "it was not stopped";
    return Error(ErrorCode::kIo, "");
  }
  static void ExpectHint(const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
    EXPECT_THAT(error.message(), HasSubstr("boot.img: stopped while what is there was checked"));
    EXPECT_THAT(error.hint(), AllOf(HasSubstr("unplug the phone, power it off, plug it in again"),
                                    HasSubstr("--resume")));
  }

  static constexpr FlashRange kRange = {FlashRegion::kEmmcUser, 0x1000, 8};
  TemporaryDirectory directory_;
  protocol::PlannedRead read_;
  Manifest manifest_;
  SilentPhone phone_;
  std::ostringstream out_;
  std::ostringstream err_;
  ManualClock clock_;
  protocol::Cancellation cancellation_;
  nlohmann::ordered_json results_ = nlohmann::ordered_json::object();
};

TEST_F(StoppedCheck, OfAWholeFileSaysWhatContinues) {
  Spill(directory_ / "boot.img", "12345678");
  ManifestFile entry;
  entry.file = "boot.img";
  entry.range = kRange;
  entry.sha256 = HashFile(directory_ / "boot.img", nullptr)->sha256;
  manifest_.Put(entry);
  ExpectHint(Run());
  EXPECT_EQ(Slurp(directory_ / "boot.img"), "12345678");
  EXPECT_FALSE(results_.contains("incomplete"));
}

TEST_F(StoppedCheck, OfAnInterruptedReadSaysSoTooAndKeepsIt) {
  Spill(directory_ / ".boot.img.part", "1234");
  const std::string sha256 = HashFile(directory_ / ".boot.img.part", nullptr)->sha256;
  ASSERT_TRUE(WriteJournal(directory_ / "boot.img", {kRange, manifest_.device, {4, sha256}}));
  ExpectHint(Run());
  EXPECT_EQ(Slurp(directory_ / ".boot.img.part"), "1234");
  EXPECT_EQ((*ReadJournal(directory_ / "boot.img"))->reached.bytes, 4U);
  EXPECT_EQ(results_["incomplete"]["bytes"], 4);
  EXPECT_EQ(results_["incomplete"]["size"], 8);
}

}  // namespace
}  // namespace mtkrig::harness
