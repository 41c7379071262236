#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "emulator/phone/checksum.h"
#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using ::testing::ElementsAre;

class AgentFlash : public ::testing::Test {
 protected:
  AgentFlash() { bench_.StartStage2(); }
  std::string SumOf(StorageArea area, std::uint64_t offset, std::size_t length) {
    std::vector<std::uint8_t> bytes(length);
    FlashOf(*profile_).Read(area, offset, bytes);
    std::vector<std::uint8_t> sum(2);
    protocol::StoreBe(std::span(sum), ByteSum(bytes));
    return protocol::ToHex(sum);
  }
  std::string Hex(std::uint64_t offset, std::size_t length) {
    return FlashOf(*profile_).Hex(StorageArea::kEmmcUser, offset, length);
  }
  std::shared_ptr<Profile> profile_ = TestProfile();
  Bench bench_{profile_};
};

// --- READ --------------------------------------------------------------------------------------

TEST_F(AgentFlash, ReadsInPacketsWithAChecksumEach) {
  EXPECT_EQ(bench_.Say("d6 0c 02 0000000000000010 0000000000000018"), "5a");
  bench_.phone.HostWrote(Bytes("00000010"));
  EXPECT_THAT(bench_.Transfers(),
              ElementsAre(Hex(0x10, 16), SumOf(StorageArea::kEmmcUser, 0x10, 16)));
  bench_.phone.HostWrote(Bytes("5a"));
  EXPECT_THAT(bench_.Transfers(),
              ElementsAre(Hex(0x20, 8), SumOf(StorageArea::kEmmcUser, 0x20, 8)));
  EXPECT_EQ(bench_.Say("5a"), "");
  EXPECT_EQ(bench_.Say("72"), "5a01");
}

TEST_F(AgentFlash, ReadsAlikeForAHostThatSendsThePacketLengthAhead) {
  EXPECT_EQ(bench_.Say("d6 0b 02 0000000000000000 0000000000000004 00100000"),
            "5a" + Hex(0, 4) + SumOf(StorageArea::kEmmcUser, 0, 4));
}

TEST_F(AgentFlash, ReadsThePartThatWasSwitchedTo) {
  bench_.Say("60 02");
  EXPECT_EQ(bench_.Say("d6 0c 02 000000000000fffc 0000000000000004 00100000"),
            "5a" + FlashOf(*profile_).Hex(StorageArea::kEmmcBoot2, 0xfffc, 4) +
                SumOf(StorageArea::kEmmcBoot2, 0xfffc, 4));
}

TEST_F(AgentFlash, ProducesPacketsAsTheHostReadsThem) {
  bench_.Say("d6 0c 02 0000000000000000 0000000000000100");
  bench_.phone.HostWrote(Bytes("00000100"));
  std::vector<std::uint8_t> all;
  std::vector<std::uint8_t> buffer(7);
  while (all.size() < 0x100) {
    const Port::Output output = bench_.phone.TakeOutput(buffer);
    ASSERT_GT(output.count, 0U);
    EXPECT_EQ(output.ended, all.size() + output.count == 0x100);
    all.insert(all.end(), buffer.begin(),
               buffer.begin() + static_cast<std::ptrdiff_t>(output.count));
  }
  EXPECT_EQ(protocol::ToHex(all), Hex(0, 0x100));
  EXPECT_EQ(bench_.Output(), SumOf(StorageArea::kEmmcUser, 0, 0x100));
}

TEST_F(AgentFlash, StopsReadingWhenTheHostDoesNotAcknowledge) {
  bench_.Say("d6 0c 02 0000000000000000 0000000000000020 00000010");
  EXPECT_EQ(bench_.Say("a5"), "");
  EXPECT_EQ(bench_.Say("72"), "5a01");
}

struct RefusedRead {
  const char* what;
  const char* arguments;
  const char* error;
};
class RefusesRead : public ::testing::TestWithParam<RefusedRead> {};

TEST_P(RefusesRead, AndSaysWhyToAHostThatAsks) {
  Bench bench(TestProfile());
  bench.StartStage2();
  const std::string arguments = Packed(GetParam().arguments);
  EXPECT_EQ(bench.Say("d6" + arguments), "a5") << GetParam().what;
  EXPECT_EQ(bench.Say("a5"), GetParam().error);
  // A host that has its packet length under way.
  EXPECT_EQ(bench.Say("d6" + arguments + "00100000"), "a5");
  EXPECT_EQ(bench.Say("a5"), GetParam().error);
  // A host that does not ask.
  EXPECT_EQ(bench.Say("d6" + arguments), "a5");
  EXPECT_EQ(bench.Say("72"), "5a01");
}

