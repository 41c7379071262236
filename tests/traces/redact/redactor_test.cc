#include "traces/redact/redactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/redact/redact_testing.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::Events;
using test::FromHex;
using test::Redacted;
using test::RedactEvents;
using test::StreamOf;
using ::testing::HasSubstr;

constexpr std::string_view kHandshake =
    "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n"
    "> fd\n< fd 6580 0000\n";
const Bytes kId = FromHex("7e92c0b4115dfa386c07d3e2489a5bf1");

std::vector<Event> WithHandshake(std::string_view script) {
  return Events(std::string(kHandshake) + std::string(script));
}

Bytes Tail(const Bytes& bytes, std::size_t count) {
  return {bytes.end() - static_cast<std::ptrdiff_t>(count), bytes.end()};
}

TEST(Redactor, ReplacesAnIdEverywhere) {
  std::vector<Event> events = WithHandshake(
      "> e1\n< e1 00000010 7e92c0b4115dfa386c07d3e2489a5bf1 0000\n"
      "> e1\n< e1 00000010 7e92c0b4115dfa38\n< 6c07d3e2489a5bf1 0000\n");
  events.push_back(TextEvent(EventKind::kComment, "the id is 7E92C0B4115DFA386C07D3E2489A5BF1"));
  events.push_back(TextEvent(EventKind::kPhase, "phone 7e92c0b4115dfa386c07d3e2489a5bf1"));
  SessionFacts facts;
  facts.seed = "7e92c0b4115dfa386c07d3e2489a5bf1";
  facts.comments = {"kept at /home/anna/phones/7e:92:c0:b4:11:5d:fa:38:6c:07:d3:e2:48:9a:5b:f1"};
  const Redacted redacted = RedactEvents(events, facts, {.keep_notes = true});
  test::ExpectGone(redacted, kId);
  EXPECT_EQ(redacted.report.identities, 1U);
  EXPECT_THAT(redacted.facts.comments[0], HasSubstr("/home/user/phones/"));
  // One value stands for it everywhere.
  const Bytes stream = StreamOf(redacted.events, Direction::kToHost);
  const Bytes last = Tail(stream, 18);
  const Bytes made(last.begin(), last.begin() + 16);
  EXPECT_EQ(redacted.facts.seed, protocol::ToHex(made));
  EXPECT_EQ(Bytes(stream.end() - 41, stream.end() - 25), made);
  EXPECT_EQ(stream.size(), StreamOf(events, Direction::kToHost).size());
  // Opcodes, lengths and statuses stay.
  EXPECT_EQ(StreamOf(redacted.events, Direction::kToPhone), StreamOf(events, Direction::kToPhone));
  EXPECT_EQ(Tail(stream, 2), FromHex("0000"));
}

TEST(Redactor, FindsAnIdWhereNobodyExpectsIt) {
  // In an agent, across two transfers, and turned round by words.
  const std::vector<Event> events = WithHandshake(
      "> e1\n< e1 00000010 7e92c0b4115dfa386c07d3e2489a5bf1 0000\n"
      "> d7\n< d7\n> 00200000\n< 00200000\n> 00000018\n< 00000018\n> 00000000\n< 00000000 0000\n"
      "> 11111111 b4c0927e 38fa5d11\n> e2d3076c f15b9a48 22222222\n< 0000 0000\n");
  const Redacted redacted = RedactEvents(events);
  test::ExpectGone(redacted, kId);
  const Bytes stream = StreamOf(redacted.events, Direction::kToPhone);
  EXPECT_EQ(Tail(stream, 4), FromHex("22222222"));
  EXPECT_EQ(Bytes(stream.end() - 24, stream.end() - 20), FromHex("11111111"));
}

TEST(Redactor, ChecksumsFollowWhatWasChanged) {
  const std::vector<Event> events = WithHandshake(
      "> d7\n< d7\n> 00200000\n< 00200000\n> 00000004\n< 00000004\n> 00000000\n< 00000000 0000\n"
      "> 01020304\n< 0602 0000\n");
  const Redacted kept = RedactEvents(events);
  EXPECT_EQ(StreamOf(kept.events, Direction::kToHost), StreamOf(events, Direction::kToHost));
  const Redacted blank = RedactEvents(events, {}, {.blank_agents = true});
  EXPECT_EQ(Tail(StreamOf(blank.events, Direction::kToPhone), 4), FromHex("00000000"));
  EXPECT_EQ(Tail(StreamOf(blank.events, Direction::kToHost), 4), FromHex("00000000"));
  EXPECT_EQ(blank.report.agent_bytes, 4U);
  EXPECT_EQ(blank.report.checksums, 1U);
  ASSERT_EQ(blank.report.agents.size(), 1U);
  EXPECT_EQ(blank.report.agents[0].address, 0x200000U);
  EXPECT_EQ(blank.report.hw_code, 0x6580);
}

