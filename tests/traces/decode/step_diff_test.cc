#include "traces/decode/step_diff.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kHandshake = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n";
constexpr std::string_view kHwCode = "> fd\n< fd 6580 0000\n";
constexpr std::string_view kWatchdog =
    "> d4 10007000 00000001 22000064\n"
    "< d4 10007000 00000001 0001 22000064 0001\n";

std::string Join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string Names(const std::vector<Step>& steps) {
  std::string names;
  for (const Step& step : steps) names += (names.empty() ? "" : " ") + step.name;
  return names;
}

// "GET_HW_CODE: hw code 0x6580 | 0x6582", or "- a b | + c" for steps of one side.
std::vector<std::string> DiffOf(std::string_view a, std::string_view b,
                                StepDiffOptions options = {}) {
  MemoryTraceReader trace_a(EventsOf(a));
  MemoryTraceReader trace_b(EventsOf(b));
  StepReader reader_a(trace_a);
  StepReader reader_b(trace_b);
  StepDiff diff(reader_a, reader_b, std::move(options));
  std::vector<std::string> lines;
  for (;;) {
    auto difference = diff.Next();
    EXPECT_TRUE(difference.has_value());
    if (!difference || !difference->has_value()) break;
    const StepDifference& found = **difference;
    for (const FieldDifference& field : found.fields) {
      lines.push_back(found.only_a.front().name + ": " + field.name + " " + field.a + " | " +
                      field.b);
    }
    if (found.fields.empty()) {
      lines.push_back("- " + Names(found.only_a) + " | + " + Names(found.only_b));
    }
  }
  return lines;
}

TEST(StepDiff, NoDifference) {
  const std::string session = Join({kHandshake, kHwCode});
  EXPECT_THAT(DiffOf(session, session), IsEmpty());
}

TEST(StepDiff, TransfersTimesAndReadyDoNotMatter) {
  EXPECT_THAT(DiffOf(Join({"< \"READY\"\n< \"READY\"\n", kHandshake, kHwCode}),
                     "[+5s] > a0 0a 50 05\n< 5f\n< f5 af fa\n> fd\n< fd\n< 65\n< 80 0000\n"),
              IsEmpty());
}

TEST(StepDiff, WatchdogWritesAndPollingDoNotMatter) {
  EXPECT_THAT(DiffOf(Join({kHandshake, kWatchdog, kWatchdog, kHwCode}),
                     Join({kHandshake, kHwCode, kWatchdog})),
              IsEmpty());
}

TEST(StepDiff, PassedOverStepsThatDoNotEndWellCount) {
  const std::string refused =
      "> d4 10007000 00000001 22000064\n< d4 10007000 00000001 0001 22000064 1d02\n";
  EXPECT_THAT(DiffOf(Join({kHandshake, kWatchdog, kHwCode}), Join({kHandshake, refused, kHwCode})),
              ElementsAre("-  | + WRITE32"));
  EXPECT_THAT(DiffOf(Join({kHandshake, kHwCode, kWatchdog}),
                     Join({kHandshake, kHwCode, "> d4 10007000\n< d4\n"})),
              SizeIs(1));
}

TEST(StepDiff, HowFarAnIncompleteStepCame) {
  const auto after = [](std::string_view rest) {
    return Join({kHandshake, rest, "! timeout\n"});
  };
  EXPECT_THAT(DiffOf(after("> d7\n"), after("> d7\n< d7\n")),
              ElementsAre("SEND_DA: ends after 1 byte to the phone, 0 to the host | 1 byte to the "
                          "phone, 1 to the host"));
  EXPECT_THAT(DiffOf(after("> d7\n"), after("> d7\n< d7\n"), {.ignore = {"outcome"}}), IsEmpty());
  // Whatever transfers it came in.
  EXPECT_THAT(DiffOf(after("> d7 00200000\n< d7\n< 0020 0000\n"),
                     after("> d7\n> 0020 0000\n< d7 00200000\n")),
              IsEmpty());
  // What is left open counts for nothing here either.
  const auto read = [](std::string_view rest) {
    return Join({"> 72\n< 5a 01\n> d6 0c 02 0000000000000000 0000000000000200\n< 5a\n", rest});
  };
  EXPECT_THAT(DiffOf(read("> 00000100\n"), read("> 00000100\n")), IsEmpty());
  EXPECT_THAT(DiffOf(read(""), read("> 00000100\n")), testing::Not(IsEmpty()));
}

