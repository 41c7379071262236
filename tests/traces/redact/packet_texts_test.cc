// Texts in packets of agents: names, paths and logs in them go, and the words of the protocol stay.

#include "traces/redact/packet_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/decode/modern_testing.h"
#include "tests/traces/redact/redact_testing.h"

namespace mtkrig::traces {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Direction kToPhone = Direction::kToPhone;
constexpr Direction kToHost = Direction::kToHost;

TEST(PacketTexts, WordsOfTheProtocolStay) {
  for (
      const char* text :
      {"OK", "OK@0x1d6", "OK!PROGRESS@100@", "OK!EOT", "ERR!UNSUPPORTED", "OK@12345678901",
       "<?xml version=\"1.0\" encoding=\"utf-8\"?><da><version>1.0</version><command>CMD:READ-FLASH"
       "</command><arg><partition>UFS-LUA2</partition><offset>0x123456789a</offset><length>0x400"
       "</length><target_file>MEM://0x0:0x400</target_file></arg></da>",
       "<source_file>MEM://0x0:0x1d8a000</source_file>",
       "<host_capability>CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@"
       "CMD:UPLOAD-FILE^1@CMD:START^1@</host_capability>",
       "<partition_table><pt><name>anything</name><start>0x12345678</start></pt></partition_table>",
       "<item key=\"DA.SLA\">DISABLED</item>"}) {
    EXPECT_EQ(HarmlessPacketText(text), text);
  }
}

TEST(PacketTexts, WhatMayBeAnythingBecomesX) {
  EXPECT_EQ(HarmlessPacketText("<info>annas-laptop</info>"), "<info>xxxxxxxxxxxx</info>");
  EXPECT_EQ(HarmlessPacketText("<file_path> /home/anna/a b </file_path>"),
            "<file_path> xxxxxxxxxxxxxx </file_path>");
  EXPECT_EQ(HarmlessPacketText("<item key=\"ro.serialno R58\">R58M12</item>"),
            "<item key=\"xxxxxxxxxxxxxxx\">xxxxxx</item>");
  EXPECT_EQ(HarmlessPacketText("<a>OK<!-- Anna --><![CDATA[<x>Anna]]></a>"),
            "<a>OK<!--xxxxxx--><![CDATA[xxxxxxx]]></a>");
  EXPECT_EQ(HarmlessPacketText("OK@/home/anna"), "OK@xxxxxxxxxx");
  EXPECT_EQ(HarmlessPacketText("ERR!Anna"), "ERRxxxxx");
  EXPECT_EQ(HarmlessPacketText("Anna"), "xxxx");
  EXPECT_EQ(HarmlessPacketText("<offset>R58M12ABCDE</offset>"), "<offset>xxxxxxxxxxx</offset>");
  EXPECT_EQ(HarmlessPacketText("<a"), "<a");
  EXPECT_EQ(HarmlessPacketText("<a b=\"Anna"), "<a b=\"xxxx");
  EXPECT_EQ(HarmlessPacketText("<!-- Anna"), "<!--xxxxx");
}

// Nobody's clients read these, so they may say anything.
TEST(PacketTexts, WhatIsInTagsWithoutQuotesGoes) {
  EXPECT_EQ(HarmlessPacketText("<?xml version=\"1.0\"?><?pi R58M12ABCDE?><a>OK</a>"),
            "<?xml version=\"1.0\"?><?pi xxxxxxxxxxx?><a>OK</a>");
  EXPECT_EQ(HarmlessPacketText("<?pi sn=\"R58M12ABCDE\" ?>"), "<?pi xxxxxxxxxxxxxxxx ?>");
  EXPECT_EQ(HarmlessPacketText("<?pi Anna"), "<?pi xxxx");
  EXPECT_EQ(HarmlessPacketText("<?pi a>R58M12ABCDE?><a/>"), "<?pi xxxxxxxxxxxxx?><a/>");
  EXPECT_EQ(HarmlessPacketText("<?xml R58M12ABCDE version=\"1.0\"?>"),
            "<?xml xxxxxxxxxxxxxxxxxxxxxxxxx?>");
  EXPECT_EQ(HarmlessPacketText("<item key=R58M12ABCDE>OK</item>"),
            "<item xxxxxxxxxxxxxxx>OK</item>");
  EXPECT_EQ(HarmlessPacketText("<item R58M12ABCDE key=\"OK\" Anna/>"),
            "<item xxxxxxxxxxxxxxxx\"OK\" xxxx/>");
}

std::vector<std::uint8_t> WithZero(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.begin(), text.end());
  bytes.push_back(0);
  return bytes;
}

