// Whole sessions of two public clients, as the bytes that each of them writes and the reads with
// which it takes the answers. They differ in how they meet a preloader, in the order of bytes that
// cross, and in the length of their reads. M is bkerler/mtkclient, F saleemrashid's
// mediatek_flash_tool.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "emulator/emulator_transport.h"
#include "emulator/phone/checksum.h"
#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Client {
 public:
  Client(const std::shared_ptr<Profile>& profile, std::uint64_t seed)
      : line_(MakeEmulatorTransport(profile, "emulator:bench",
                                    EmulatorOptions{.resegment_seed = seed})) {}

  void Write(std::string_view hex) { WriteBytes(Bytes(hex)); }
  void WriteBytes(protocol::ByteSpan data) {
    const auto result = line_->Write(data, seconds(1));
    if (!result) ADD_FAILURE() << result.error().Describe();
  }
  std::vector<std::uint8_t> ReadBytes(std::size_t count) {
    std::vector<std::uint8_t> buffer(count);
    const auto result = line_->ReadExact(buffer, seconds(1));
    if (!result) ADD_FAILURE() << result.error().Describe();
    return buffer;
  }
  std::string Read(std::size_t count) { return protocol::ToHex(ReadBytes(count)); }
  void Expect(std::string_view hex) { EXPECT_EQ(Read(Packed(hex).size() / 2), Packed(hex)); }
  void Echo(std::string_view hex) {
    Write(hex);
    Expect(hex);
  }
  // One byte; empty after 500 ms. What else the transfer held is dropped, if `flush`.
  std::vector<std::uint8_t> ReadTransfer(std::size_t most, milliseconds timeout) {
    std::vector<std::uint8_t> buffer(most);
    const auto count = line_->ReadSome(buffer, timeout);
    buffer.resize(count.value_or(0));
    return buffer;
  }
  // Until nothing comes any more: what a client does that knows nothing of READY.
  void HandshakePatiently() {
    Write("a0");
    while (!ReadTransfer(64, milliseconds(100)).empty()) {
    }
    Echo4();
  }
  void Echo4() {
    for (const char* pair : {"a05f", "0af5", "50af", "05fa"}) {
      Write(std::string_view(pair).substr(0, 2));
      Expect(std::string_view(pair).substr(2));
    }
  }
  void SendDa(std::size_t packet) {
    Echo("d7");
    Echo("00200000");
    Echo("0000c8c0");
    Echo("00000100");
    Expect("0000");
    std::vector<std::uint8_t> image(0xc8c0);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 31);
    Xor16 checksum;
    for (std::size_t at = 0; at < image.size(); at += packet) {
      const auto part = protocol::ByteSpan(image).subspan(at, std::min(packet, image.size() - at));
      checksum.Add(part);
      WriteBytes(part);
    }
    std::vector<std::uint8_t> expected(2);
    protocol::StoreBe(std::span(expected), checksum.value());
    Expect(protocol::ToHex(expected) + "0000");
  }
  std::vector<std::uint8_t> ReadPackets(std::size_t length, std::size_t packet) {
    std::vector<std::uint8_t> all;
    while (all.size() < length) {
      const auto data = ReadBytes(std::min(packet, length - all.size()));
      all.insert(all.end(), data.begin(), data.end());
      std::vector<std::uint8_t> sum(2);
      protocol::StoreBe(std::span(sum), ByteSum(data));
      Expect(protocol::ToHex(sum));
      Write("5a");
    }
    return all;
  }
  protocol::Transport& line() { return *line_; }

 private:
  std::unique_ptr<protocol::Transport> line_;
};

// F reads up to 512 bytes and drops what is left of them when an answer is wrong.
void HandshakeAsF(Client& client) {
  const std::uint8_t start[] = {0xa0, 0x0a, 0x50, 0x05};
  for (std::size_t i = 0, tries = 0; i < 4; ++tries) {
    ASSERT_LT(tries, 100U);
    client.WriteBytes(std::span(start).subspan(i, 1));
    const auto answer = client.ReadTransfer(512, milliseconds(1000));
    ASSERT_FALSE(answer.empty());
    i = answer[0] == static_cast<std::uint8_t>(~start[i]) ? i + 1 : 0;
  }
}

// M sends one byte more, takes single bytes and drops one transfer between two attempts.
void HandshakeAsM(Client& client) {
  const std::uint8_t start[] = {0xa0, 0x0a, 0x50, 0x05};
  client.Write("a0");
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::size_t right = 0;
    for (; right < 4; ++right) {
      client.WriteBytes(std::span(start).subspan(right, 1));
      const auto answer = client.ReadTransfer(1, milliseconds(500));
      if (answer.empty() || answer[0] != static_cast<std::uint8_t>(~start[right])) break;
    }
    if (right == 4) return;
    client.ReadTransfer(512, milliseconds(50));
  }
  FAIL() << "no handshake in five attempts";
}