TEST(Redactor, AWrongChecksumStaysWrong) {
  const std::vector<Event> events = WithHandshake(
      "> d7\n< d7\n> 00200000\n< 00200000\n> 00000004\n< 00000004\n> 00000000\n< 00000000 0000\n"
      "> 01020304\n< 0603\n< 0000\n");
  const Redacted blank = RedactEvents(events, {}, {.blank_agents = true});
  EXPECT_EQ(Tail(StreamOf(blank.events, Direction::kToHost), 4), FromHex("00010000"));
}

TEST(Redactor, AnIdBehindALostPacketBecomesZeros) {
  const std::vector<Event> events = WithHandshake(
      "> e1\n~ packet lost\n< 7e92c0b4115dfa386c07d3e2489a5bf1\n< 0000\n> d8\n< d8 00000000 "
      "0000\n");
  const Redacted redacted = RedactEvents(events);
  test::ExpectGone(redacted, kId);
  // What is as short as an opcode or a status stays, and what was understood.
  EXPECT_EQ(Tail(StreamOf(redacted.events, Direction::kToHost), 7), FromHex("d8000000000000"));
  EXPECT_EQ(StreamOf(redacted.events, Direction::kToPhone), StreamOf(events, Direction::kToPhone));
  EXPECT_EQ(redacted.report.unknown_places, 1U);
  EXPECT_EQ(redacted.report.unknown_blanked, 18U);
}

TEST(Redactor, AnIdBehindALateStartBecomesZeros) {
  const Redacted redacted = RedactEvents(Events(
      "< e1 00000010\n< 7e92c0b4115dfa386c07d3e2489a5bf1\n< 0000\n> d8\n< d8 00000000 0000\n"));
  test::ExpectGone(redacted, kId);
}

TEST(Redactor, AnIdInAPacketOfAnUnknownCommandBecomesZerosButItsHeaderStays) {
  const Redacted redacted = RedactEvents(
      Events("~ cut\n< efeeeefe 01000000 10000000\n< 7e92c0b4115dfa386c07d3e2489a5bf1\n"
             "< efeeeefe 01000000 04000000\n< 00000000\n"));
  test::ExpectGone(redacted, kId);
  EXPECT_EQ(StreamOf(redacted.events, Direction::kToHost),
            FromHex("efeeeefe010000001000000000000000000000000000000000000000"
                    "efeeeefe010000000400000000000000"));
}

TEST(Redactor, AStepThatEndsInTheMiddleKeepsItsEchoes) {
  const std::vector<Event> events = WithHandshake(
      "> d7\n< d7\n> 00200000\n< 00200000\n> 00000100\n< 00000100\n> 00000010\n< 00000010 0000\n");
  const Redacted redacted = RedactEvents(events);
  EXPECT_EQ(StreamOf(redacted.events, Direction::kToHost), StreamOf(events, Direction::kToHost));
}

TEST(Redactor, AnIdThatIsKnownHasItsSubstituteAmongWhatWasNotUnderstood) {
  const std::vector<Event> events = WithHandshake(
      "> e1\n< e1 00000010 7e92c0b4115dfa386c07d3e2489a5bf1 0000\n~ lost\n"
      "< 1122334455 b4c0927e 38fa5d11 e2d3076c f15b9a48\n");
  for (const bool keep : {false, true}) {
    const Redacted redacted = RedactEvents(events, {}, {.keep_unknown = keep});
    test::ExpectGone(redacted, kId);
    const Bytes stream = StreamOf(redacted.events, Direction::kToHost);
    const Bytes before(stream.end() - 21 - 18, stream.end() - 21 - 2);
    EXPECT_EQ(test::TurnWords(Tail(stream, 16)), before);
    EXPECT_EQ(Bytes(stream.end() - 21, stream.end() - 16),
              FromHex(keep ? "1122334455" : "0000000000"));
  }
}