INSTANTIATE_TEST_SUITE_P(
    Errors, RefusesRead,
    ::testing::Values(
        RefusedRead{"begins outside", "0c 02 0000000000400000 0000000000000001", "00000bdc"},
        RefusedRead{"ends outside", "0c 02 00000000003fffff 0000000000000002", "00000be0"},
        RefusedRead{"wraps", "0c 02 0000000000000001 ffffffffffffffff", "00000be0"},
        RefusedRead{"no NAND", "0c 01 0000000000000000 0000000000000001", "00000bc4"},
        RefusedRead{"no UFS", "0c 04 0000000000000000 0000000000000001", "000003ea"},
        RefusedRead{"no host", "0d 02 0000000000000000 0000000000000001", "000003ea"}));

TEST_F(AgentFlash, RefusesPacketsOfNoOrTooGreatLength) {
  const std::string read = "d6 0c 02 0000000000000000 0000000000000010";
  EXPECT_EQ(bench_.Say(read + "00000000"), "5aa5");
  EXPECT_EQ(bench_.Say("a5"), "000003ea");
  EXPECT_EQ(bench_.Say(read + "00100001"), "5aa5");
  EXPECT_EQ(bench_.Say("a5 72"), "000003ea5a01");
}

// --- NAND --------------------------------------------------------------------------------------

class AgentNand : public ::testing::Test {
 protected:
  AgentNand() {
    auto profile = TestProfile();
    flash_->sizes = {{StorageArea::kNand, 0x100}};
    profile->flash = flash_;
    profile->nand_ids = {0x00ad};
    profile->nand_page_size = 8;
    profile->nand_spare_size = 2;
    bench_.emplace(profile);
    bench_->StartStage2();
  }
  static std::string WithSum(const std::string& hex) {
    std::vector<std::uint8_t> sum(2);
    protocol::StoreBe(std::span(sum), ByteSum(Bytes(hex)));
    return hex + protocol::ToHex(sum);
  }

  std::shared_ptr<TestFlash> flash_ = std::make_shared<TestFlash>();
  std::optional<Bench> bench_;
};

TEST_F(AgentNand, ReadsPagesWithTheirSpareBytes) {
  EXPECT_EQ(bench_->Say("df 0c 00 01 00000010 0000000f 00000000"),
            Packed("5a 00000008 00000002 0000000a"));
  EXPECT_EQ(bench_->Say("00000001"),
            "00000000" + WithSum(flash_->Hex(StorageArea::kNand, 0x10, 8) + "ffff"));
  EXPECT_EQ(bench_->Say("5a"), WithSum(flash_->Hex(StorageArea::kNand, 0x18, 5)));
  EXPECT_EQ(bench_->Say("5a 72"), "5a01");
}

TEST_F(AgentNand, ReadsPagesWithoutTheirSpareBytes) {
  EXPECT_EQ(bench_->Say("df 0c 01 00 00000010 0000000d 00000000"),
            Packed("5a 00000008 00000002 00000008"));
  EXPECT_EQ(bench_->Say("00000001"),
            "00000000" + WithSum(flash_->Hex(StorageArea::kNand, 0x10, 8)));
  EXPECT_EQ(bench_->Say("5a"), WithSum(flash_->Hex(StorageArea::kNand, 0x18, 5)));
  EXPECT_EQ(bench_->Say("5a 72"), "5a01");
}

TEST_F(AgentNand, ReadsSpareBytesAlone) {
  EXPECT_EQ(bench_->Say("df 0c 02 00 00000010 00000003 00000000"),
            Packed("5a 00000008 00000002 00000002"));
  EXPECT_EQ(bench_->Say("00000001"), "00000000" + WithSum("ffff"));
  EXPECT_EQ(bench_->Say("5a"), WithSum("ff"));
  EXPECT_EQ(bench_->Say("5a 72"), "5a01");
}

TEST_F(AgentNand, RefusesWhatIsNoWholePageOrPastTheEnd) {
  EXPECT_EQ(bench_->Say("df 0c 00 01 00000011 0000000a 00000000"), "a5");
  EXPECT_EQ(bench_->Say("a5"), "00000bdc");
  EXPECT_EQ(bench_->Say("df 0c 00 01 000000f8 0000000b 00000000"), "a5");
  EXPECT_EQ(bench_->Say("a5"), "00000be0");
}