// SYNC, and the host's name.
std::vector<Event> Talk() {
  Session session;
  session.Number(kToPhone, 0x434e5953).Number(kToHost, 0x434e5953);
  session.Number(kToPhone, 0x010009).Number(kToHost, 0);
  session.Number(kToPhone, 0x020005).Number(kToHost, 0);
  session.Packet(kToPhone, WithZero("annas-laptop 7e92c0b4")).Number(kToHost, 0);
  return session.events();
}

TEST(PacketTexts, AHostsNameGoesHoweverItIsSplit) {
  std::vector<Event> events = Talk();
  const std::string before = protocol::ToHex(test::StreamOf(events, kToPhone));
  // In two transfers.
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].bytes.size() < 20) continue;
    Event tail = events[i];
    tail.bytes.erase(tail.bytes.begin(), tail.bytes.begin() + 8);
    events[i].bytes.resize(8);
    tail.length = tail.bytes.size();
    events[i].length = events[i].bytes.size();
    events.insert(events.begin() + static_cast<std::ptrdiff_t>(i) + 1, tail);
    break;
  }
  ASSERT_EQ(protocol::ToHex(test::StreamOf(events, kToPhone)), before);
  const test::Redacted redacted = test::RedactEvents(events);
  const auto stream = test::StreamOf(redacted.events, kToPhone);
  const std::string text(stream.begin(), stream.end());
  EXPECT_THAT(text, HasSubstr(std::string(21, 'x') + '\0'));
  EXPECT_THAT(text, Not(HasSubstr("anna")));
  EXPECT_EQ(stream.size(), test::StreamOf(events, kToPhone).size());
  EXPECT_EQ(redacted.report.packet_texts, 1U);
}

TEST(PacketTexts, WhatAnAgentLogsGoes) {
  std::vector<Event> events = Talk();
  Session log;
  log.Packet(kToHost, AsBytes(std::string("\1\0\0\0[Anna] stage\n\0", 18)), 2);
  events.insert(events.end() - 2, log.events().begin(), log.events().end());
  const test::Redacted redacted = test::RedactEvents(events);
  const auto stream = test::StreamOf(redacted.events, kToHost);
  const std::string text(stream.begin(), stream.end());
  EXPECT_THAT(text, HasSubstr(std::string("\1\0\0\0xxxxxxxxxxxxx\0", 18)));
  EXPECT_EQ(redacted.report.packet_texts, 2U);
}

// Of a text that was cut what is there goes, too.
TEST(PacketTexts, WhatIsThereOfATextThatWasCutGoes) {
  std::vector<Event> events = Talk();
  for (Event& event : events) {
    if (event.bytes.size() > 20) event.bytes.resize(12);
  }
  const auto stream = test::StreamOf(test::RedactEvents(events).events, kToPhone);
  EXPECT_THAT(std::string(stream.begin(), stream.end()), Not(HasSubstr("anna")));
}

TEST(PacketTexts, ASessionOfTheXmlAgentKeepsItsWords) {
  const std::vector<Event> events = ReadHandwritten("xml-mt6789-read.wire");
  const test::Redacted redacted = test::RedactEvents(events);
  const auto stream = test::StreamOf(redacted.events, kToPhone);
  const std::string text(stream.begin(), stream.end());
  for (const char* kept :
       {"CMD:SET-HOST-INFO", "<battery_exist>AUTO-DETECT<", "<system_os>LINUX<", "MEM://0x0:0x30",
        "CMD:DOWNLOAD-FILE^1@", "UFS-LUA2", "<offset>0x1000<"}) {
    EXPECT_THAT(text, HasSubstr(kept));
  }
  EXPECT_THAT(text, HasSubstr("<info>xxxxxxxxxxxxxxx</info>"));
}

}  // namespace
}  // namespace mtkrig::traces