TEST(Redactor, AnIdThatOnlyANoteTellsGoes) {
  std::vector<Event> events = WithHandshake("> d8\n< d8 00000000 0000\n");
  const std::vector<std::string> texts = {
      "Preloader - ME_ID:           7E92C0B4115DFA386C07D3E2489A5BF1",
      "me id = 7e 92 c0 b4 11 5d fa 38 6c 07 d3 e2 48 9a 5b f1",
      "DAXFlash - EMMC CID:        7e92c0b4115dfa386c07d3e2489a5bf1",
      "SocId: 0x7E92C0B4115DFA386C07D3E2489A5BF1",
      "chip id=12345678, TOPRGU",
      "serial number: 00112233"};
  for (const std::string& text : texts) events.push_back(TextEvent(EventKind::kComment, text));
  events.push_back(TextEvent(EventKind::kPhase, "UFS CID: 7e92c0b4115dfa386c07d3e2489a5bf1"));
  SessionFacts facts;
  facts.comments = {"random id: 7e92c0b4115dfa386c07d3e2489a5bf1"};
  const Redacted redacted = RedactEvents(events, facts, {.keep_notes = true});
  test::ExpectGone(redacted, kId);
  const std::size_t first = events.size() - 1 - texts.size();
  // One value stands for it in all of them.
  const std::string made = redacted.events[events.size() - 1].text.substr(9);
  EXPECT_EQ(redacted.events[first + 2].text, "DAXFlash - EMMC CID:        " + made);
  EXPECT_EQ(redacted.facts.comments[0], "random id: " + made);
  EXPECT_THAT(redacted.events[first + 4].text, ::testing::Not(HasSubstr("12345678")));
  EXPECT_THAT(redacted.events[first + 5].text, ::testing::Not(HasSubstr("00112233")));
}

TEST(Redactor, OtherNumbersOfNotesStay) {
  std::vector<Event> events = WithHandshake("> d8\n< d8 00000000 0000\n");
  const std::vector<std::string> texts = {"TOPRGU register 0x10000000 == 00000024",
                                          "Serial link auth: NO", "decided 12345678",
                                          "CID: not known"};
  for (const std::string& text : texts) events.push_back(TextEvent(EventKind::kComment, text));
  const Redacted redacted = RedactEvents(events, {}, {.keep_notes = true});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(redacted.events[events.size() - texts.size() + i].text, texts[i]);
  }
}

TEST(Redactor, LongUnknownStretchesBecomeZeros) {
  std::string script;
  for (int i = 0; i < 9; ++i) script += "> 31323334 35363738\n";
  script += "< 99\n";
  const Redacted redacted = RedactEvents(Events(script));
  EXPECT_EQ(StreamOf(redacted.events, Direction::kToPhone), Bytes(72));
  EXPECT_EQ(StreamOf(redacted.events, Direction::kToHost), FromHex("99"));
  EXPECT_EQ(redacted.report.unknown_blanked, 72U);
  EXPECT_EQ(redacted.report.unknown_kept, 1U);
  const Redacted kept = RedactEvents(Events(script), {}, {.keep_unknown = true});
  EXPECT_EQ(StreamOf(kept.events, Direction::kToPhone),
            StreamOf(Events(script), Direction::kToPhone));
}

Event StringDescriptor(std::uint8_t index, std::string_view text) {
  Event event;
  event.kind = EventKind::kControl;
  event.direction = Direction::kToHost;
  event.setup = {0x80, 0x06, index, 0x03, 0x09, 0x04, 0xff, 0x00};
  event.bytes = {static_cast<std::uint8_t>(2 + 2 * text.size()), 0x03};
  for (const char c : text) {
    event.bytes.push_back(static_cast<std::uint8_t>(c));
    event.bytes.push_back(0);
  }
  event.length = event.bytes.size();
  return event;
}

TEST(Redactor, SerialNumbersOfUsbDescriptorsGo) {
  Event device;
  device.kind = EventKind::kControl;
  device.direction = Direction::kToHost;
  device.setup = {0x80, 0x06, 0x00, 0x01, 0x00, 0x00, 0x12, 0x00};
  device.bytes = FromHex("12010002020000408d0e0020000101020301");
  device.length = device.bytes.size();
  std::vector<Event> events = {device, StringDescriptor(1, "MediaTek Inc"),
                               StringDescriptor(2, "Phone ABC1234567"),
                               StringDescriptor(3, "ABC1234567")};
  events.push_back(TextEvent(EventKind::kComment, "phone ABC1234567 answers"));
  const Redacted redacted = RedactEvents(events, {}, {.keep_notes = true});
  const std::string serial = "ABC1234567";
  const Bytes all = test::EverythingOf(redacted);
  EXPECT_FALSE(test::Contains(all, {serial.begin(), serial.end()}));
  EXPECT_FALSE(test::Contains(all, test::Wide({serial.begin(), serial.end()})));
  const std::string maker = "MediaTek Inc";
  EXPECT_TRUE(test::Contains(all, test::Wide({maker.begin(), maker.end()})));
  EXPECT_EQ(redacted.events[3].bytes.size(), events[3].bytes.size());
  EXPECT_EQ(redacted.events[4].text, "phone X000000001 answers");
}

