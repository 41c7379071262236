#include "emulator/phone/download_mode.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<Profile> BromProfile() {
  auto profile = TestProfile();
  profile->mode = BootMode::kBrom;
  return profile;
}

class Preloader : public ::testing::Test {
 protected:
  Preloader() { bench_.Handshake(); }
  std::shared_ptr<Profile> profile_ = TestProfile();
  Bench bench_{profile_};
};

class Brom : public ::testing::Test {
 protected:
  Brom() { bench_.Handshake(); }
  std::shared_ptr<Profile> profile_ = BromProfile();
  Bench bench_{profile_};
};

TEST_F(Preloader, Identifies) {
  EXPECT_EQ(bench_.Say("fd"), "fd65800000");
  EXPECT_EQ(bench_.Say("fc"), "fc8a00ca0000000000");
  EXPECT_EQ(bench_.Say("d8"), "d8000000000000");
  EXPECT_EQ(bench_.Say("e1"), "e10000001000112233445566778899aabbccddeeff0000");
  EXPECT_EQ(bench_.Say("db"), "db0000");
}

TEST_F(Preloader, AnswersItsVersionInsteadOfAnEcho) {
  EXPECT_EQ(bench_.Say("fe"), "01");
  EXPECT_EQ(bench_.Say("ff"), "ff");
}

TEST_F(Brom, AnswersItsVersionInsteadOfAnEcho) {
  EXPECT_EQ(bench_.Say("ff"), "05");
  EXPECT_EQ(bench_.Say("fe"), "fe");
}

// As cyrozap's scripts and M read and write a word by DMA: source, destination, length, start, wait
// until the start bit is clear. Without that they wait for ever.
TEST(DmaEngine, CopiesAmongRegisters) {
  auto profile = BromProfile();
  profile->dma_engine = 0x1020ac00;
  Bench bench(profile);
  bench.Handshake();
  const auto write = [&](const std::string& address, const std::string& value) {
    EXPECT_EQ(bench.Say("d4" + address + "00000001" + value),
              "d4" + address + "000000010000" + value + "0000");
  };
  const auto read = [&](const std::string& address) {
    return bench.Say("d1" + address + "00000001").substr(22, 8);
  };
  write("10009000", "12345678");
  write("1020ac1c", "10009000");
  write("1020ac20", "110001a0");
  write("1020ac24", "00000004");
  write("1020ac08", "00000001");
  EXPECT_EQ(read("1020ac08"), "00000000");
  EXPECT_EQ(read("110001a0"), "12345678");
  // The boot ROM's own memory is not there to be read, nor to be changed.
  write("1020ac1c", "00000000");
  write("1020ac08", "00000001");
  EXPECT_EQ(read("110001a0"), "00000000");
  write("1020ac1c", "10009000");
  write("1020ac20", "00102760");
  write("1020ac08", "00000001");
  EXPECT_EQ(bench.Say("d1 00102760 00000001"), "d100102760000000011d02");
}

TEST_F(Preloader, SendsEachFieldAsATransferOfItsOwn) {
  bench_.phone.HostWrote(Bytes("fc"));
  EXPECT_THAT(bench_.Transfers(), ElementsAre("fc", "8a00", "ca00", "0000", "0000"));
}

TEST_F(Preloader, EchoesWhatItDoesNotKnow) {
  EXPECT_EQ(bench_.Say("e7"), "e7");  // no SoC id in this profile
  EXPECT_EQ(bench_.Say("fb"), "fb");
  EXPECT_EQ(bench_.Say("e2"), "e2");
  EXPECT_EQ(bench_.Say("42"), "42");
  EXPECT_EQ(bench_.Say("fd"), "fd65800000");
}

TEST(DownloadMode, AnswersTheOptionalCommandsThatAProfileNames) {
  auto profile = TestProfile();
  profile->soc_id = Bytes("0102030405060708");
  profile->preloader_capability = {1, 2};
  profile->has_hw_sw_version = false;
  Bench bench(profile);
  bench.Handshake();
  EXPECT_EQ(bench.Say("e7"), Packed("e7 00000008 0102030405060708 0000"));
  EXPECT_EQ(bench.Say("fb"), Packed("fb 00000001 00000002"));
  EXPECT_EQ(bench.Say("fc"), "fc");
}

// --- Registers ---------------------------------------------------------------------------------

TEST_F(Preloader, ReadsRegisters) {
  EXPECT_EQ(bench_.Say("d1 10009040 00000002"),
            Packed("d1 10009040 00000002 0000 12345678 00000000 0000"));
  EXPECT_EQ(bench_.Say("d0 10009040 00000002"), Packed("d0 10009040 00000002 0000 5678 1234 0000"));
  EXPECT_EQ(bench_.Say("a2 10009042 00000001"), Packed("a2 10009042 00000001 1234"));
}

