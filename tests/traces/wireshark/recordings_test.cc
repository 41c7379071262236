// Recordings of emulated phones: nothing in them is unknown to the dissector, and how the bytes are
// split into transfers makes no difference to what it finds.

#include <gmock/gmock.h>

#include "dissection.h"

namespace mtkrig::traces {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// What one run of tshark over a capture finds.
struct Findings {
  std::vector<std::string> commands;
  std::vector<std::string> results;     // of the storage report
  std::vector<std::string> identities;  // hw codes and sizes
  std::vector<std::string> complaints;
  std::uint64_t data_bytes = 0;  // of READ and NAND_READPAGE
};

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> parts(1);
  for (const char character : line) {
    if (character == '|') {
      parts.emplace_back();
    } else {
      parts.back() += character;
    }
  }
  return parts;
}

Findings Find(const std::string& capture, const std::string& options = "") {
  const Dissection dissection = Dissect(
      capture, options +
                   " -Y 'mtk || _ws.lua.error' -T fields -E 'separator=|' -e mtk.cmd.name "
                   "-e mtk.command -e mtk.data -e mtk.agent.result -e mtk.hw_code "
                   "-e mtk.emmc.user -e mtk.expert.resync -e mtk.expert.unexpected "
                   "-e mtk.expert.missing -e mtk.expert.checksum -e mtk.expert.status -e mtk.raw "
                   "-e mtk.ahead -e _ws.lua.error -e frame.number -e _ws.col.Info");
  Findings findings;
  const auto keep = [](std::vector<std::string>& list, const std::string& value) {
    if (!value.empty()) list.push_back(value);
  };
  for (const std::string& line : dissection.lines) {
    const std::vector<std::string> parts = Split(line);
    if (parts.size() < 16) {
      ADD_FAILURE() << line;
      continue;
    }
    keep(findings.commands, parts[0]);
    keep(findings.results, parts[3]);
    keep(findings.identities, parts[4]);
    keep(findings.identities, parts[5]);
    if (!parts[2].empty() && (parts[1] == "READ" || parts[1] == "NAND_READPAGE")) {
      findings.data_bytes += std::stoull(parts[2]);
    }
    for (std::size_t i = 6; i < 14; ++i) {
      if (!parts[i].empty()) findings.complaints.push_back(parts[14] + " " + parts[15]);
    }
  }
  return findings;
}

constexpr std::uint64_t kRange = 192U * 1024;

class WiresharkRecording : public WiresharkTest, public testing::WithParamInterface<const char*> {};

TEST_P(WiresharkRecording, IsUnderstoodInEverySplit) {
  const std::vector<Event> events = Recording(GetParam());
  const Findings whole = Find(Save(events));
  EXPECT_THAT(whole.complaints, IsEmpty());
  EXPECT_THAT(whole.commands, Contains("GET_HW_CODE"));
  EXPECT_THAT(whole.commands, Contains("SEND_DA"));
  EXPECT_THAT(whole.commands, Contains("READ"));
  EXPECT_EQ(whole.commands.back(), "FINISH");
  EXPECT_EQ(whole.data_bytes, kRange);
  EXPECT_THAT(whole.results, ElementsAre("0xc1"));
  EXPECT_EQ(whole.identities.size(), 2U);
  for (const std::size_t longest : {100U, 3000U, 1'000'000U}) {
    SCOPED_TRACE(longest);
    Random random(longest);
    const Findings split = Find(Save(Resplit(Transfers(events), longest, random)));
    EXPECT_THAT(split.complaints, IsEmpty());
    EXPECT_EQ(split.commands, whole.commands);
    EXPECT_EQ(split.identities, whole.identities);
    EXPECT_EQ(split.data_bytes, kRange);
  }
}

// Payloads cut after 64 bytes: what is not there is not shown, and nothing is lost for it.
TEST_P(WiresharkRecording, IsUnderstoodWhenItIsCut) {
  const std::vector<Event> events = Recording(GetParam());
  std::vector<Event> cut = Transfers(events);
  for (Event& event : cut) {
    if (event.bytes.size() > 64) event.bytes.resize(64);
  }
  const Findings findings = Find(Save(cut));
  EXPECT_THAT(findings.complaints, IsEmpty());
  EXPECT_EQ(findings.data_bytes, kRange);
  EXPECT_EQ(findings.commands, Find(Save(events)).commands);
}

std::string ProfileName(const testing::TestParamInfo<const char*>& info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(Profiles, WiresharkRecording,
                         testing::Values("mt6577", "mt6580", "mt6589", "mt6592", "mt8127"),
                         ProfileName);

class WiresharkRecordings : public WiresharkTest {};

// Two passes show what one shows; so does a filter that keeps only some of the frames.
TEST_F(WiresharkRecordings, AreTheSameInTwoPasses) {
  Random random(1);
  const std::string capture = Save(Resplit(Recording("mt6577"), 2000, random));
  const std::string fields =
      "-e frame.number -e _ws.col.Info -e mtk.stage -e mtk.command -e mtk.command.frame "
      "-e mtk.segment -e mtk.status -e mtk.data -e _ws.expert.message";
  const std::vector<std::string> once = FieldLines(capture, "mtk", fields);
  EXPECT_THAT(once, Not(IsEmpty()));
  EXPECT_EQ(once, FieldLines(capture, "mtk", fields, "-2"));
  // A read filter numbers the frames anew.
  const std::string unnumbered = "-e _ws.col.Info -e mtk.stage -e mtk.command -e mtk.status";
  EXPECT_EQ(FieldLines(capture, "mtk.status", unnumbered),
            FieldLines(capture, "mtk.status", unnumbered, "-2 -R mtk.status"));
  EXPECT_EQ(Dissect(capture, "-O mtk -Y mtk").lines, Dissect(capture, "-2 -O mtk -Y mtk").lines);
}

TEST_F(WiresharkRecordings, WithSnapAreUnderstood) {
  const std::string capture = Save(Recording("mt6582", "--snap 32"));
  const Findings findings = Find(capture);
  EXPECT_THAT(findings.complaints, IsEmpty());
  EXPECT_EQ(findings.data_bytes, kRange);
  EXPECT_THAT(InfoLines(capture, "mtk.cmd.name == READ"),
              ElementsAre(testing::EndsWith("READ eMMC 0x0 +192 KiB")));
}

// Registers read as the oldest chips do, NAND pages, versions behind the sync.
TEST_F(WiresharkRecordings, OfAPhoneWithNandAreUnderstood) {
  const Findings findings = Find(Save(Recording("mt6573", "", "NAND:0x80000+8K")));
  EXPECT_THAT(findings.complaints, IsEmpty());
  EXPECT_EQ(findings.data_bytes, 8U * 1024);
  EXPECT_THAT(findings.commands, Contains("READ16_OLD"));
}

}  // namespace
}  // namespace mtkrig::traces