TEST(StepDiff, HowFarAHandshakeCame) {
  const std::string begun = "> a0\n! timeout\n";
  EXPECT_THAT(DiffOf(begun, "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n! timeout\n"), SizeIs(1));
  EXPECT_THAT(DiffOf(begun, "> a0\n< 5f\n! timeout\n"), SizeIs(1));
  // But not how often it began, nor READY.
  EXPECT_THAT(DiffOf(begun, "< \"READY\"\n> a0\n! timeout\n> a0\n< \"READY\"\n! timeout\n"),
              IsEmpty());
}

TEST(StepDiff, BytesOfAHandshakeInExcess) {
  const std::string rest = "< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n";
  const std::string session = Join({"> a0\n", rest, "< fa\n", kHwCode});
  EXPECT_THAT(DiffOf(session, Join({"> a0\n", rest, "> 05\n< fa\n", kHwCode})), SizeIs(1));
  EXPECT_THAT(DiffOf(session, Join({"> a0\n", rest, "> 05050505\n< fa\n", kHwCode})), SizeIs(1));
  EXPECT_THAT(DiffOf(session, Join({"> a0\n! timeout\n> a0\n", rest, "< fa\n", kHwCode})),
              IsEmpty());
}

TEST(StepDiff, AnotherIdOfTheAttachedPhone) {
  const auto session = [](std::string_view attached) {
    return Join({attached, kHandshake, kHwCode});
  };
  const std::string preloader = session("@ attach 0e8d:2000\n");
  const std::string boot_rom = session("@ attach 0e8d:0003\n");
  EXPECT_THAT(DiffOf(preloader, boot_rom), ElementsAre("attached: id 0e8d:2000 | 0e8d:0003"));
  EXPECT_THAT(DiffOf(preloader, boot_rom, {.ignore = {"id"}}), IsEmpty());
  EXPECT_THAT(DiffOf(preloader, preloader), IsEmpty());
  // Recordings of some kinds have no attachments, or no ids.
  EXPECT_THAT(DiffOf(preloader, session("")), IsEmpty());
  EXPECT_THAT(DiffOf(preloader, session("@ attach\n")), IsEmpty());
  // Nothing was said behind these.
  EXPECT_THAT(DiffOf(Join({kHandshake, "@ detach\n@ attach 0e8d:2000\n"}),
                     Join({kHandshake, "@ attach 0e8d:0003\n"})),
              ElementsAre("attached: id 0e8d:2000 | 0e8d:0003"));
}

TEST(StepDiff, ComingAndGoingAndInterruptTransfersDoNotMatter) {
  EXPECT_THAT(DiffOf(Join({kHandshake, kHwCode}),
                     Join({"@ attach 0e8d:2000\n", kHandshake, "< other aabb\n", kHwCode,
                           "@ detach\n@ attach 0e8d:0003\n@ detach\n"})),
              IsEmpty());
}

TEST(StepDiff, AFieldWithBothValues) {
  EXPECT_THAT(DiffOf(Join({kHandshake, kHwCode}), Join({kHandshake, "> fd\n< fd 6582 0000\n"})),
              ElementsAre("GET_HW_CODE: hw code 0x6580 | 0x6582"));
}

TEST(StepDiff, AnOutcome) {
  EXPECT_THAT(DiffOf(Join({kHandshake, "> d8\n< d8 00000000 0000\n"}),
                     Join({kHandshake, "> d8\n< d8 00000000 1d0d\n"})),
              ElementsAre("GET_TARGET_CONFIG: outcome ok | refused: status 1d0d (SLA required)",
                          "GET_TARGET_CONFIG: status 0000 (success) | 1d0d (SLA required)"));
}

TEST(StepDiff, AStepMoreDoesNotUpsetTheOthers) {
  const std::string version = "> ff\n< 05\n";
  const std::string config = "> d8\n< d8 00000000 0000\n";
  EXPECT_THAT(
      DiffOf(Join({kHandshake, kHwCode, version, config}), Join({kHandshake, kHwCode, config})),
      ElementsAre("- GET_VERSION | + "));
  EXPECT_THAT(DiffOf(Join({kHandshake, kHwCode, config}),
                     Join({kHandshake, kHwCode, version, config, version})),
              ElementsAre("-  | + GET_VERSION", "-  | + GET_VERSION"));
}

