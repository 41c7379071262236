#include "emulator/phone/agent_loader.h"

#include <gmock/gmock.h>

#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using ::testing::ElementsAre;

constexpr char kReport[] = "00000bc4";  // how every storage report of this phone starts

void Load(Bench& bench) {
  bench.Handshake();
  bench.Say("d7 00200000 00000010 00000000");
  bench.SayBytes(std::vector<std::uint8_t>(16));
}

class Stage1 : public ::testing::Test {
 protected:
  Stage1() { bench_.StartAgent(); }
  std::string Configure() { return bench_.SayBytes(std::vector<std::uint8_t>(18 + 24)); }
  std::shared_ptr<Profile> profile_ = TestProfile();
  Bench bench_{profile_};
};

// The first bytes of a real MT6589's agent, which has this card (S).
TEST(AgentLoader, GreetsAsACapturedAgentDid) {
  Bench bench(TestProfile());
  Load(bench);
  bench.phone.HostWrote(Bytes("d5 00200000"));
  EXPECT_THAT(bench.Transfers(), ElementsAre("d5", "00200000", "0000", "c0", "00000bc4", "0005",
                                             "0000", "0000", "0000", "0000", "0000", "00000000",
                                             "4d000170", "3430434d", "e7050247", "b350fcbc"));
  bench.phone.HostWrote(Bytes("5a"));
  EXPECT_THAT(bench.Transfers(), ElementsAre("04", "02", "8d"));
}

TEST(AgentLoader, NamesItsNand) {
  auto profile = TestProfile();
  profile->emmc_cid.clear();
  profile->nand_ids = {0x00ad, 0x00bc};
  profile->report.stage1_nand_id_count = 3;
  Bench bench(profile);
  Load(bench);
  EXPECT_EQ(bench.Say("d5 00200000"),
            Packed("d5 00200000 0000 c0 00000000 0003 00ad 00bc 0000 00000bc4"
                   "00000000 00000000 00000000 00000000"));
}

// As the session with an MT6573V shows it (traces/corpus/handwritten/spft-mt6573v-agent.wire).
TEST(AgentLoader, GreetsWithItsVersionAloneOnMt6573) {
  auto profile = TestProfile();
  profile->report.stage1_nand_id_count = 0;
  Bench bench(profile);
  Load(bench);
  EXPECT_EQ(bench.Say("d5 00200000"), Packed("d5 00200000 0000 c0 04 02 8d"));
}

TEST(AgentLoader, FailsWhenTheHostDoesNotAcknowledge) {
  Bench bench(TestProfile());
  Load(bench);
  bench.Say("d5 00200000");
  EXPECT_EQ(bench.Say("a5"), "cf");
  EXPECT_EQ(bench.Say("5a 5a 5a"), "");
}

TEST_F(Stage1, WaitsForTheLastByteOfTheConfiguration) {
  EXPECT_EQ(bench_.SayBytes(std::vector<std::uint8_t>(41)), "");
  EXPECT_EQ(bench_.Say("00"), "00000000");
}

TEST(AgentLoader, SaysMoreWordsAfterReadyWhereTheChipDoes) {
  auto profile = TestProfile();
  profile->stage2 = {.extra_bytes = 4, .words_after_ready = 5};
  Bench bench(profile);
  bench.StartAgent();
  EXPECT_EQ(bench.SayBytes(std::vector<std::uint8_t>(22)), std::string(6 * 8, '0'));
}

TEST_F(Stage1, AcknowledgesEachPacketAndTheWhole) {
  Configure();
  EXPECT_EQ(bench_.Say("80000000 00001804 00001000"), "5a");
  EXPECT_EQ(bench_.SayBytes(std::vector<std::uint8_t>(0xfff)), "");
  EXPECT_EQ(bench_.Say("00"), "5a");
  EXPECT_EQ(bench_.SayBytes(std::vector<std::uint8_t>(0x803)), "");
  EXPECT_EQ(bench_.Say("00"), "5a5a");
  EXPECT_EQ(bench_.Say("5a").substr(0, 8), kReport);
}

TEST_F(Stage1, DoesNotMindAnAcknowledgementAheadOfItsOwn) {
  Configure();
  bench_.Say("80000000 00000004 00001000");
  EXPECT_EQ(bench_.Say("00000000 5a").substr(0, 12), std::string("5a5a") + kReport);
}

TEST_F(Stage1, RefusesAStage2ThatCannotBe) {
  Configure();
  EXPECT_EQ(bench_.Say("80000000 00000000 00001000"), "a5");  // empty
  EXPECT_EQ(bench_.Say("80000000 00001000 00000000"), "a5");  // no packets
  EXPECT_EQ(bench_.Say("80000000 00001000 00100000"), "a5");  // packets too long
  EXPECT_EQ(bench_.Say("80000002 00001000 00001000"), "a5");  // not aligned
  EXPECT_EQ(bench_.Say("80000000 7fffffff 00001000"), "a5");  // too long
  EXPECT_EQ(bench_.Say("fffff000 00002000 00001000"), "a5");  // wraps
  EXPECT_EQ(bench_.Say("001ffffc 00001000 00001000"), "a5");  // over stage 1
  EXPECT_EQ(bench_.Say("80000000 00000004 00001000"), "5a");
}