// Index 0 is no string, but a list of languages.
TEST(Redactor, UsbStringsThatMayBeAnythingBecomeX) {
  const std::vector<Event> events = {StringDescriptor(1, "MediaTek"), StringDescriptor(2, "Anna's"),
                                     StringDescriptor(0, "!")};
  const Redacted redacted = RedactEvents(events);
  EXPECT_EQ(redacted.events[0].bytes, events[0].bytes);
  EXPECT_EQ(redacted.events[1].bytes, StringDescriptor(2, "xxxxxx").bytes);
  EXPECT_EQ(redacted.events[2].bytes, events[2].bytes);
  EXPECT_EQ(redacted.report.notes_removed, 1U);
  const Redacted kept = RedactEvents(events, {}, {.keep_notes = true});
  EXPECT_EQ(kept.events[1].bytes, events[1].bytes);
  EXPECT_EQ(kept.report.notes_kept, 1U);
}

TEST(Redactor, WhatControlTransfersReadBecomesZerosButForKnownForms) {
  Event bos = StringDescriptor(1, "Anna's");
  bos.setup[3] = 0x0f;  // which has the id of a container
  Event foreign = StringDescriptor(1, "Anna's");
  foreign.bytes.Own()[3] = 0x6f;  // a string of other characters
  const Redacted redacted = RedactEvents({bos, foreign});
  for (const Event& event : redacted.events) {
    EXPECT_EQ(Bytes(event.bytes.begin(), event.bytes.end()), Bytes(event.bytes.size()));
  }
  const Redacted kept = RedactEvents({bos, foreign}, {}, {.keep_unknown = true});
  EXPECT_EQ(kept.events[0].bytes, bos.bytes);
}

TEST(Redactor, NotesThatMayBeAnythingAreLeftOut) {
  std::vector<Event> events = {TextEvent(EventKind::kPhase, "Anna's phone"),
                               TextEvent(EventKind::kPhase, "stage 1"),
                               TextEvent(EventKind::kComment, "Anna's phone, cid 7e92c0b4115dfa38"),
                               TextEvent(EventKind::kPhase, "seven-e-nine-two"),
                               TextEvent(EventKind::kGap, "Anna pulled the cable"),
                               TextEvent(EventKind::kPhase, "Anna's phone"),
                               TextEvent(EventKind::kComment, "MT6580 (hw code 6580, boot ROM)")};
  SessionFacts facts;
  facts.moniker = "replay:/home/anna/annas-phone.wire";
  facts.chip = "Anna's";
  facts.tool = "mtkclient of Anna";
  facts.seed = "7e92c0b4";
  facts.comments = {"Anna's phone", "command: readback boot recovery"};
  const Redacted redacted = RedactEvents(events, facts);
  std::vector<std::string> texts;
  for (const Event& event : redacted.events) texts.push_back(event.text);
  const std::vector<std::string> expected = {
      "phase 1 (name removed)", "stage 1",
      "phase 2 (name removed)", "something is missing here: (text removed)",
      "phase 1 (name removed)", "MT6580 (hw code 6580, boot ROM)"};
  EXPECT_EQ(texts, expected);
  EXPECT_EQ(redacted.facts.moniker, "replay:file");
  EXPECT_EQ(redacted.facts.chip, "");
  EXPECT_EQ(redacted.facts.tool, "mtkclient");
  EXPECT_EQ(redacted.facts.seed, "");
  EXPECT_EQ(redacted.facts.comments, std::vector<std::string>{"command: readback boot recovery"});
  EXPECT_EQ(redacted.report.notes_removed, 10U);
  EXPECT_EQ(redacted.report.notes_kept, 0U);
  const Redacted again = RedactEvents(redacted.events, redacted.facts);
  EXPECT_EQ(again.report.notes_removed, 0U) << "what stands in their place is harmless";
  const Redacted kept = RedactEvents(events, facts, {.keep_notes = true});
  EXPECT_EQ(kept.events.size(), events.size());
  EXPECT_EQ(kept.report.notes_kept, 10U);
  EXPECT_EQ(kept.report.notes_removed, 0U);
}

