#include "emulator/phone/agent.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

class Stage2 : public ::testing::Test {
 protected:
  Stage2() { bench_.StartStage2(); }
  std::shared_ptr<Profile> profile_ = TestProfile();
  Bench bench_{profile_};
};

std::string ReportOf(const std::shared_ptr<Profile>& profile) {
  Bench bench(profile);
  bench.StartAgent();
  bench.SayBytes(std::vector<std::uint8_t>(18 + profile->stage2.extra_bytes));
  bench.Say("80000000 00000004 00001000 00000000");
  return bench.Say("5a");
}

TEST(Report, IsExactToTheByte) {
  const std::string report = ReportOf(TestProfile());
  EXPECT_EQ(report, Packed(
                        // NOR
                        "00000bc4 0000 0000 00000000 0000000000000000 00000000 00000000"
                        // NAND
                        "00000bc4 00 0000 0000000000000000 0007 0000000000000000000000000000"
                        "0000 0000 0000 00 00 00"
                        // eMMC
                        "00000000 0000000000010000 0000000000010000 0000000000002000"
                        "0000000000000000 0000000000000000 0000000000000000 0000000000000000"
                        "0000000000400000 4d0001703430434de7050247b350fcbc 0000000000000000"
                        // SD
                        "00000bc4 0000000000000000 00000000000000000000000000000000"
                        // configuration
                        "00000000 00020000 00000000 02 00 0000000020000000"
                        "00112233445566778899aabbccddeeff"
                        // pass info
                        "5a 00000000 00000000 c1"));
  EXPECT_EQ(report.size(), 2 * (235 + 1U));  // as long as F expects of an MT6580
}

TEST(Report, HasAnotherWordBeforeThePassInfoWhereTheChipDoes) {
  auto profile = TestProfile();
  profile->report.extra_word_before_pass_info = true;
  const std::string report = ReportOf(profile);
  EXPECT_EQ(report.size(), 2 * 240U);
  EXPECT_EQ(report.substr(report.size() - 28),
            "00000000"
            "5a0000000000000000c1");
}

TEST(Report, DescribesNandWithAShortSizeWhereTheChipDoes) {
  auto profile = TestProfile();
  auto flash = std::make_shared<TestFlash>();
  flash->sizes = {{StorageArea::kNand, 0x20000000}};
  profile->flash = flash;
  profile->emmc_cid.clear();
  profile->nand_ids = {0x00ad, 0x00bc};
  profile->nand_page_size = 2048;
  profile->nand_spare_size = 64;
  profile->nand_pages_per_block = 64;
  profile->report = {.nand_id_count = 2, .nand_size_is_32_bit = true};
  EXPECT_EQ(ReportOf(profile).substr(2 * 28, 2 * 26),
            Packed("00000000 00 00ad 20000000 0002 00ad 00bc 0800 0040 0040 00 05 00"));
}

TEST_F(Stage2, TellsItsUsbSpeedInTwoTransfers) {
  bench_.phone.HostWrote(Bytes("72"));
  EXPECT_THAT(bench_.Transfers(), ElementsAre("5a", "01"));
}

TEST(UsbSpeed, ChangesByLeavingTheBus) {
  auto profile = TestProfile();
  profile->preloader_usb.high_speed = false;
  Bench bench(profile);
  bench.StartStage2();
  EXPECT_EQ(bench.Say("72"), "5a00");
  EXPECT_EQ(bench.phone.usb()->product_id, 0x2000);
  EXPECT_EQ(bench.Say("70 02"), "a5");
  EXPECT_EQ(bench.Say("70 01"), "5a");
  EXPECT_NE(bench.phone.usb(), nullptr);  // the acknowledgement reaches the host
  bench.Pass(milliseconds(100));
  EXPECT_EQ(bench.phone.usb(), nullptr);
  EXPECT_FALSE(bench.phone.gone());
  EXPECT_EQ(bench.phone.HostWrote(Bytes("72")), 0U);
  const std::uint64_t before = bench.phone.enumeration();
  bench.Pass(milliseconds(400));
  ASSERT_NE(bench.phone.usb(), nullptr);
  EXPECT_EQ(bench.phone.enumeration(), before + 1);
  EXPECT_EQ(bench.phone.usb()->product_id, 0x2001);
  EXPECT_EQ(bench.Say("72"), "5a01");
}