TEST(StepDiff, AStepMoreOfTheSameKind) {
  const auto read = [](std::string_view address) {
    return "> d1 " + std::string(address) + " 00000001\n< d1 " + std::string(address) +
           " 00000001 0000 00000007 0000\n";
  };
  EXPECT_THAT(DiffOf(Join({kHandshake, read("10001000"), read("10001004"), read("10001008")}),
                     Join({kHandshake, read("10001004"), read("10001008")})),
              ElementsAre("- READ32 | + "));
  EXPECT_THAT(DiffOf(Join({kHandshake, read("10001000"), read("10001004")}),
                     Join({kHandshake, read("10002000"), read("10001004")})),
              ElementsAre("READ32: address 0x10001000 | 0x10002000"));
}

TEST(StepDiff, ContentsByDigest) {
  const auto read = [](std::string_view data) {
    return "> 72\n< 5a 01\n> d6 0c 02 0000000000000000 0000000000000002\n< 5a\n> 00100000\n< " +
           std::string(data) + "\n> 5a\n";
  };
  EXPECT_THAT(DiffOf(read("0102 0003"), read("0102 0003")), IsEmpty());
  EXPECT_THAT(DiffOf(read("0102 0003"), read("0201 0003")), SizeIs(1));
  EXPECT_THAT(DiffOf(read("0102 0003"), read("0201 0003"), {.ignore = {"content"}}), IsEmpty());
  // Of a cut recording only the checksum is known.
  EXPECT_THAT(DiffOf(read("0102 0003"), read("... 2\n< 0003")), IsEmpty());
  EXPECT_THAT(DiffOf(read("0102 0003"), read("... 2\n< 0004")), SizeIs(1));
}

// A READ of `length` bytes in packets of 256, with what the phone says to it.
std::string ReadOf(std::uint64_t length, std::string_view answer) {
  return fmt::format("> 72\n< 5a 01\n> d6 0c 02 0000000000000000 {:016x}\n< 5a\n> 00000100\n{}",
                     length, answer);
}

struct Comparison {
  std::vector<std::string> lines;
  UnknownContents unknown;
  SummedContents summed;
};
Comparison CompareReads(std::string_view a, std::string_view b, std::uint64_t length = 0x100,
                        StepDiffOptions options = {}) {
  MemoryTraceReader trace_a(EventsOf(ReadOf(length, a)));
  MemoryTraceReader trace_b(EventsOf(ReadOf(length, b)));
  StepReader reader_a(trace_a);
  StepReader reader_b(trace_b);
  StepDiff diff(reader_a, reader_b, std::move(options));
  Comparison found;
  for (;;) {
    auto difference = diff.Next();
    EXPECT_TRUE(difference.has_value());
    if (!difference || !difference->has_value()) break;
    for (const FieldDifference& field : (*difference)->fields) {
      found.lines.push_back(field.name + " " + field.a.substr(0, field.a.find(' ')));
    }
  }
  found.unknown = diff.unknown_contents();
  found.summed = diff.summed_contents();
  return found;
}
std::string Reason(const UnknownContents& unknown) {
  return unknown.reasons.size() == 1 ? unknown.reasons.begin()->first : "";
}

// Over USB the checksum behind a packet stands in the last transfer of the packet's bytes, and is
// cut with them: it tells nothing, and contents that nothing tells apart are not the same.
constexpr std::string_view kDigestOne = "xxh3-128:00112233445566778899aabbccddeeff";
constexpr std::string_view kDigestTwo = "xxh3-128:00112233445566778899aabbccddee00";
constexpr std::string_view kSampleOne = "xxh3-128/16384:00112233445566778899aabbccddeeff";
constexpr std::string_view kSampleTwo = "xxh3-128/16384:00112233445566778899aabbccddee00";

std::string CutRead(std::string_view digest) {
  return fmt::format("< 01 02 ... 258 {}\n> 5a\n", digest);
}

TEST(StepDiff, AChecksumThatWasCutTellsNothing) {
  // Of two packets the first one's checksum was cut, and the second one's was kept.
  const std::string read = CutRead("") + "< ... 256\n< 1234\n> 5a\n";
  const Comparison found = CompareReads(read, read, 0x200);
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(found.unknown.steps, 1U);
  EXPECT_EQ(found.unknown.bytes, 0x200U);
  EXPECT_EQ(Reason(found.unknown), "no digests of one kind tell what was cut");
  EXPECT_EQ(found.unknown.first_a.name, "READ");
}

TEST(StepDiff, DigestsOfCutTransfersAreCompared) {
  EXPECT_THAT(CompareReads(CutRead(kDigestOne), CutRead(kDigestTwo)).lines,
              ElementsAre("content digests"));
  const Comparison same = CompareReads(CutRead(kDigestOne), CutRead(kDigestOne));
  EXPECT_THAT(same.lines, IsEmpty());
  EXPECT_EQ(same.unknown.steps, 0U);
}