TEST(Redactor, OtherTextsAreSearchedForWhatTheRecordingKnows) {
  const std::vector<Event> events =
      WithHandshake("> e1\n< e1 00000010 7e92c0b4115dfa386c07d3e2489a5bf1 0000\n");
  const auto texts = RedactTexts(
      [&]() -> Result<std::unique_ptr<TraceReader>> {
        return std::make_unique<MemoryTraceReader>(events);
      },
      {"of 7E92C0B4115DFA386C07D3E2489A5BF1", "serial: R58M12ABCDE", "issue 12"});
  ASSERT_TRUE(texts) << texts.error().Describe();
  EXPECT_THAT((*texts)[0], ::testing::Not(HasSubstr("7E92C0B4")));
  EXPECT_EQ((*texts)[1], "serial: X0000000002");
  EXPECT_EQ((*texts)[2], "issue 12");
}

TEST(Redactor, WhatMayBeAnythingStays) {
  const std::vector<Event> events =
      WithHandshake("> e1\n< e1 00000010 ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? 0000\n");
  const Redacted redacted = RedactEvents(events);
  ASSERT_EQ(redacted.events.size(), events.size());
  EXPECT_EQ(redacted.events.back().any, events.back().any);
  EXPECT_EQ(redacted.events.back().bytes, events.back().bytes);
}

TEST(Redactor, TellsWhereIdentitiesAndWantedPacketsAre) {
  std::vector<Event> events =
      WithHandshake("> e1\n< e1 00000010 7e92c0b4115dfa386c07d3e2489a5bf1 0000\n");
  for (std::size_t i = 0; i < events.size(); ++i) events[i].packet = 100 + i;
  const Redacted redacted = RedactEvents(events, {}, {.wanted_packets = {105, 4}});
  EXPECT_EQ(redacted.report.event_of_packet.size(), 1U);
  EXPECT_EQ(redacted.report.event_of_packet.at(105), 5U);
  ASSERT_EQ(redacted.report.identity_events.size(), 1U);
  EXPECT_EQ(redacted.report.identity_events[0].event, events.size() - 1);
  EXPECT_EQ(redacted.report.identity_events[0].at, 5U);
  EXPECT_EQ(redacted.report.identity_events[0].length, 16U);
}

TEST(Redactor, ADigestThatNothingComputesGoes) {
  for (const auto& [digest, stays] :
       {std::pair("anna:7e92c0b4115dfa38", false),
        std::pair("xxh3-128:7e92c0b4115dfa386c07d3e2489a5bf1", true)}) {
    std::vector<Event> events = WithHandshake(
        "> d7\n< d7\n> 00200000\n< 00200000\n> 00000008\n< 00000008\n> 00000000\n< 00000000 "
        "0000\n");
    Event agent = BytesEvent(Direction::kToPhone, FromHex("01020304"));
    agent.length = 8;
    agent.digest = digest;
    events.push_back(agent);
    EXPECT_EQ(RedactEvents(events).events.back().digest, stays ? digest : "");
  }
}

TEST(Redactor, AnEmptyRecordingStaysEmpty) {
  EXPECT_TRUE(RedactEvents({}).events.empty());
}

TEST(Redactor, TheSideFileHasWhatIsNeeded) {
  RedactReport report;
  EXPECT_EQ(RedactedSideFile(report, {}), "");
  report.fill_received = true;
  Loosenings loosenings;
  loosenings.ready = true;
  loosenings.random = {{.name = "challenge", .packet = 7, .at = 4, .length = 16}};
  const std::string text = RedactedSideFile(report, loosenings);
  const auto settings = ParseSideFile(text, "side.yaml", ".");
  ASSERT_TRUE(settings) << settings.error().Describe();
  EXPECT_TRUE(settings->loosenings.ready);
  ASSERT_EQ(settings->loosenings.random.size(), 1U);
  EXPECT_EQ(settings->loosenings.random[0].packet, 7U);
  EXPECT_EQ(settings->loosenings.random[0].length, 16U);
  EXPECT_FALSE(settings->contents.empty());
}

}  // namespace
}  // namespace mtkrig::traces