TEST_F(Preloader, KeepsWhatIsWritten) {
  EXPECT_EQ(bench_.Say("d4 10007000 00000001 22000064"),
            Packed("d4 10007000 00000001 0000 22000064 0000"));
  EXPECT_EQ(bench_.Say("d1 10007000 00000001"), Packed("d1 10007000 00000001 0000 22000064 0000"));
  EXPECT_EQ(bench_.Say("d2 10007002 00000002 beef cafe"),
            Packed("d2 10007002 00000002 0000 beef cafe 0000"));
  EXPECT_EQ(bench_.Say("d1 10007000 00000002"),
            Packed("d1 10007000 00000002 0000 beef0064 0000cafe 0000"));
  EXPECT_EQ(bench_.Say("d3 10007000 00000001 1111"), Packed("d3 10007000 00000001 0000 0000"));
  EXPECT_EQ(bench_.Say("a1 10007000 00000001 2222"), Packed("a1 10007000 00000001 0000 2222 0000"));
}

TEST_F(Preloader, RefusesRegistersWithOneStatusAndNoData) {
  EXPECT_EQ(bench_.Say("d1 10007002 00000001"), Packed("d1 10007002 00000001 ffff"));
  EXPECT_EQ(bench_.Say("d0 10007001 00000001"), Packed("d0 10007001 00000001 ffff"));
  EXPECT_EQ(bench_.Say("d1 10007000 00000000"), Packed("d1 10007000 00000000 fffe"));
  EXPECT_EQ(bench_.Say("d1 10007000 ffffffff"), Packed("d1 10007000 ffffffff fffd"));
  EXPECT_EQ(bench_.Say("d1 00200000 00000001"), Packed("d1 00200000 00000001 1000"));
  EXPECT_EQ(bench_.Say("d1 1ffffffc 00000002"), Packed("d1 1ffffffc 00000002 1000"));
  EXPECT_EQ(bench_.Say("d4 80000000 00000001"), Packed("d4 80000000 00000001 1001"));
  EXPECT_EQ(bench_.Say("a2 00000000 00000001"), Packed("a2 00000000 00000001"));
}

TEST_F(Brom, RefusesRegistersWithItsOwnStatus) {
  EXPECT_EQ(bench_.Say("d1 10007002 00000001"), Packed("d1 10007002 00000001 1d11"));
  EXPECT_EQ(bench_.Say("d1 10007000 00000000"), Packed("d1 10007000 00000000 1d13"));
  EXPECT_EQ(bench_.Say("d1 10007000 ffffffff"), Packed("d1 10007000 ffffffff 1d12"));
  EXPECT_EQ(bench_.Say("d1 00200000 00000001"), Packed("d1 00200000 00000001 1d02"));
}

TEST_F(Brom, KnowsTheOldestCommandsWithoutStatus) {
  EXPECT_EQ(bench_.Say("a1 10007000 00000001 2200"), Packed("a1 10007000 00000001 2200"));
  EXPECT_EQ(bench_.Say("ae 10007004 00000001 01020304"), Packed("ae 10007004 00000001 01020304"));
  EXPECT_EQ(bench_.Say("af 10007000 00000002"), Packed("af 10007000 00000002 00002200 01020304"));
}

TEST(DownloadMode, AnswersAWriteInBromWithTheStatusOfTheChip) {
  auto profile = BromProfile();
  profile->write_status = 1;
  Bench bench(profile);
  bench.Handshake();
  EXPECT_EQ(bench.Say("d4 10007000 00000001 22000064"),
            Packed("d4 10007000 00000001 0001 22000064 0001"));
  EXPECT_EQ(bench.Say("d1 10007000 00000001"), Packed("d1 10007000 00000001 0000 22000064 0000"));
}

TEST_F(Brom, ReachesThePowerController) {
  EXPECT_EQ(bench_.Say("c4 80000000 00000000"), Packed("c4 80000000 00000000 0000"));
  EXPECT_EQ(bench_.Say("c6 000e"), Packed("c6 000e 0000 0000 0000"));
  EXPECT_EQ(bench_.Say("c7 000e 1001"), Packed("c7 000e 1001 0000 0000"));
  EXPECT_EQ(bench_.Say("c6 000e"), Packed("c6 000e 0000 0000 1001"));
  EXPECT_EQ(bench_.Say("c5"), Packed("c5 0000"));
}

// --- SEND_DA and JUMP_DA -----------------------------------------------------------------------

