// The xml agent's texts as steps.

#include <gmock/gmock.h>

#include "modern_testing.h"

namespace mtkrig::traces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Direction kHost = Direction::kToPhone;
constexpr Direction kPhone = Direction::kToHost;

std::string Xml(std::string_view root, std::string_view name, std::string_view arguments) {
  std::string text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><" + std::string(root) +
                     "><version>1.0</version><command>CMD:" + std::string(name) + "</command>";
  if (!arguments.empty()) text += "<arg>" + std::string(arguments) + "</arg>";
  return text + "</" + std::string(root) + ">";
}

// The two sides, as the exchanges of the specification have them.
class XmlSession : public Session {
 public:
  void Command(std::string_view name, std::string_view arguments = {}) {
    HostXml(Xml("da", name, arguments)).PhoneXml("OK");
  }
  void Request(std::string_view name, std::string_view arguments = {}) {
    PhoneXml(Xml("host", name, arguments)).HostXml("OK");
  }
  void End() { Request("END", "<result>OK</result><message></message>"); }
  void Upload(std::string_view info, const std::vector<std::string>& packets) {
    std::size_t length = 0;
    for (const std::string& packet : packets) length += packet.size();
    Request("UPLOAD-FILE", "<checksum>CHK_NO</checksum><info>" + std::string(info) +
                               "</info><target_file>x</target_file>"
                               "<packet_length>0x1000</packet_length>");
    PhoneXml("OK@0x" + Hex(length)).HostXml("OK");
    for (const std::string& packet : packets) {
      PhoneXml("OK").HostXml("OK").Phone(packet).HostXml("OK");
    }
  }
  void Download(std::string_view info, const std::vector<std::string>& packets) {
    std::size_t length = 0;
    for (const std::string& packet : packets) length += packet.size();
    Request("DOWNLOAD-FILE", "<checksum>CHK_NO</checksum><info>" + std::string(info) +
                                 "</info><source_file>x</source_file>"
                                 "<packet_length>0x1000</packet_length>");
    // In decimal, as penumbra does.
    HostXml("OK@" + std::to_string(length)).PhoneXml("OK");
    for (const std::string& packet : packets) {
      HostXml("OK@0").PhoneXml("OK").Host(packet).PhoneXml("OK");
    }
  }

 private:
  static std::string Hex(std::size_t number) {
    std::string digits;
    do {
      digits.insert(digits.begin(), "0123456789abcdef"[number % 16]);
      number /= 16;
    } while (number > 0);
    return digits;
  }
};

Decoded DecodeSession(const Session& session) {
  const Decoded decoded = Decode(session.events());
  ExpectAllBytesHaveARole(session.events(), decoded.spans);
  return decoded;
}

TEST(Xml, NamesCommandsAndTheirArguments) {
  XmlSession session;
  session.Request("START");
  session.Command("REBOOT", "<action>IMMEDIATE</action>");
  session.End();
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(decoded.lines,
              ElementsAre("xml CMD:START", "xml CMD:REBOOT (action IMMEDIATE, result OK)"));
  EXPECT_TRUE(decoded.steps[0].incidental);
}

TEST(Xml, ReadsFlashInPackets) {
  XmlSession session;
  // Content may look like anything.
  const std::string first = Xml("host", "END", "<result>OK</result>");
  const std::string second(100, 'x');
  session.Command("READ-FLASH", "<partition>EMMC-USER</partition><offset>0x0</offset>");
  session.Upload("ROM_0", {first, second});
  session.End();
  const Decoded decoded = DecodeSession(session);
  const std::string bytes = std::to_string(first.size() + second.size());
  ASSERT_EQ(decoded.lines.size(), 1U);
  EXPECT_THAT(decoded.lines[0], HasSubstr("partition EMMC-USER, offset 0x0, gives ROM_0"));
  EXPECT_THAT(decoded.lines[0], HasSubstr("result OK) +" + bytes));
  EXPECT_EQ(BytesOf(Role::kContent, kPhone, session.events(), decoded.spans), first + second);
}

TEST(Xml, GivesStage2ToThePhone) {
  XmlSession session;
  session.Command("BOOT-TO", "<at_address>0x40000000</at_address>");
  session.Download("2nd-DA", {std::string(0x20, 'a'), "b"});
  session.End();
  session.Request("START");
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(decoded.lines, ElementsAre("xml CMD:BOOT-TO (at_address 0x40000000, asks for 2nd-DA, "
                                         "bytes 0x21, result OK) +33",
                                         "xml CMD:START"));
  EXPECT_EQ(BytesOf(Role::kAgent, kHost, session.events(), decoded.spans),
            std::string(0x20, 'a') + "b");
}