TEST(StepDiff, DigestsOfSamplesTellDifferencesOnly) {
  EXPECT_THAT(CompareReads(CutRead(kSampleOne), CutRead(kSampleTwo)).lines,
              ElementsAre("content digests"));
  const Comparison found = CompareReads(CutRead(kSampleOne), CutRead(kSampleOne));
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(Reason(found.unknown), "the digests of what was cut are of samples");
  // With the checksums of all packets they are as good as they get.
  const std::string summed = fmt::format("< 01 02 ... 256 {}\n< 1234\n> 5a\n", kSampleOne);
  EXPECT_EQ(CompareReads(summed, summed).unknown.steps, 0U);
  EXPECT_EQ(CompareReads(summed, summed).summed.steps, 1U);
  // With digests of all bytes, too, nothing is left to sums.
  const std::string whole = fmt::format("< 01 02 ... 256 {}\n< 1234\n> 5a\n", kDigestOne);
  EXPECT_EQ(CompareReads(whole, whole).summed.steps, 0U);
}

TEST(StepDiff, DigestsOfTwoKindsTellNothing) {
  const Comparison found = CompareReads(CutRead(kSampleOne), CutRead(kDigestTwo));
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(Reason(found.unknown), "no digests of one kind tell what was cut");
}

TEST(StepDiff, KeptBytesAreCompared) {
  EXPECT_THAT(CompareReads("< 01 02 ... 258\n> 5a\n", "< 01 03 ... 258\n> 5a\n").lines,
              ElementsAre("content kept"));
}

TEST(StepDiff, CutAtOtherPlacesCannotBeCompared) {
  const std::string other =
      fmt::format("< 01 02 ... 128 {0}\n< 01 02 ... 130 {0}\n> 5a\n", kDigestOne);
  const Comparison found = CompareReads(CutRead(kDigestOne), other);
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(Reason(found.unknown), "the recordings were cut at different places");
}

TEST(StepDiff, AWholeOneAndOneWithoutChecksumsCannotBeCompared) {
  const std::string whole = "< 01 x256 0100\n> 5a\n";
  const Comparison found = CompareReads(whole, CutRead(kDigestOne));
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(Reason(found.unknown), "one of the recordings lacks what the other has");
  const StepDiffOptions ignoring = {.ignore = {"content"}};
  EXPECT_EQ(CompareReads(whole, CutRead(kDigestOne), 0x100, ignoring).unknown.steps, 0U);
  // The checksum is enough, as far as a sum can be.
  const Comparison summed = CompareReads(whole, "< ... 256\n< 0100\n> 5a\n");
  EXPECT_EQ(summed.unknown.steps, 0U);
  EXPECT_EQ(summed.summed.steps, 1U);
  EXPECT_EQ(summed.summed.bytes, 0x100U);
}

TEST(StepDiff, WhatATextLeavesOpenCannotBeCompared) {
  const std::string open = "< any 258\n> 5a\n";
  EXPECT_EQ(Reason(CompareReads(open, open).unknown), "it may be anything");
}

// Checksums that sum a part of the content say nothing of the rest: WRITE_IMAGE has one, of its
// last packet, twice.
TEST(StepDiff, ChecksumsOfSomePacketsAreNotEnough) {
  const std::string image =
      "> 72\n< 5a 01\n> 61 00 08 0000000000000000 0000000000000200 00 00\n< 00000100 5a\n> 5a\n"
      "> ... 256\n< 69\n< 69\n> 5a\n> ... 256\n> 1234\n< 69\n> 1234\n< 5a\n";
  MemoryTraceReader trace_a(EventsOf(image));
  MemoryTraceReader trace_b(EventsOf(image));
  StepReader a(trace_a);
  StepReader b(trace_b);
  StepDiff diff(a, b, {});
  const auto difference = diff.Next();
  ASSERT_TRUE(difference.has_value() && !difference->has_value());
  EXPECT_EQ(diff.unknown_contents().steps, 1U);
}

TEST(StepDiff, WhatIsIgnored) {
  const std::string a = Join({kHandshake, "> e1\n< e1 00000002 0102 0000\n"});
  const std::string b = Join({kHandshake, "> e1\n< e1 00000002 0103 0000\n"});
  EXPECT_THAT(DiffOf(a, b), ElementsAre("GET_ME_ID: id 0102 | 0103"));
  EXPECT_THAT(DiffOf(a, b, {.ignore = {"id"}}), IsEmpty());
  EXPECT_THAT(DiffOf(a, b, {.ignore = {"identity"}}), IsEmpty());
}