TEST_F(AgentNand, RefusesKindsThatItDoesNotKnow) {
  for (const char* kind : {"03", "04", "ff"}) {
    EXPECT_EQ(bench_->Say(std::string("df 0c ") + kind + " 00 00000010 00000008 00000000"), "a5");
    EXPECT_EQ(bench_->Say("a5").size(), 8U) << "an error word";
  }
}

TEST_F(AgentFlash, HasNoNandPages) {
  EXPECT_EQ(bench_.Say("df 0c 00 01 00000000 00000800 00000000"), "a5");
  EXPECT_EQ(bench_.Say("a5"), "00000bc4");
}

// --- Writes ------------------------------------------------------------------------------------

TEST_F(AgentFlash, WritesData) {
  EXPECT_EQ(bench_.Say("62 01 08 0000000000000100 0000000000000006 00000004"), "5a");
  EXPECT_EQ(bench_.Say("5a 01020304 000a"), "69");
  EXPECT_EQ(bench_.Say("5a 05ff 0104"), "69");
  EXPECT_EQ(Hex(0x100, 6), "0102030405ff");
  EXPECT_EQ(bench_.Say("72"), "5a01");
}

TEST_F(AgentFlash, DoesNotWriteDataOfAWrongChecksum) {
  const std::string before = Hex(0x100, 4);
  bench_.Say("62 01 08 0000000000000100 0000000000000004 00000004");
  EXPECT_EQ(bench_.Say("5a 01020304 000b"), "a5");
  EXPECT_EQ(bench_.Say("a5"), "00000411");
  EXPECT_EQ(Hex(0x100, 4), before);
}

TEST_F(AgentFlash, RefusesToWriteWhereThereIsNothing) {
  EXPECT_EQ(bench_.Say("62 01 08 00000000003fffff 0000000000000002 00000004"), "a5");
  EXPECT_EQ(bench_.Say("a5"), "00000be0");
  EXPECT_EQ(bench_.Say("62 01 09 0000000000000000 0000000000000002 00000004"), "a5");
  EXPECT_EQ(bench_.Say("a5"), "000003ea");
  EXPECT_EQ(bench_.Say("62 01 08 0000000000000000 0000000000000002 00000000"), "a5");
  EXPECT_EQ(bench_.Say("a5"), "000003ea");
}

TEST_F(AgentFlash, WritesAnImageAsMDoes) {
  EXPECT_EQ(bench_.Say("61 00 08 0000000000000200 0000000000000004 08 03"), Packed("00100000 5a"));
  EXPECT_EQ(bench_.Say("5a 0a0b0c0d 002e"), "69");
  EXPECT_EQ(bench_.Say("002e"), "5a");
  EXPECT_EQ(Hex(0x200, 4), "0a0b0c0d");
}

TEST_F(AgentFlash, ErasesWithProgress) {
  EXPECT_EQ(bench_.Say("d4 02 00 00 00 0000000000001000 0000000000001002"),
            Packed("5a 5a 00000000 64"));
  EXPECT_EQ(bench_.Say("5a"), "5a5a");
  EXPECT_EQ(Hex(0x1000, 4), "00000000");
  EXPECT_EQ(Hex(0x2000, 2), "0000");
  EXPECT_EQ(Hex(0xfff, 1), protocol::ToHex(std::vector<std::uint8_t>{
                               TestFlash::Pattern(StorageArea::kEmmcUser, 0xfff)}));
  EXPECT_EQ(Hex(0x2002, 1), protocol::ToHex(std::vector<std::uint8_t>{
                                TestFlash::Pattern(StorageArea::kEmmcUser, 0x2002)}));
  EXPECT_EQ(bench_.Say("d4 02 00 00 00 0000000000400000 0000000000000001"), "a5");
}

TEST_F(AgentFlash, KeepsWhatWasWrittenOverAReboot) {
  bench_.Say("62 01 08 0000000000000000 0000000000000004 00000004 5a 41424344 010a");
  bench_.phone.PlugIn();
  bench_.StartStage2();
  EXPECT_EQ(bench_.Say("d6 0c 02 0000000000000000 0000000000000004 00100000"),
            Packed("5a 41424344 010a"));
}

}  // namespace
}  // namespace mtkrig::emulator::test