TEST(Xml, KnowsWhatTellsPhonesApart) {
  XmlSession session;
  session.Command("GET-HW-INFO", "<target_file>MEM://0x0:0x1000</target_file>");
  session.Upload("hw-info",
                 {"<da_hw_info><version>1.2</version><random_id>4340bfeb</random_id><storage>EMMC"
                  "</storage><emmc><user_size>0x3a3e00000</user_size><id> 1501 </id></emmc>"
                  "</da_hw_info>"});
  session.End();
  session.Command("SECURITY-GET-DEV-FW-INFO");
  session.Upload("fw", {"<sla version=\"1.0\"><rnd>aa</rnd>", "<hrid>bb</hrid></sla>"});
  session.End();
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(
      decoded.lines,
      ElementsAre("xml CMD:GET-HW-INFO (target_file MEM://0x0:0x1000, gives hw-info, bytes 0xa3, "
                  "random_id 4340bfeb, storage EMMC, user_size 0x3a3e00000, id 1501, result OK)",
                  "xml CMD:SECURITY-GET-DEV-FW-INFO (gives fw, bytes 0x35, result OK)"));
  // A document in pieces could have an identity across two of them, so all of it is one.
  EXPECT_EQ(BytesOf(Role::kIdentity, kPhone, session.events(), decoded.spans),
            "4340bfeb 1501 <sla version=\"1.0\"><rnd>aa</rnd><hrid>bb</hrid></sla>");
}

TEST(Xml, CountsPartitions) {
  XmlSession session;
  session.Command("READ-PARTITION-TABLE");
  session.Upload("table", {"<partition_table version=\"1.0\"><pt><name>misc</name><start>0x8000"
                           "</start></pt><pt><name>boot_a</name></pt></partition_table>"});
  session.End();
  EXPECT_THAT(DecodeSession(session).lines,
              ElementsAre("xml CMD:READ-PARTITION-TABLE (gives table, bytes 0x7c, partitions 2, "
                          "result OK)"));
}

TEST(Xml, FollowsProgressAndFiles) {
  XmlSession session;
  session.Command("WRITE-FLASH", "<partition>EMMC-USER</partition>");
  session.Request("FILE-SYS-OPERATION", "<key>FILE-SIZE</key><file_path>x</file_path>");
  session.HostXml("OK@0x4");
  session.Request("PROGRESS-REPORT", "<message>erasing</message>");
  for (const std::string percent : {"OK!PROGRESS@0", "OK!PROGRESS@100@", "OK!EOT"}) {
    session.PhoneXml(percent).HostXml("OK");
  }
  session.Download("image", {"data"});
  // One OK more, from mtkclient; the phone's next text is for that which comes behind it.
  session.HostXml(std::string("OK\0", 3));
  session.End();
  session.Request("START");
  const Decoded decoded = DecodeSession(session);
  EXPECT_THAT(decoded.lines,
              ElementsAre("xml CMD:WRITE-FLASH (effect writes, partition EMMC-USER, file FILE-SIZE "
                          "x: 0x4, progress of erasing, per cent 100, asks for image, bytes 0x4, "
                          "result OK) +4",
                          "xml OK of the host", "xml CMD:START"));
}

TEST(Xml, SaysWhatThePhoneSaysOfAFailure) {
  XmlSession session;
  session.HostXml(Xml("da", "SECURITY-SET-ALLINONE-SIGNATURE", "")).PhoneXml("ERR!UNSUPPORTED");
  session.Request("END", "<result>ERR</result><message>Unsupported command.</message>");
  session.Command("READ-PARTITION", "<partition>none</partition>");
  session.Request("END", "<result>ERR</result><message>Partition not found.</message>");
  session.Command("SECURITY-GET-DEV-FW-INFO");
  session.Request("START");
  EXPECT_THAT(
      DecodeSession(session).lines,
      ElementsAre("xml CMD:SECURITY-SET-ALLINONE-SIGNATURE (result ERR) refused: the command: "
                  "ERR!UNSUPPORTED",
                  "xml CMD:READ-PARTITION (partition none, result ERR) failed: the phone says "
                  "\"Partition not found.\"",
                  "xml CMD:SECURITY-GET-DEV-FW-INFO failed: the phone starts anew without an end"));
}

TEST(Xml, GoesOnAfterWhatDoesNotFit) {
  XmlSession session;
  session.Command("READ-PARTITION", "<partition>boot</partition>");
  session.Request("END-OF-THE-WORLD");
  session.Request("START");
  session.Command("REBOOT");
  session.End();
  const std::vector<std::string> lines = DecodeSession(session).lines;
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(lines.front(),
            "xml CMD:READ-PARTITION (partition boot) unexpected: the phone says "
            "\"CMD:END-OF-THE-WORLD\"");
  EXPECT_EQ(lines.back(), "xml CMD:REBOOT (result OK)");
}

TEST(Xml, BelievesNoLengthThatIsNone) {
  for (const std::string answer : {"OK@0xnothing", "OK@", "OK@0x11111111111111111", "OK@-1"}) {
    XmlSession session;
    session.Command("READ-FLASH");
    session.Request("UPLOAD-FILE", "<info>x</info>");
    session.PhoneXml(answer);
    EXPECT_THAT(DecodeSession(session).lines.at(0), HasSubstr("unexpected: the file's length is"))
        << answer;
  }
}

}  // namespace
}  // namespace mtkrig::traces
