#include "harness/trace/step_printer.h"

#include <gtest/gtest.h>

#include <sstream>

namespace mtkrig::harness {
namespace {

traces::Step HwCode() {
  traces::Step step;
  step.layer = traces::Layer::kBrom;
  step.name = "GET_HW_CODE";
  step.fields = {{"hw code", "0x6580"}};
  return step;
}

std::string Printed(const StepPrinterOptions& options, const std::vector<traces::Step>& steps) {
  std::string text;
  StepPrinter printer(options, [&](std::string_view piece) { text += piece; });
  for (const traces::Step& step : steps) printer.Add(step);
  printer.Finish();
  return text;
}

TEST(StepPrinter, ColorsOnlyWhereAskedFor) {
  EXPECT_EQ(Printed({}, {HwCode()}), "   0.000000  boot ROM   GET_HW_CODE  hw code 0x6580\n");
  EXPECT_EQ(Printed({.color = true}, {HwCode()}),
            "\x1b[2m   0.000000  boot ROM   \x1b[0m\x1b[36mGET_HW_CODE\x1b[0m  hw code 0x6580\n");
}

TEST(StepPrinter, LongLinesAreCutOnATerminal) {
  traces::Step step = HwCode();
  step.fields[0].value = std::string(200, 'x');
  for (const std::size_t width : {std::size_t{30}, std::size_t{80}, std::size_t{120}}) {
    const std::string line = Printed({.width = width}, {step});
    EXPECT_EQ(line.size(), width + 1) << line;
    EXPECT_TRUE(line.ends_with("...\n")) << line;
  }
}

TEST(StepPrinter, ANarrowTerminalHasNoColumnOfLayers) {
  EXPECT_EQ(Printed({.width = 60}, {HwCode()}), "    0.000  GET_HW_CODE  hw code 0x6580\n");
}

// Gaps were once shown with --verbose alone.
TEST(StepPrinter, GapsAreShownWhole) {
  traces::Step gap;
  gap.layer = traces::Layer::kLine;
  gap.name = "gap";
  gap.incidental = true;
  gap.fields = {{"packet", "12"}, {"offset", "0x1a2"}, {"text", std::string(100, 'x')}};
  const std::string text(100, 'x');
  EXPECT_EQ(Printed({}, {gap, HwCode()}),
            "   0.000000  line       gap  packet 12  offset 0x1a2  text " + text +
                "\n   0.000000  boot ROM   GET_HW_CODE  hw code 0x6580\n");
  EXPECT_EQ(Printed({.width = 80}, {gap, HwCode()}),
            "   0.000000  line       gap\n"
            "            packet 12  offset 0x1a2\n"
            "            text\n              " +
                text + "\n   0.000000  boot ROM   GET_HW_CODE  hw code 0x6580\n");
}

TEST(StepPrinter, WithAllFieldsLinesAreBrokenOnATerminal) {
  traces::Step step = HwCode();
  step.outcome = traces::Outcome::kRefused;
  step.problem = "status 1d0d: the phone wants the authentication of its vendor's tool";
  step.fields = {{"first", "of several words"}, {"second", "0x12345678"}, {"third", "0x1"}};
  step.first_packet = 10;
  step.last_packet = 13;
  step.bytes_to_phone = step.bytes_to_host = 1000;
  step.packets_to_phone = step.packets_to_host = 2;
  for (const std::size_t width : {std::size_t{40}, std::size_t{80}}) {
    std::istringstream lines(Printed({.verbose = true, .width = width}, {step}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), width) << line;
  }
  EXPECT_EQ(Printed({.verbose = true, .width = 40}, {step}),
            "    0.000  GET_HW_CODE\n"
            "            first of several words\n"
            "            second 0x12345678\n"
            "            third 0x1\n"
            "            refused: status 1d0d: the\n"
            "              phone wants the\n"
            "              authentication of its\n"
            "              vendor's tool\n"
            "            packets 10 to 13, 1000\n"
            "              bytes in 2 to the phone,\n"
            "              1000 bytes in 2 to the\n"
            "              host\n");
}

// A read that the host gave up within a step ends before the step does.
TEST(StepPrinter, WhatHappenedWithinAStepStandsBehindIt) {
  traces::Step timeout;
  timeout.layer = traces::Layer::kLine;
  timeout.name = "transfer to the host";
  timeout.incidental = true;
  timeout.first_packet = timeout.last_packet = 3;
  traces::Step code = HwCode();
  code.first_packet = 4;
  code.last_packet = 9;
  traces::Step within = timeout;
  within.first_packet = within.last_packet = 6;
  const std::string text = Printed({.verbose = true}, {timeout, within, code});
  EXPECT_LT(text.find("packets 3 to 3"), text.find("packets 4 to 9"));
  EXPECT_LT(text.find("packets 4 to 9"), text.find("packets 6 to 6"));
}

TEST(StepPrinter, RepetitionsAreCounted) {
  traces::Step ready;
  ready.layer = traces::Layer::kHandshake;
  ready.name = "READY";
  ready.incidental = true;
  EXPECT_EQ(Printed({}, {ready, ready, ready, HwCode()}),
            "   0.000000  handshake  READY  (3 times)\n"
            "   0.000000  boot ROM   GET_HW_CODE  hw code 0x6580\n");
}

TEST(StepPrinter, TextOfThePhoneDoesNotDriveTheTerminal) {
  traces::Step step = HwCode();
  step.fields[0].value = "\x1b[2J";
  EXPECT_EQ(Printed({}, {step}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace mtkrig::harness
