// The xflash agent's packets as steps.

#include <gmock/gmock.h>

#include "modern_testing.h"
#include "protocol/base/bytes.h"

namespace mtkrig::traces {
namespace {

using testing::ElementsAre;

constexpr Direction kHost = Direction::kToPhone;
constexpr Direction kPhone = Direction::kToHost;

constexpr std::uint32_t kDownload = 0x010001;
constexpr std::uint32_t kUpload = 0x010002;
constexpr std::uint32_t kFormat = 0x010003;
constexpr std::uint32_t kWriteData = 0x010004;
constexpr std::uint32_t kReadData = 0x010005;
constexpr std::uint32_t kFormatPartition = 0x010006;
constexpr std::uint32_t kBootTo = 0x010008;
constexpr std::uint32_t kDeviceControl = 0x010009;
constexpr std::uint32_t kSwitchUsbSpeed = 0x01000b;
constexpr std::uint32_t kSync = 0x434e5953;

std::vector<std::uint8_t> Words(std::initializer_list<std::uint32_t> words) {
  std::vector<std::uint8_t> bytes(4 * words.size());
  std::size_t at = 0;
  for (const std::uint32_t word : words) {
    protocol::Store(std::span(bytes).subspan(4 * at++), word, protocol::Endian::kLittle);
  }
  return bytes;
}

// Of eMMC's user area.
std::vector<std::uint8_t> Range(std::uint32_t address, std::uint32_t length) {
  return Words({1, 8, address, 0, length, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

const std::vector<std::uint8_t> kContent(0x200, 0x5a);

// A session that has spoken of nothing before, so that every step is of the packets in it.
Decoded DecodeSession(const Session& session) {
  Decoded decoded = Decode(session.events());
  ExpectAllBytesHaveARole(session.events(), decoded.spans);
  return decoded;
}

TEST(Xflash, NamesCommandsAndStatuses) {
  Session session;
  session.Host(kBootTo).Phone(0xc0010003);
  session.Host(kReadData).Phone(0xc0070004);
  session.Host(0x010055).Phone(0xc0020123);
  EXPECT_THAT(
      DecodeSession(session).lines,
      ElementsAre(
          "xflash BOOT_TO (status c0010003 (unsupported command)) refused: the command: the "
          "phone answers c0010003 (unsupported command)",
          "xflash READ_DATA (status c0070004 (agent's hash does not match)) refused: the "
          "command: the phone answers c0070004 (agent's hash does not match)",
          "xflash command 010055 (status c0020123 (security)) refused: the command: the "
          "phone answers c0020123 (security)"));
}

TEST(Xflash, TakesStatusesOfTwoBytesAndTheMagicForZero) {
  Session session;
  session.Host(kDeviceControl).Phone(std::string_view("\0\0", 2));
  session.Host(0x020003).Phone(0xfeeeeeef).Host(0U).Phone(std::string_view("\x05\0", 2));
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash DEVICE_CTRL set checksum level (parameter 0x0, status 0005) "
                          "refused: the parameter: the phone answers 0005"));
}

TEST(Xflash, TakesMessagesBetweenAnyPackets) {
  const std::string message("\x03\0\0\0msdc ready\n\0", 16);
  Session session;
  session.Packet(kPhone, AsBytes(message), 2);
  session.Host(kDeviceControl).Phone(0U);
  session.Packet(kPhone, AsBytes(message), 2);
  session.Host(0x040016).Phone(0U).Phone(1U);
  session.Packet(kPhone, AsBytes(message), 2);
  session.Phone(0U);
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash MESSAGE (text msdc ready )",
                          "xflash DEVICE_CTRL get SLA status (log messages 2, log msdc ready , "
                          "answer on, log msdc ready , status 00000000 (success))"));
}

TEST(Xflash, ReadsInPacketsThatAreAcknowledged) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0x1000, 0x400)).Phone(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(0U).Phone(0U);
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(
      decoded.lines,
      ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x1000, length 0x400, "
                  "status 00000000 (success)) +1024"));
  EXPECT_EQ(BytesOf(Role::kContent, kPhone, session.events(), decoded.spans),
            std::string(0x400, '\x5a'));
  EXPECT_TRUE(decoded.steps[0].content_digest.starts_with("xxh3-128:"));
}

// So mtkclient was written: it takes the statuses behind its acks for packets of their own.
TEST(Xflash, ReadsFromAnAgentWithoutAStatusForEachPacket) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 0x400)).Phone(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(0U).Packet(kPhone, kContent).Host(0U).Phone(0U);
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x400, "
                          "status 00000000 (success)) +1024"));
}

TEST(Xflash, TellsAReadOfFourBytesFromAStatus) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 4)).Phone(0U).Phone(0U);
  session.Phone("abcd").Host(0U).Phone(0U);
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(decoded.lines,
              ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x4, "
                          "status 00000000 (success)) +4"));
  EXPECT_EQ(BytesOf(Role::kContent, kPhone, session.events(), decoded.spans), "abcd");
}