TEST(AgentLoader, PutsStage2OnlyWhereTheProfileLetsIt) {
  auto profile = TestProfile();
  profile->stage2_loadable = {{.first = 0x80000000, .last = 0x80000fff}};
  Bench bench(profile);
  bench.StartAgent();
  bench.SayBytes(std::vector<std::uint8_t>(42));
  EXPECT_EQ(bench.Say("80001000 00000004 00001000"), "a5");
  EXPECT_EQ(bench.Say("80000ffc 00000008 00001000"), "a5");
  EXPECT_EQ(bench.Say("80000ffc 00000004 00001000"), "5a");
}

TEST_F(Stage1, FailsWhenTheHostDoesNotStartStage2) {
  Configure();
  bench_.Say("80000000 00000004 00001000 00000000");
  EXPECT_EQ(bench_.Say("a5"), "cf");
}

// --- From BROM: DRAM ---------------------------------------------------------------------------

class BromStage1 : public ::testing::Test {
 protected:
  BromStage1() { profile_->mode = BootMode::kBrom; }
  void Start() {
    bench_ = std::make_unique<Bench>(profile_);
    bench_->StartAgent();
    const std::string asks = bench_->SayBytes(std::vector<std::uint8_t>(42));
    EXPECT_EQ(asks, Packed("00000bc3 00000000 4d000170 3430434d e7050247 b350fcbc"
                           "00000bc4 0005 0000 0000 0000 0000 0000"));
  }
  std::shared_ptr<Profile> profile_ = TestProfile();
  std::unique_ptr<Bench> bench_;
};

constexpr char kRamReady[] = "00000000 02 00 0000000020000000";

TEST_F(BromStage1, TakesDramSettingsOfTheLengthThatTheHostNames) {
  profile_->dram.settings_length = 8;
  Start();
  EXPECT_EQ(bench_->Say("e8 00000010"), Packed("5a 00000008"));
  EXPECT_EQ(bench_->Say("5a 00000004 01020304"), "000a");
  EXPECT_EQ(bench_->Say("5a 80000001"), Packed(kRamReady));
  EXPECT_EQ(bench_->Say("80000000 00000004 00001000"), "5a");
}

TEST_F(BromStage1, TakesDramSettingsOfItsOwnLengthFromOlderHosts) {
  profile_->dram.settings_length = 4;
  Start();
  EXPECT_EQ(bench_->Say("e8 0000000a"), Packed("5a 4d000170 3430434d e7050247 b350fcbc 00000004"));
  EXPECT_EQ(bench_->Say("5a ff000001"), "0100");
  EXPECT_EQ(bench_->Say("5a 80000001"), Packed(kRamReady));
}

TEST_F(BromStage1, SaysFiveWordsMoreForVersion13) {
  profile_->dram.settings_length = 4;
  Start();
  EXPECT_EQ(bench_->Say("e8 0000000d 5a 00000000 5a 80000001"),
            Packed("5a 00000004 0000") + Packed(kRamReady) + std::string(5 * 8, '0'));
}

TEST_F(BromStage1, RefusesSettingsOfAVersionThatIsNotItsOwn) {
  profile_->dram = {.emi_version = 0x10, .settings_length = 4};
  Start();
  EXPECT_EQ(bench_->Say("e8 0000000f"), "a5");
  EXPECT_EQ(bench_->Say("e8 00000099"), "a5");
  EXPECT_EQ(bench_->Say("d6"), "bb");
  EXPECT_EQ(bench_->Say("e8 00000010"), Packed("5a 00000004"));
}

// Version 0 is said as ffffffff, and is a version of its own.
TEST_F(BromStage1, TellsVersion0FromAnyVersion) {
  profile_->dram = {.emi_version = 0, .settings_length = 4};
  Start();
  EXPECT_EQ(bench_->Say("e8 00000010"), "a5");
  EXPECT_EQ(bench_->Say("e8 00000000"), "a5");
  EXPECT_EQ(bench_->Say("e8 ffffffff"), Packed("5a 00000004"));
}

// What an MT6580 said to settings of another phone: 3012, and no more.
TEST_F(BromStage1, HangsAfterSettingsThatDoNotNameItsMemory) {
  profile_->dram = {.emi_version = 0x15, .settings_length = 8, .memory_id = {0x15, 0x01, 0x51}};
  Start();
  EXPECT_EQ(bench_->Say("e8 00000015 5a 00000008 00000000 15015200 5a 80000001"),
            Packed("5a 00000008 0068 00000bc4 02 00 0000000000000000"));
  EXPECT_EQ(bench_->Say("80000000 00000004 00001000"), "");
}

TEST_F(BromStage1, TakesSettingsThatNameItsMemoryAnywhere) {
  profile_->dram = {.emi_version = 0x15, .settings_length = 8, .memory_id = {0x15, 0x01, 0x51}};
  Start();
  EXPECT_EQ(bench_->Say("e8 00000015 5a 00000008 00000000 00150151 5a 80000001"),
            Packed("5a 00000008 0067") + Packed(kRamReady));
}

TEST_F(BromStage1, FailsOnAWrongOrder) {
  profile_->dram.settings_length = 4;
  Start();
  EXPECT_EQ(bench_->Say("e8 0000000c 5a 00000000 5a 80000002"), Packed("5a 00000004 0000 cf"));
}

}  // namespace
}  // namespace mtkrig::emulator::test
