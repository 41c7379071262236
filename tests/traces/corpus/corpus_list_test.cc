#include "traces/corpus/corpus_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::traces {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kList = R"(# A comment of a person.
sessions:
  - trace: handwritten/one.wire   # behind an item
    chip: MT6580
    source: somewhere
    evidence: something
    loosened: [ready]
    as_phone:
      - run: identify
      - {run: blockmap, exit: 5, says: refused}
    as_host:
      - device: emulator:mt6580
      - {device: "emulator:mt6577", differs: "65 [80]", reason: another chip}
)";

std::string MessageOf(std::string_view text) {
  const auto list = ParseCorpusList(text, "corpus.yaml");
  EXPECT_FALSE(list.has_value()) << text;
  return list ? std::string() : list.error().message();
}

std::string With(std::string_view more) {
  return "sessions:\n  - {trace: a.wire, chip: c, source: s, evidence: e, " + std::string(more) +
         "}\n";
}

TEST(CorpusList, SaysHowASessionIsReplayed) {
  const auto list = ParseCorpusList(kList, "corpus.yaml");
  ASSERT_TRUE(list) << list.error().Describe();
  ASSERT_EQ(list->sessions.size(), 1U);
  const CorpusSession& session = list->sessions[0];
  EXPECT_EQ(session.name(), "one");
  EXPECT_THAT(session.loosened, ElementsAre("ready"));
  EXPECT_EQ(session.not_understood, 0U);
  EXPECT_EQ(session.unexpected, 0U);
  ASSERT_EQ(session.as_phone.size(), 2U);
  EXPECT_TRUE(session.as_phone[0].whole);
  EXPECT_EQ(session.as_phone[1].exit_code, 5);
  EXPECT_FALSE(session.as_phone[1].whole);
  ASSERT_EQ(session.as_host.size(), 2U);
  EXPECT_EQ(session.as_host[1].differs, "65 [80]");
}

TEST(CorpusList, NamesAreWithoutSuffixes) {
  CorpusSession session;
  session.trace = "reports/issue-12.pcapng.zst";
  EXPECT_EQ(session.name(), "issue-12");
}

TEST(CorpusList, RefusesWhatItCannotMean) {
  EXPECT_THAT(MessageOf("sessions:\n  - {chip: x}\n"), HasSubstr("corpus.yaml:2: 'trace'"));
  EXPECT_THAT(MessageOf(With("as_fone: []")), HasSubstr("as_phone"));
  EXPECT_THAT(MessageOf(With("as_phone: []")), HasSubstr("no direction"));
  EXPECT_THAT(MessageOf(With("as_phone: [{run: x}], only_itself: why")), HasSubstr("only_itself"));
  EXPECT_THAT(MessageOf(With("as_host: [{device: d, differs: x}]")), HasSubstr("reason"));
  EXPECT_THAT(MessageOf(With("as_host: [{device: d, reason: x}]")), HasSubstr("differs"));
  EXPECT_THAT(MessageOf(With("as_phone: [{run: x, exit: 256}]")), HasSubstr("255"));
  EXPECT_THAT(MessageOf(With("as_phone: [{run: x}], not_understood: some")),
              HasSubstr("not_understood"));
  EXPECT_THAT(MessageOf(With("as_phone: [{run: x}], unexpected: some")), HasSubstr("unexpected"));
  for (const char* path : {"../a.wire", "/etc/a.wire", "a/../../b.wire", ""}) {
    std::string text = With("as_phone: [{run: x}]");
    text.replace(text.find("a.wire"), 6, std::string("\"") + path + "\"");
    EXPECT_FALSE(MessageOf(text).empty()) << path;
  }
  EXPECT_THAT(MessageOf(With("as_phone: [{run: x}]") +
                        "  - {trace: b/a.pcapng, chip: c, source: s, evidence: e, as_phone: [{run: "
                        "x}]}\n"),
              HasSubstr("twice"));
}