TEST_F(Stage2, SwitchesToPartsThatThereAre) {
  EXPECT_EQ(bench_.Say("60"), "5a");
  EXPECT_EQ(bench_.Say("01"), "5a");
  EXPECT_EQ(bench_.Say("60 08"), "5a5a");
  EXPECT_EQ(bench_.Say("60 04"), "5aa5");  // no general-purpose area in this card
  EXPECT_EQ(bench_.Say("60 00"), "5aa5");
  EXPECT_EQ(bench_.Say("60 09"), "5aa5");
}

TEST_F(Stage2, AccessesRegisters) {
  EXPECT_EQ(bench_.Say("7a 10009040"), Packed("12345678 5a"));
  EXPECT_EQ(bench_.Say("7b 10009040 00000001"), "5a");
  EXPECT_EQ(bench_.Say("7a 10009040"), Packed("00000001 5a"));
  EXPECT_EQ(bench_.Say("7a 80000000"), Packed("00000000 a5"));
  EXPECT_EQ(bench_.Say("7b 10009041 00000001"), "a5");
}

TEST_F(Stage2, AnswersWhatItDoesNotKnow) {
  EXPECT_EQ(bench_.Say("00"), "bb");
  EXPECT_EQ(bench_.Say("d0"), "bb");
  EXPECT_EQ(bench_.Say("e0 00000000"), "bbbbbbbbbb");
  EXPECT_EQ(bench_.Say("72"), "5a01");
}

TEST_F(Stage2, HasNoPmtUnlessItsProfileDoes) {
  EXPECT_EQ(bench_.Say("a5"), "a5");
}

TEST(Pmt, ComesInTheLayoutOfTheProfile) {
  const std::string name = "424f4f54494d47" + std::string(2 * 57, '0');
  const struct {
    PmtFormat format;
    const char* length;
    const char* fields;
  } cases[] = {
      {PmtFormat::k32Bit, "0000004c", "00006000 0080f800 03000000"},
      {PmtFormat::k64Bit, "00000058", "0000600000000000 0080f80000000000 0300000000000000"},
      {PmtFormat::k64BitWithPart, "00000060",
       "0000600000000000 0800000000000000 0080f80000000000 0300000000000000"},
  };
  for (const auto& each : cases) {
    auto profile = TestProfile();
    profile->pmt_format = each.format;
    profile->pmt = {
        {.name = "BOOTIMG", .size = 0x600000, .part_id = 8, .offset = 0xf88000, .mask_flags = 3}};
    Bench bench(profile);
    bench.StartStage2();
    EXPECT_EQ(bench.Say("a5"), std::string("5a") + each.length);
    EXPECT_EQ(bench.Say("5a"), name + Packed(each.fields));
    EXPECT_EQ(bench.Say("5a 72"), "5a01");
    EXPECT_EQ(bench.Say("a5 a5 72"), std::string("5a") + each.length + "5a01");
  }
}

TEST_F(Stage2, FinishLeavesTheBusForGood) {
  EXPECT_EQ(bench_.Say("d9"), "5a");
  EXPECT_EQ(bench_.Say("00000000"), "5a");
  EXPECT_NE(bench_.phone.usb(), nullptr);
  bench_.Pass(milliseconds(50));
  EXPECT_TRUE(bench_.phone.gone());
  bench_.Pass(seconds(1000));
  EXPECT_TRUE(bench_.phone.gone());
}

TEST_F(Stage2, TheWatchdogBootsThePhone) {
  EXPECT_EQ(bench_.Say("db 000003e8 00 00 00 01"), "5a");
  EXPECT_EQ(bench_.Say("72"), "5a01");
  bench_.Pass(milliseconds(999));
  EXPECT_NE(bench_.phone.usb(), nullptr);
  bench_.Pass(milliseconds(1));
  EXPECT_EQ(bench_.phone.usb(), nullptr);
  bench_.Pass(milliseconds(500));
  ASSERT_NE(bench_.phone.usb(), nullptr);
  EXPECT_EQ(bench_.phone.usb()->product_id, 0x2000);
  EXPECT_EQ(bench_.Output(), "5245414459");
  bench_.Pass(seconds(3));
  EXPECT_TRUE(bench_.phone.gone());
}

}  // namespace
}  // namespace mtkrig::emulator::test