TEST_F(Preloader, TakesAnAgentAndAnswersItsChecksum) {
  EXPECT_EQ(bench_.Say("d7 00200000 00000005 00000000"),
            Packed("d7 00200000 00000005 00000000 0000"));
  // 0201 ^ 0403 ^ 0005, each word little-endian.
  EXPECT_EQ(bench_.Say("01 02 03 04"), "");
  EXPECT_EQ(bench_.Say("05"), Packed("0607 0000"));
}

TEST_F(Preloader, ChecksumDoesNotDependOnHowTheDataArrives) {
  std::vector<std::uint8_t> data(4099);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * i + 3 * i);
  std::uint16_t expected = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    expected = static_cast<std::uint16_t>(expected ^ (data[i] << (8 * (i % 2))));
  }
  std::vector<std::uint8_t> reply(2);
  protocol::StoreBe<std::uint16_t>(reply, expected);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{512}, data.size()}) {
    Bench bench(profile_);
    bench.Handshake();
    bench.Say("d7 00200000 00001003 00000000");
    std::string answer;
    for (std::size_t at = 0; at < data.size(); at += piece) {
      answer +=
          bench.SayBytes(protocol::ByteSpan(data).subspan(at, std::min(piece, data.size() - at)));
    }
    EXPECT_EQ(answer, protocol::ToHex(reply) + "0000") << "in pieces of " << piece;
  }
}

struct RefusedUpload {
  const char* what;
  const char* arguments;
  const char* status;
};
class RefusesUpload : public ::testing::TestWithParam<RefusedUpload> {};

TEST_P(RefusesUpload, WithItsStatusAndTakesTheNextCommand) {
  Bench bench(BromProfile());
  bench.Handshake();
  const std::string arguments = Packed(GetParam().arguments);
  EXPECT_EQ(bench.Say("d7" + arguments), "d7" + arguments + GetParam().status) << GetParam().what;
  EXPECT_EQ(bench.Say("fd"), "fd65800000");
}

INSTANTIATE_TEST_SUITE_P(
    Statuses, RefusesUpload,
    ::testing::Values(RefusedUpload{"above", "80000000 00000010 00000000", "1d00"},
                      RefusedUpload{"below", "00100000 00000010 00000000", "1d02"},
                      RefusedUpload{"odd", "00200001 00000010 00000000", "1d11"},
                      RefusedUpload{"does not fit", "0021fff0 00000011 00000000", "1d12"},
                      RefusedUpload{"wraps", "00200000 ffffffff 00000000", "1d12"},
                      RefusedUpload{"empty", "00200000 00000000 00000000", "1d13"},
                      RefusedUpload{"signature", "00200000 00000010 00000011", "1d14"}));

TEST_F(Brom, RefusesOverlapAndTooManyBlocks) {
  const std::string block = "00000004 00000000";
  for (const char* address : {"00200000", "00200004", "00200008", "0020000c"}) {
    EXPECT_EQ(bench_.Say("d7" + std::string(address) + block),
              Packed("d7" + std::string(address) + block + "0000"));
    EXPECT_EQ(bench_.Say("00000000"), "00000000");
  }
  EXPECT_EQ(bench_.Say("d7 00200002" + block), Packed("d7 00200002" + block + "1d0e"));
  EXPECT_EQ(bench_.Say("d7 00200010" + block), Packed("d7 00200010" + block + "1d10"));
}

TEST_F(Brom, JumpsOnlyToWhatWasLoaded) {
  EXPECT_EQ(bench_.Say("d5 00200000"), Packed("d5 00200000 1d16"));
  bench_.Say("d7 00200000 00000010 00000000");
  bench_.SayBytes(std::vector<std::uint8_t>(16));
  EXPECT_EQ(bench_.Say("d5 00200010"), Packed("d5 00200010 1d0f"));
  EXPECT_EQ(bench_.Say("d5 00200001"), Packed("d5 00200001 1d0f"));
  EXPECT_EQ(bench_.Say("d5 00200000").substr(0, 16), Packed("d5 00200000 0000 c0"));
}

TEST_F(Brom, Jumps64) {
  bench_.Say("d7 00200000 00000010 00000000");
  bench_.SayBytes(std::vector<std::uint8_t>(16));
  EXPECT_EQ(bench_.Say("de 00200000 01").substr(0, 18), Packed("de 00200000 01 0000 c0"));
}

// --- Security ----------------------------------------------------------------------------------

TEST(SecuredPhone, WithSlaRefusesEverythingButIdentification) {
  auto profile = BromProfile();
  profile->security.target_config = 0x7;
  Bench bench(profile);
  bench.Handshake();
  EXPECT_EQ(bench.Say("d8"), Packed("d8 00000007 0000"));
  EXPECT_EQ(bench.Say("d1 10007000 00000001"), Packed("d1 10007000 00000001 1d0d"));
  EXPECT_EQ(bench.Say("d4 10007000 00000001"), Packed("d4 10007000 00000001 1d0d"));
  EXPECT_EQ(bench.Say("d7 00200000 00000010 00000000"),
            Packed("d7 00200000 00000010 00000000 1d0d"));
  EXPECT_EQ(bench.Say("d5 00200000"), Packed("d5 00200000 1d0d"));
}