void StartAgentsAsF(Client& client) {
  client.Echo("fd");
  client.Expect("6580 0000");
  client.Echo("fc");
  client.Expect("8a00 ca00 0000 0000");
  client.Echo("d8");
  client.Expect("00000000 0000");
  client.Echo("d4");
  client.Echo("10007000");
  client.Echo("00000001");
  client.Expect("0000");
  client.Echo("22000064");
  client.Expect("0000");
  client.SendDa(0x400);
  client.Echo("d5");
  client.Echo("00200000");
  client.Expect("0000");
  client.Expect("c0 00000bc4 0005 0000 0000 0000 0000 0000");
  client.Expect("00000000 4d000170 3430434d e7050247 b350fcbc");
  client.Write("5a");
  client.Expect("04 02 8d");
  for (const char* field :
       {"ff", "01", "0008", "00", "7007ffff", "01", "00000000", "02", "01", "02", "00", "00000001",
        "46460000000000000000000000000000", "ff000000"}) {
    client.Write(field);
  }
  client.Expect("00000000");
  client.Write("80000000");
  client.Write("0002bca8");
  client.Write("00001000");
  client.Expect("5a");
  const std::vector<std::uint8_t> stage2(0x2bca8, 0x42);
  for (std::size_t at = 0; at < stage2.size(); at += 0x1000) {
    client.WriteBytes(
        protocol::ByteSpan(stage2).subspan(at, std::min<std::size_t>(0x1000, stage2.size() - at)));
    client.Expect("5a");
  }
  client.Expect("5a");
  client.Write("5a");
  client.ReadBytes(235);
  client.Expect("c1");
}

void ReadAsF(Client& client, const Profile& profile) {
  client.Write("72");
  client.Expect("5a 01");
  client.Write("60");
  client.Expect("5a");
  client.Write("08");
  client.Expect("5a");
  for (const char* field : {"d6", "0c", "02", "0000000000012345", "0000000000180001"}) {
    client.Write(field);
  }
  client.Expect("5a");
  client.Write("00100000");
  EXPECT_EQ(protocol::ToHex(client.ReadPackets(0x180001, 0x100000)),
            FlashOf(profile).Hex(StorageArea::kEmmcUser, 0x12345, 0x180001));
  for (const char* field : {"db", "00000000", "00", "00", "00", "01"}) client.Write(field);
  client.Expect("5a");
}

TEST(ClientF, ReadsAPreloaderPhone) {
  auto profile = TestProfile();
  Client client(profile, 0);
  HandshakeAsF(client);
  StartAgentsAsF(client);
  ReadAsF(client, *profile);
  EXPECT_TRUE(client.line().Reconnect(seconds(5)).has_value());
}

void StartAgentsAsM(Client& client) {
  client.Echo("fd");
  client.Expect("6580 0000");
  client.Echo("d4");
  client.Echo("10007000");
  client.Echo("00000001");
  client.Expect("0000");
  client.Echo("22000064");
  client.Expect("0000");
  client.Echo("d8");
  client.Expect("00000000 0000");
  client.Write("fe");
  client.Expect("01");
  client.Write("ff");
  client.Expect("ff");
  client.Echo("fc");
  client.Expect("8a00 ca00 0000 0000");
  client.Write("fe");
  client.Expect("01");
  client.SendDa(512);
  client.Echo("d5");
  client.Write("00200000");
  client.Expect("00200000 0000");
  client.Expect("c0 00000bc4 0005 0000 0000 0000 0000 0000 00000000");
  client.Expect("4d000170 3430434d e7050247 b350fcbc");
  client.Write("5a");
  client.Expect("04");
  client.Expect("02");
  client.Expect("8d");
  for (const char* field : {"ff", "01", "0008", "00", "7007ffff", "01", "00000000", "01", "01",
                            "02", "00", "00000001", "4646000000000000000000000000000000000000"}) {
    client.Write(field);
  }
  client.line().clock().SleepFor(milliseconds(350));
  client.Expect("00000000");
  client.Write("80000000");
  client.Write("00002004");
  client.Write("00001000");
  client.Expect("5a");
  const std::vector<std::uint8_t> stage2(0x2004, 0x42);
  for (std::size_t at = 0; at < stage2.size(); at += 0x1000) {
    client.WriteBytes(
        protocol::ByteSpan(stage2).subspan(at, std::min<std::size_t>(0x1000, stage2.size() - at)));
    client.Expect("5a");
  }
  client.line().clock().SleepFor(milliseconds(500));
  client.Write("5a");  // ahead of the read
  client.Expect("5a");
  client.ReadBytes(28);                                                  // NOR
  EXPECT_EQ(client.Read(17).substr(30), "0007");                         // NAND, up to the count
  client.ReadBytes(2 * 7 + 9);                                           // the rest of it
  EXPECT_EQ(client.Read(92).substr(0, 24), "000000000000000000010000");  // eMMC
  client.ReadBytes(28 + 38);                                             // SD, configuration
  client.Expect("5a 00000000 00000000 c1");
}

