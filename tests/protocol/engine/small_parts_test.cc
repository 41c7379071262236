// Checksums, status words, chips and phase names.

#include <gmock/gmock.h>

#include <numeric>

#include "protocol/engine/brom_status.h"
#include "protocol/engine/checksum.h"
#include "protocol/engine/chips.h"
#include "protocol/engine/observer.h"
#include "tests/protocol/engine/scripted_transport.h"

namespace mtkrig::protocol {
namespace {

TEST(ByteSum16, AddsBytesModulo65536) {
  EXPECT_EQ(ByteSum16({}), 0);
  EXPECT_EQ(ByteSum16(Hex("01 02 ff")), 0x0102);
  EXPECT_EQ(ByteSum16(Repeat(0xff, 0x102)), (0xff * 0x102) & 0xffff);
  // The lanes of a round are as full as they get.
  EXPECT_EQ(ByteSum16OfWords(Repeat(0xff, 0x1234)), (0xff * 0x1234) & 0xffff);
}

TEST(ByteSum16, AgreesWithTheLoopForEveryLengthAndAlignment) {
  std::vector<std::uint8_t> data(600);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 167 + 13);
  for (std::size_t from = 0; from < 20; ++from) {
    for (std::size_t length = 0; from + length <= data.size(); ++length) {
      const ByteSpan part = ByteSpan(data).subspan(from, length);
      const unsigned sum = std::accumulate(part.begin(), part.end(), 0U);
      ASSERT_EQ(ByteSum16(part), sum & 0xffff) << from << "+" << length;
      ASSERT_EQ(ByteSum16OfWords(part), sum & 0xffff) << from << "+" << length;
    }
  }
}

TEST(WordXor16, TakesLittleEndianWordsAndPadsAnOddTail) {
  EXPECT_EQ(WordXor16(Hex("01 02 03 04")), 0x0602);
  EXPECT_EQ(WordXor16(Hex("01 02 03")), 0x0202);
  EXPECT_EQ(WordXor16(Hex("00 00 00 00 00 00 00 00 34 12 ff")), 0x12cb);
}

TEST(WordXor16, AgreesWithTheLoopForEveryLength) {
  std::vector<std::uint8_t> data(100);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 91 + 5);
  for (std::size_t length = 0; length <= data.size(); ++length) {
    unsigned expected = 0;
    for (std::size_t i = 0; i < length; ++i) {
      expected ^= static_cast<unsigned>(data[i]) << (i % 2 * 8);
    }
    ASSERT_EQ(WordXor16(ByteSpan(data).first(length)), expected) << length;
  }
}

TEST(BromStatus, SucceedsUpTo00ff) {
  EXPECT_TRUE(IsBromSuccess(0x0000));
  EXPECT_TRUE(IsBromSuccess(0x0001));
  EXPECT_TRUE(IsBromSuccess(0x00ff));
  EXPECT_FALSE(IsBromSuccess(0x0100));
}

TEST(BromStatus, NamesWhatThePhoneWants) {
  for (const auto status : {std::uint16_t{0x1d0d}, std::uint16_t{0x1d15}, std::uint16_t{0x7015},
                            std::uint16_t{0x7017}}) {
    const Error error = BromStatusError(status, "SEND_DA");
    EXPECT_EQ(error.code(), ErrorCode::kSecured) << status;
    EXPECT_EQ(error.device_status(), status);
    EXPECT_FALSE(error.hint().empty());
  }
  const Error error = BromStatusError(0x1d0e, "SEND_DA");
  EXPECT_EQ(error.code(), ErrorCode::kDeviceRefused);
  EXPECT_THAT(error.Describe(), testing::HasSubstr("DA_OVERLAP"));
  EXPECT_EQ(DescribeBromStatus(0x4242).name, "UNKNOWN");
}