TEST(SecuredPhone, GivesAChallengeThatNoAnswerSatisfies) {
  auto profile = BromProfile();
  profile->security.target_config = 0x2;
  Bench bench(profile);
  bench.Handshake();
  const std::string challenge = bench.Say("e3");
  EXPECT_EQ(challenge.substr(0, 14), Packed("e3 0000 00000010"));
  EXPECT_EQ(challenge.size(), 2 * (1 + 2 + 4 + 16U));
  EXPECT_EQ(bench.Say("80000000"), Packed("00000080 0000"));  // little-endian, as M sends it
  EXPECT_EQ(bench.SayBytes(std::vector<std::uint8_t>(128)), "00001d0d");
  EXPECT_EQ(bench.Say("d5 00200000"), Packed("d5 00200000 1d0d"));
}

TEST(SecuredPhone, WithDaaWantsASignatureOfItsVendor) {
  auto profile = BromProfile();
  profile->security.target_config = 0x4;
  profile->security.accepted_signature_prefix = Bytes("c0ffee");
  Bench bench(profile);
  bench.Handshake();
  EXPECT_EQ(bench.Say("d7 00200000 00000008 00000000"),
            Packed("d7 00200000 00000008 00000000 1d15"));
  EXPECT_EQ(bench.Say("d7 00200000 00000008 00000004"),
            Packed("d7 00200000 00000008 00000004 0000"));
  EXPECT_EQ(bench.Say("00000000 c0ffed00"), "ff2d7015");
  EXPECT_EQ(bench.Say("d5 00200000"), Packed("d5 00200000 1d16"));
  bench.Say("d7 00200000 00000008 00000002");
  EXPECT_EQ(bench.Say("00000000 0000c0ff"), "ffc07017");
  bench.Say("d7 00200000 00000008 00000004");
  // The signature arrives in two pieces.
  EXPECT_EQ(bench.Say("00000000 c0"), "");
  EXPECT_EQ(bench.Say("ffee00"), "ff2e0000");
}

TEST(SecuredPhone, APreloaderResetsAfterAWrongSignature) {
  auto profile = TestProfile();
  profile->security.target_config = 0x4;
  Bench bench(profile);
  bench.Handshake();
  bench.Say("d7 00200000 00000004 00000004");
  EXPECT_EQ(bench.Say("00000000"), "00007024");
  const std::uint64_t before = bench.phone.enumeration();
  bench.Pass(std::chrono::seconds(1));
  EXPECT_EQ(bench.phone.enumeration(), before + 1);
}

// As a chip's capture shows it (traces/corpus/handwritten/spft-mt6577-clock.wire).
TEST(Registers, TheClockKeepsNoKey) {
  auto profile = BromProfile();
  profile->registers.push_back({0xc1003000, 0x0008});
  profile->peripheral_space.push_back({0xc0000000, 0xc1ffffff});
  Bench bench(profile);
  bench.Handshake();
  bench.Say("d2 c1003000 00000001 430e");
  EXPECT_EQ(bench.Say("d0 c1003000 00000001"), Packed("d0 c1003000 00000001 0000 000e 0000"));
  bench.Say("d2 c1003000 00000001 0001");
  EXPECT_EQ(bench.Say("d0 c1003000 00000001"), Packed("d0 c1003000 00000001 0000 000e 0000"));
}

TEST_F(Brom, SaysThatNoAuthenticationIsNeeded) {
  EXPECT_EQ(bench_.Say("e2 00000010"), Packed("e2 00000010 1d0c"));
  EXPECT_EQ(bench_.Say("e0 00000010"), Packed("e0 00000010 1d0c"));
  EXPECT_EQ(bench_.Say("e3"), Packed("e3 7017"));
}

TEST(SecuredPhone, TakesAnAuthenticationFileAndRejectsIt) {
  auto profile = BromProfile();
  profile->security.target_config = 0x4;
  Bench bench(profile);
  bench.Handshake();
  EXPECT_EQ(bench.Say("e2 00000004"), Packed("e2 00000004 0000"));
  EXPECT_EQ(bench.Say("01020304"), "06027017");
  EXPECT_EQ(bench.Say("e2 00000000"), Packed("e2 00000000 1d13"));
  EXPECT_EQ(bench.Say("e2 7fffffff"), Packed("e2 7fffffff 1d12"));
}

}  // namespace
}  // namespace mtkrig::emulator::test