// Bytes that no field tells: what fits nothing, and values beyond those that a step shows.
TEST(StepDiff, BytesThatAreNoField) {
  const std::string a = "> 11 22 33 44\n< 55\n";
  EXPECT_THAT(DiffOf(a, a), IsEmpty());
  EXPECT_THAT(DiffOf(a, "> 11 22\n> 33 44\n< 55\n"), IsEmpty());
  EXPECT_THAT(DiffOf(a, "> 11 22 37 44\n< 55\n"),
              ElementsAre("unknown: bytes to the phone, byte 0x2 of the step, packet 1: 33 44 | to "
                          "the phone, byte 0x2 of the step, packet 1: 37 44"));
  EXPECT_THAT(DiffOf(a, "> 11 22 33 44\n< 55 66\n"), SizeIs(1));
  EXPECT_THAT(DiffOf(a, "> 11 22 37 44\n< 55\n", {.ignore = {"bytes"}}), IsEmpty());
  // What a text leaves open may be what the other says; what is known beside it is compared.
  EXPECT_THAT(DiffOf(a, "> 11 any 2 44\n< 55\n"), IsEmpty());
  EXPECT_THAT(DiffOf(a, "> 12 any 2 44\n< 55\n"), SizeIs(1));
}

TEST(StepDiff, BytesThatWereCutCannotBeCompared) {
  const std::string cut = "> 11 22 ... 200\n< 55\n";
  MemoryTraceReader trace_a(EventsOf(cut));
  MemoryTraceReader trace_b(EventsOf("> 11 22\n> 22 x198\n< 55\n"));
  StepReader reader_a(trace_a);
  StepReader reader_b(trace_b);
  StepDiff diff(reader_a, reader_b, {});
  const auto difference = diff.Next();
  ASSERT_TRUE(difference.has_value());
  EXPECT_FALSE(difference->has_value());
  EXPECT_EQ(diff.unknown_contents().steps, 1U);
  EXPECT_EQ(Reason(diff.unknown_contents()),
            "of bytes that are no field: one of the recordings lacks what the other has");
}

TEST(StepDiff, OneThatEndsEarlier) {
  EXPECT_THAT(DiffOf(Join({kHandshake, kHwCode}), kHandshake), ElementsAre("- GET_HW_CODE | + "));
}

TEST(StepDiff, TellsWhatCameBefore) {
  MemoryTraceReader trace_a(EventsOf(Join({kHandshake, kHwCode})));
  MemoryTraceReader trace_b(EventsOf(Join({kHandshake, "> fd\n< fd 6582 0000\n"})));
  StepReader a(trace_a);
  StepReader b(trace_b);
  StepDiff diff(a, b, {});
  const auto difference = diff.Next();
  ASSERT_TRUE(difference.has_value() && difference->has_value());
  EXPECT_EQ(Names((*difference)->before), "handshake");
  EXPECT_EQ((*difference)->only_b.front().first_packet, 9U);
}

TEST(StepDiff, SessionsWithNothingInCommon) {
  EXPECT_THAT(DiffOf(Join({kHandshake, kHwCode}), "> 72\n< 5a 01\n> d9\n< 5a\n> 00000000\n< 5a\n"),
              ElementsAre("- handshake GET_HW_CODE | + FINISH"));
}

// Each step is held against a window of the other side: by digests, not field by field.
TEST(StepDiff, SessionsWithNothingInCommonAreToldApartByDigests) {
  constexpr std::size_t kSteps = 2'000;
  const auto session = [](std::uint32_t base) {
    std::string text(kHandshake);
    for (std::uint32_t i = 0; i < kSteps; ++i) {
      const std::string address = fmt::format("{:08x}", base + i * 4);
      text += fmt::format("> d1 {0} 00000001\n< d1 {0} 00000001 0000 {1:08x} 0000\n", address,
                          base ^ i);
    }
    return text;
  };
  MemoryTraceReader trace_a(EventsOf(session(0x10000000)));
  MemoryTraceReader trace_b(EventsOf(session(0x20000000)));
  StepReader a(trace_a);
  StepReader b(trace_b);
  StepDiff diff(a, b, {});
  std::size_t differences = 0;
  for (;;) {
    const auto difference = diff.Next();
    ASSERT_TRUE(difference.has_value());
    if (!difference->has_value()) break;
    ++differences;
  }
  EXPECT_EQ(differences, kSteps);
  EXPECT_LE(diff.looked_into(), 2 * kSteps);
}

}  // namespace
}  // namespace mtkrig::traces::test