TEST(Chips, AreFoundByHwCode) {
  ASSERT_NE(FindChip(0x6575), nullptr);
  EXPECT_EQ(FindChip(0x6575)->watchdog, (RegisterWrite{0xc0000000, RegisterWidth::k16, 0x2264}));
  EXPECT_EQ(FindChip(0x0321)->archive_hw_code, 0x6735);
  EXPECT_EQ(FindChip(0x0766)->protocol, AgentProtocol::kXflash);
  EXPECT_EQ(FindChip(0x1129)->protocol, AgentProtocol::kXml);
  EXPECT_EQ(FindChip(0x1234), nullptr);
}

TEST(Chips, OfTheLegacyFamilyHaveAllThatIsNeeded) {
  for (const Chip& chip : AllChips()) {
    if (chip.protocol != AgentProtocol::kLegacy) continue;
    EXPECT_NE(chip.watchdog.address, 0U) << chip.name;
    EXPECT_NE(chip.stage1_window.size, 0U) << chip.name;
    EXPECT_NE(chip.stage2_window.size, 0U) << chip.name;
    EXPECT_FALSE(chip.stage1_window.Contains(chip.watchdog.address, 4)) << chip.name;
    EXPECT_FALSE(chip.stage2_window.Contains(chip.watchdog.address, 4)) << chip.name;
  }
}

TEST(Chips, HoldTheLoadAddressesOfPublicArchives) {
  struct Load {
    std::uint16_t hw_code;
    std::uint32_t stage1, length1, stage2, length2;
  };
  for (const Load& load : {
           Load{0x6573, 0x90005000, 0x1618c, 0xf1000000, 0x1650},
           Load{0x6575, 0xc2000000, 0x21760, 0xc2038000, 0x17d8},
           Load{0x6577, 0xc2000000, 0x21760, 0xc2038000, 0x17d8},
           Load{0x6571, 0x02008000, 0xea70, 0x80000000, 0x34ff0},
           Load{0x6572, 0x02007000, 0xe9d4, 0x80000000, 0x27130},
           Load{0x6583, 0x12000000, 0x22384, 0x82038000, 0x38c0},
           Load{0x8135, 0x12000000, 0x22384, 0x82038000, 0x38c0},
           Load{0x6580, 0x00200000, 0xc8c0, 0x80000000, 0x2bca8},
           Load{0x6582, 0x00200000, 0xcbe4, 0x80000000, 0x27eec},
           Load{0x8127, 0x00200000, 0xe020, 0x80000000, 0x2df08},
           Load{0x6592, 0x00110000, 0x12468, 0x80000000, 0x29ca4},
           Load{0x6595, 0x00110000, 0x1a308, 0x40000000, 0x38af8},
           Load{0x6795, 0x00110000, 0x1a308, 0x40000000, 0x38af8},
           Load{0x6752, 0x00110000, 0x15a30, 0x40000000, 0x36a70},
           Load{0x0321, 0x00200000, 0x11ac0, 0x40000000, 0x2fc90},
       }) {
    const Chip* chip = FindChip(load.hw_code);
    ASSERT_NE(chip, nullptr) << load.hw_code;
    EXPECT_TRUE(chip->stage1_window.Contains(load.stage1, load.length1)) << chip->name;
    EXPECT_TRUE(chip->stage2_window.Contains(load.stage2, load.length2)) << chip->name;
  }
}

TEST(AddressWindow, DoesNotWrapAround) {
  constexpr AddressWindow kWindow = {0x1000, 0x100};
  EXPECT_TRUE(kWindow.Contains(0x1000, 0x100));
  EXPECT_FALSE(kWindow.Contains(0x1000, 0x101));
  EXPECT_FALSE(kWindow.Contains(0x0fff, 1));
  EXPECT_FALSE(kWindow.Contains(0x10ff, 0xffffffff));
}

TEST(Phases, HaveNames) {
  EXPECT_EQ(PhaseName(Phase::kHandshake), "handshake");
  EXPECT_EQ(PhaseName(Phase::kSendAgent), "send DA");
  EXPECT_EQ(PhaseName(Phase::kFinish), "finish");
}

}  // namespace
}  // namespace mtkrig::protocol