TEST(CorpusList, ASessionWithoutACounterpartSaysWhy) {
  CorpusSession session;
  session.trace = "handwritten/xflash.wire";
  session.chip = session.source = session.evidence = "x";
  session.only_itself = "no engine speaks it: \"yet\"";
  const auto added = AppendSession(kList, "corpus.yaml", session);
  ASSERT_TRUE(added) << added.error().Describe();
  const auto list = ParseCorpusList(*added, "corpus.yaml");
  ASSERT_TRUE(list) << list.error().Describe();
  EXPECT_EQ(list->sessions.back().only_itself, session.only_itself);
  EXPECT_TRUE(list->sessions.back().as_host.empty());
}

CorpusSession Sample() {
  CorpusSession session;
  session.trace = "reports/issue-12.wire";
  session.chip = "MT6580";
  session.source = "a report: \"it fails\" \\ here\n";
  session.evidence = "it #fails";
  session.loosened = {"watchdog-writes"};
  session.not_understood = 3;
  session.unexpected = 2;
  session.as_phone = {{"readback --range EMMC_USER:0+1M=x.bin", 12, "the phone says: no", false},
                      {"identify", 0, "", true},
                      {"identify", 0, "", false}};
  session.as_host = {{"emulator:mt6580", "", ""}, {"emulator:mt6577", "[1d]", "because"}};
  return session;
}

void ExpectSample(const CorpusSession& read) {
  const CorpusSession sample = Sample();
  EXPECT_EQ(read.trace, sample.trace);
  EXPECT_EQ(read.source, sample.source);
  EXPECT_EQ(read.evidence, sample.evidence);
  EXPECT_EQ(read.loosened, sample.loosened);
  EXPECT_EQ(read.not_understood, 3U);
  EXPECT_EQ(read.unexpected, 2U);
  ASSERT_EQ(read.as_phone.size(), 3U);
  EXPECT_EQ(read.as_phone[0].run, sample.as_phone[0].run);
  EXPECT_EQ(read.as_phone[0].exit_code, 12);
  EXPECT_EQ(read.as_phone[0].says, sample.as_phone[0].says);
  EXPECT_TRUE(read.as_phone[1].whole);
  EXPECT_FALSE(read.as_phone[2].whole);
  ASSERT_EQ(read.as_host.size(), 2U);
  EXPECT_EQ(read.as_host[1].reason, "because");
}

TEST(CorpusList, AppendingKeepsEverythingThatIsThere) {
  const auto added = AppendSession(kList, "corpus.yaml", Sample());
  ASSERT_TRUE(added) << added.error().Describe();
  EXPECT_TRUE(added->starts_with(kList));
  const auto list = ParseCorpusList(*added, "corpus.yaml");
  ASSERT_TRUE(list) << list.error().Describe();
  ASSERT_EQ(list->sessions.size(), 2U);
  ExpectSample(list->sessions[1]);
}

TEST(CorpusList, AnEmptyListTakesItsFirstSession) {
  for (const char* text :
       {"", "# nothing yet\n", "sessions: []\n", "sessions:\n", "# x\nsessions:"}) {
    const auto added = AppendSession(text, "corpus.yaml", Sample());
    ASSERT_TRUE(added) << text << added.error().Describe();
    const auto list = ParseCorpusList(*added, "corpus.yaml");
    ASSERT_TRUE(list && list->sessions.size() == 1) << *added;
    ExpectSample(list->sessions[0]);
  }
}

TEST(CorpusList, AppendingRefusesANameThatIsThere) {
  CorpusSession session = Sample();
  session.trace = "reports/one.pcapng";
  const auto added = AppendSession(kList, "corpus.yaml", session);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), protocol::ErrorCode::kExists);
}

TEST(CorpusList, AppendingRefusesAListThatGoesOnOtherwise) {
  const auto added = AppendSession("{sessions: []}\n", "corpus.yaml", Sample());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), protocol::ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace mtkrig::traces