void ReadAsM(Client& client, const Profile& profile) {
  client.Write("72");
  client.Expect("5a");
  const std::string speed = client.Read(1);
  if (speed == "00") {
    client.Write("70");
    client.Write("01");
    client.Expect("5a");
    ASSERT_TRUE(client.line().Reconnect(seconds(5)).has_value());
    EXPECT_EQ(client.line().info().usb_id, (protocol::UsbId{0x0e8d, 0x2001}));
  }
  client.Write("72");
  client.Expect("5a 01");
  client.Write("60");
  client.Expect("5a");
  client.Write("01");
  client.Expect("5a");
  for (const char* field : {"d6", "0c", "02", "0000000000000000", "0000000000010000", "00100000"}) {
    client.Write(field);
  }
  client.Expect("5a");
  EXPECT_EQ(protocol::ToHex(client.ReadPackets(0x10000, 0x100000)),
            FlashOf(profile).Hex(StorageArea::kEmmcBoot1, 0, 0x10000));
  for (const char* field : {"d6", "0c", "02", "0000000000010000", "0000000000010000", "00100000"}) {
    client.Write(field);
  }
  client.Expect("a5");
  client.Write("a5");
  client.Expect("00000bdc");
  client.Write("d9");
  client.Expect("5a");
  client.Write("00000000");
  client.Expect("5a");
}

TEST(ClientM, ReadsAPreloaderPhone) {
  auto profile = TestProfile();
  Client client(profile, 0);
  HandshakeAsM(client);
  StartAgentsAsM(client);
  ReadAsM(client, *profile);
}

TEST(ClientM, ChangesASlowPhoneToHighSpeed) {
  auto profile = TestProfile();
  profile->preloader_usb.high_speed = false;
  Client client(profile, 0);
  HandshakeAsM(client);
  StartAgentsAsM(client);
  ReadAsM(client, *profile);
}

TEST(ClientM, MeetsAPhoneThatHasBeenPluggedInForAWhile) {
  Client client(TestProfile(), 0);
  client.line().clock().SleepFor(milliseconds(1234));
  HandshakeAsM(client);
  StartAgentsAsM(client);
}

class Resegmented : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Resegmented, SessionOfFIsTheSame) {
  SCOPED_TRACE(GetParam());
  auto profile = TestProfile();
  Client client(profile, GetParam());
  client.HandshakePatiently();
  StartAgentsAsF(client);
  ReadAsF(client, *profile);
}

TEST_P(Resegmented, SessionOfMIsTheSame) {
  SCOPED_TRACE(GetParam());
  auto profile = TestProfile();
  profile->preloader_usb.high_speed = GetParam() % 2 == 0;
  Client client(profile, GetParam());
  client.HandshakePatiently();
  StartAgentsAsM(client);
  ReadAsM(client, *profile);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Resegmented, ::testing::Range<std::uint64_t>(1, 25));

// S, against a real MT6589's boot ROM: identification, power controller, watchdog, EMI, agent.
TEST(ClientS, ReplaysASessionWithABootRom) {
  auto profile = TestProfile();
  profile->mode = BootMode::kBrom;
  profile->hw_code = 0x6583;
  profile->hw_version = 0xca01;
  profile->sw_version = 0x0001;
  profile->registers = {{.address = 0x10000004, .value = 0xffe0},
                        {.address = 0x10000010, .value = 0x0fff}};
  profile->power_registers = {{.address = 0x0e, .value = 0x1001}};
  profile->watchdog = {.mode_register = 0x10000000, .period_ms = 10000};
  Client client(profile, 0);
  client.Echo4();
  client.Echo("fd");
  client.Expect("6583 0000");
  client.Echo("db");
  client.Expect("0000");
  client.Echo("c4");
  client.Echo("80000000");
  client.Echo("00000000");
  client.Expect("0000");
  client.Echo("c6");
  client.Echo("000e");
  client.Expect("0000 0000 1001");
  client.Echo("c5");
  client.Expect("0000");
  client.Echo("d4");
  client.Echo("10000000");
  client.Echo("00000001");
  client.Expect("0000");
  client.Echo("22002224");
  client.Expect("0000");
  for (const char* line :
       {"10000000 00000024", "10000004 0000ffe0", "10000008 00000000", "10000010 00000fff"}) {
    client.Echo("d1");
    client.Echo(std::string_view(line).substr(0, 8));
    client.Echo("00000001");
    client.Expect("0000");
    client.Expect(std::string_view(line).substr(9));
    client.Expect("0000");
  }
  client.SendDa(0x400);
  client.Echo("d5");
  client.Echo("00200000");
  client.Expect("0000");
  client.Expect("c0");
  client.Expect("00000bc4");
  client.Expect("0005");
  client.Expect("00000000000000000000");
  client.Expect("00000000");
  client.Expect("4d0001703430434de7050247b350fcbc");
}

}  // namespace
}  // namespace mtkrig::emulator::test