TEST(Xflash, SaysWhenReadingFails) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 0x400)).Phone(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(0U).Phone(0xc0040030);
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 0x400)).Phone(0xc004000b);
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x400, "
                          "status c0040030 (eMMC error)) +512 failed: content: the phone answers "
                          "c0040030 (eMMC error)",
                          "xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x400, "
                          "status c004000b (beyond the storage's end)) refused: the range: the "
                          "phone answers c004000b (beyond the storage's end)"));
}

TEST(Xflash, SaysWhenTheHostReadsNoFurther) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 0x400)).Phone(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(kSwitchUsbSpeed).Phone(0U).Host(0x0e8d2001).Phone(0U);
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x400, "
                          "status 00000000 (success)) +512 failed: the host goes on with another "
                          "command",
                          "xflash SWITCH_USB_SPEED (id 0xe8d2001, status 00000000 (success))"));
}

// K's MT6771 answers more than it was asked for.
TEST(Xflash, TakesMoreThanWasAskedFor) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 0x100)).Phone(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(0U).Phone(0U);
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x100, "
                          "more than asked 0x100, status 00000000 (success)) +512"));
}

TEST(Xflash, UploadsAPartitionByName) {
  Session session;
  session.Host(kUpload).Phone(0U).Host("boot_a").Phone(0U);
  session.Packet(kPhone, Words({0x200, 0})).Phone(0U).Packet(kPhone, kContent).Host(0U).Phone(0U);
  session.Host(kUpload).Phone(0U).Host("nothing").Phone(0U).Phone(0xc0040006);
  EXPECT_THAT(
      DecodeSession(session).lines,
      ElementsAre("xflash UPLOAD (partition boot_a, length 0x200, status 00000000 "
                  "(success)) +512",
                  "xflash UPLOAD (partition nothing, status c0040006 (partition not found)) "
                  "refused: the partition's length: the phone answers c0040006 (partition "
                  "not found)"));
}

TEST(Xflash, NamesWhatWrites) {
  Session session;
  session.Host(kWriteData).Phone(0U).Packet(kHost, Range(0, 0x400)).Phone(0U);
  session.Host(0U).Host(0xb400).Packet(kHost, kContent).Phone(0U);
  session.Host(0U).Host(0xb401).Packet(kHost, kContent).Phone(0U).Phone(0U);
  session.Host(kDownload).Phone(0U).Host("boot").Packet(kHost, Words({0x200, 0})).Phone(0U);
  session.Host(0U).Host(0xb400).Packet(kHost, kContent).Phone(0U).Phone(0U);
  session.Host(kFormat).Phone(0U).Packet(kHost, Range(0, 0x400)).Phone(0U);
  session.Phone(0x40040004).Phone(50U).Host(0U).Phone(0x40040005);
  session.Host(kFormatPartition).Phone(0U).Host("cache").Phone(0x40040005);
  session.Host(kDeviceControl).Phone(0U).Host(0x020009).Phone(0xc004000d);
  EXPECT_THAT(
      DecodeSession(session).lines,
      ElementsAre("xflash WRITE_DATA (effect writes, storage eMMC, part user, address 0x0, length "
                  "0x400, status 00000000 (success)) +1024 failed: the checksum is b401, but the "
                  "data sums to b400",
                  "xflash DOWNLOAD (effect writes, partition boot, length 0x200, status 00000000 "
                  "(success)) +512",
                  "xflash FORMAT (effect writes, storage eMMC, part user, address 0x0, length "
                  "0x400, per cent 50, status 40040005 (complete))",
                  "xflash FORMAT_PARTITION (effect writes, partition cache, status 40040005 "
                  "(complete))",
                  "xflash DEVICE_CTRL set register value (effect writes, status c004000d (register "
                  "access not allowed)) refused: the control code: the phone answers c004000d "
                  "(register access not allowed)"));
}

TEST(Xflash, HandsOverToStage2) {
  Session session;
  session.Host(kBootTo).Phone(0U).Packet(kHost, Words({0x40000000, 0, 0x200, 0}));
  session.Packet(kHost, kContent).Phone(0U).Phone(kSync);
  session.Host(kBootTo).Phone(0U).Packet(kHost, Words({0x68000000, 0, 0x200, 0}));
  session.Packet(kHost, kContent).Phone(0xc0070004);
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(
      decoded.lines,
      ElementsAre("xflash BOOT_TO (address 0x40000000, length 0x200, answer 434e5953 "
                  "(SYNC), status 00000000 (success)) +512",
                  "xflash BOOT_TO (address 0x68000000, length 0x200, status c0070004 "
                  "(agent's hash does not match)) +512 refused: the code: the phone answers "
                  "c0070004 (agent's hash does not match)"));
  EXPECT_EQ(BytesOf(Role::kAgent, kHost, session.events(), decoded.spans),
            std::string(0x400, '\x5a'));
}

TEST(Xflash, KnowsWhatTellsPhonesApart) {
  std::vector<std::uint8_t> emmc = Words(
      {1, 0x200, 0x400000, 0, 0x400000, 0, 0x80000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa3e00000, 3});
  const std::string cid =
      "\x15\x01\x04"
      "AJTD4R"
      "\x06"
      "\x11\x22\x33\x44"
      "\x89\x49";
  emmc.insert(emmc.end(), cid.begin(), cid.end());
  emmc.resize(0x68);
  const std::string random_id = "0123456789abcdef";
  const std::string firmware = std::string("\0\0\1\0", 4) + std::string(16, 'c') +
                               std::string(16, 'h') + std::string(32, 's');
  Session session;
  const auto get = [&](std::uint32_t code, ByteSpan answer) {
    session.Host(kDeviceControl).Phone(0U).Host(code).Phone(0U).Packet(kPhone, answer).Phone(0U);
  };
  get(0x040001, emmc);
  get(0x040008, AsBytes(random_id));
  get(0x040013, AsBytes(firmware));
  get(0x040007, Words({0x200000, 0x10000}));
  const Decoded decoded = DecodeSession(session);
  EXPECT_EQ(BytesOf(Role::kIdentity, kPhone, session.events(), decoded.spans),
            cid + random_id + firmware.substr(4));
  EXPECT_EQ(FieldValue(decoded.steps[0], "CID"), "150104414a5444345206112233448949");
  EXPECT_EQ(FieldValue(decoded.steps[0], "user"), "0x3a3e00000");
  EXPECT_EQ(FieldValue(decoded.steps[1], "id"), "30313233343536373839616263646566");
  EXPECT_EQ(FieldValue(decoded.steps[2], "version"), "0x10000");
  EXPECT_EQ(FieldValue(decoded.steps[3], "read"), "0x10000");
}

TEST(Xflash, TakesAnswersThatAreShorterThanTheyShouldBe) {
  Session session;
  session.Host(kDeviceControl).Phone(0U).Host(0x040001).Phone(0U).Phone("1.0").Phone(0U);
  session.Host(kDeviceControl).Phone(0U).Host(0x04000c).Phone(0U);
  session.Packet(kPhone, Words({2, 0x200000, 0x40000, 1, 0x40000000, 0x80000000})).Phone(0U);
  EXPECT_THAT(
      DecodeSession(session).lines,
      ElementsAre("xflash DEVICE_CTRL get eMMC info (answer 1.0, status 00000000 (success))",
                  "xflash DEVICE_CTRL get RAM info (internal type 0x2, internal base "
                  "0x200000, internal size 0x40000, external type 0x1, external base "
                  "0x40000000, external size 0x80000000, status 00000000 (success))"));
}

TEST(Xflash, TakesTheExtensionOfAClient) {
  Session session;
  session.Host(kDeviceControl).Phone(0U).Host(0x0f0000).Phone(0U).Phone(0xa1a2a3a4).Phone(0U);
  session.Host(kDeviceControl).Phone(0U).Host(0x0f0002).Phone(0U).Host(0x10007000).Host(1U);
  session.Phone(0x22000064).Phone(0U);
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xflash DEVICE_CTRL extension: ack (answer 0xa1a2a3a4, status 00000000 "
                          "(success))",
                          "xflash DEVICE_CTRL extension: read register (parameter 0x10007000, "
                          "parameter 0x1, answer 0x22000064, status 00000000 (success))"));
}

TEST(Xflash, StaysWhatItIsAcrossASpeedSwitch) {
  Session before;
  before.Host(kSwitchUsbSpeed).Phone(0U).Host(0x0e8d2001).Phone(0U);
  Session after;
  after.Host(kDeviceControl).Phone(0U).Host(0x04000b).Phone(0U).Phone("high-speed").Phone(0U);
  std::vector<Event> events = before.events();
  for (const EventKind kind : {EventKind::kDetached, EventKind::kAttached}) {
    Event event;
    event.kind = kind;
    events.push_back(event);
  }
  // In transfers of one byte each: only who knows the agent waits for the rest of a header.
  for (const Event& event : after.events()) {
    for (const std::uint8_t byte : event.bytes) {
      events.push_back(BytesEvent(event.direction, {&byte, 1}));
    }
  }
  EXPECT_THAT(Decode(events).lines,
              ElementsAre("xflash SWITCH_USB_SPEED (id 0xe8d2001, status 00000000 (success))",
                          "line detached", "line attached",
                          "xflash DEVICE_CTRL get USB speed (answer high-speed, status 00000000 "
                          "(success))"));
}

TEST(Xflash, CallsWhatWasCutByItsName) {
  Session session;
  session.Host(kReadData).Phone(0U).Packet(kHost, Range(0, 0x200)).Phone(0U).Phone(0U);
  session.Packet(kPhone, kContent).Host(0U).Phone(0U);
  std::vector<Event> events = session.events();
  for (Event& event : events) {
    if (event.length == kContent.size()) event.bytes.resize(64);
  }
  const Decoded decoded = Decode(events);
  EXPECT_THAT(decoded.lines,
              ElementsAre("xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x200, "
                          "status 00000000 (success)) +512"));
  EXPECT_EQ(decoded.steps[0].content_digest, "");
}

}  // namespace
}  // namespace mtkrig::traces
