// Understanding recordings, as a user does: trace show, stats and diff.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kSession =
    "@ phase handshake\n< \"READY\"\n[+1s] > a0 0a 50 05\n[+2ms] < 5f f5 af fa\n"
    "@ phase identify\n[+1ms] > fd\n[+1ms] < fd 6580 0000\n"
    "> d8\n< d8 00000005 1d0d\n";

class CommandTraceRead : public Command {
 protected:
  std::string File(std::string_view name, std::string_view content) const {
    Spill(directory_ / name, std::string(content));
    return (directory_ / name).string();
  }
};

TEST_F(CommandTraceRead, ShowHasALineForEachStep) {
  const ProcessResult result = Mtkrig({"trace", "show", File("s.wire", kSession)});
  EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
  EXPECT_EQ(result.out,
            "-- handshake\n"
            "   0.000000  handshake  READY  times 1\n"
            "   1.000000  handshake  handshake\n"
            "-- identify\n"
            "   1.003000  boot ROM   GET_HW_CODE  hw code 0x6580\n"
            "   1.004000  boot ROM   GET_TARGET_CONFIG  config 0x5 (secure boot, DAA)  status "
            "1d0d (SLA required)\n"
            "            refused: status 1d0d (SLA required)\n"
            "4 steps, 1 refused\n");
}

TEST_F(CommandTraceRead, VerboseShowsBytesAndLatencies) {
  const ProcessResult result = Mtkrig({"trace", "show", "-v", File("s.wire", kSession)});
  EXPECT_THAT(result.out, HasSubstr("GET_HW_CODE  hw code 0x6580  status 0000 (success)\n"
                                    "            packets 6 to 7, 1 bytes in 1 to the phone, 5 "
                                    "bytes in 1 to the host, took 1.0 ms, answered after 1.0 ms\n"
                                    "            > fd\n"
                                    "            < fd 65 80 00 00\n"));
}

TEST_F(CommandTraceRead, ShowAsJson) {
  const std::string file = File("s.wire", kSession);
  const nlohmann::json document = Json(Mtkrig({"trace", "show", "--json", file}));
  const nlohmann::json& results = document["results"];
  EXPECT_EQ(results["count"], 4);
  EXPECT_EQ(results["problems"]["refused"], 1);
  const nlohmann::json& step = results["steps"][2];
  EXPECT_EQ(step["name"], "GET_HW_CODE");
  EXPECT_EQ(step["fields"]["hw code"], "0x6580");
  EXPECT_EQ(step["latency_ns"], 1000000);
  EXPECT_EQ(step["phase"], "identify");
  const ProcessResult lines = Mtkrig({"trace", "show", "--jsonl", file});
  EXPECT_THAT(lines.out, StartsWith("{\"layer\":\"handshake\",\"name\":\"READY\""));
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 4);
}

// It once ended as a fault of mtkrig itself.
TEST_F(CommandTraceRead, ANameThatIsNoUtf8StillMakesJson) {
  const std::string file = File("u.wire", "@ phase \xff\n> a0\n< 5f\n");
  const ProcessResult lines = Mtkrig({"trace", "show", "--jsonl", file});
  EXPECT_EQ(lines.exit_code, kExitSuccess) << lines.err;
  for (std::istringstream in(lines.out); in.good();) {
    std::string line;
    if (!std::getline(in, line)) break;
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  }
}

TEST_F(CommandTraceRead, ARecordedReadbackIsUnderstoodWhole) {
  const std::string file = (directory_ / "s.pcapng").string();
  ASSERT_EQ(Mtkrig({"readback", "-q", "-d", "emulator:mt6580", "-o", Out(), "--range",
                    "EMMC_USER:0x0+0x40000=a.bin", "--trace", file})
                .exit_code,
            kExitSuccess);
  const ProcessResult result = Mtkrig({"trace", "show", file});
  EXPECT_THAT(result.out, HasSubstr("READ  storage eMMC  part user  address 0x0  length 0x40000  "
                                    "256.0 KiB"));
  EXPECT_THAT(result.out, Not(HasSubstr("unknown ")));
  EXPECT_EQ(Mtkrig({"trace", "diff", file, file}).exit_code, kExitSuccess);
}

TEST_F(CommandTraceRead, StatsByPhaseAndLayerWithAChart) {
  const std::string file = File("s.wire", kSession);
  const std::string svg = (directory_ / "s.svg").string();
  const ProcessResult result = Mtkrig({"trace", "stats", file, "--svg", svg});
  EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
  EXPECT_THAT(result.out, HasSubstr("identify"));
  EXPECT_THAT(result.out, HasSubstr("boot ROM"));
  EXPECT_THAT(result.out, HasSubstr("3 answers, from the host's transfer to the phone's:"));
  EXPECT_THAT(Slurp(svg), StartsWith("<svg "));
  EXPECT_EQ(Mtkrig({"trace", "stats", file, "--svg", svg}).exit_code,
            ExitCodeOf(ErrorCode::kExists));
  EXPECT_EQ(Mtkrig({"trace", "stats", file, "--svg", svg, "--force"}).exit_code, kExitSuccess);
  const nlohmann::json document = Json(Mtkrig({"trace", "stats", "--json", file}));
  EXPECT_EQ(document["results"]["all"]["bytes_to_host"], 21);
  EXPECT_EQ(document["results"]["all"]["latency_ns"]["max"], 2000000);
}

TEST_F(CommandTraceRead, DiffTellsStepFieldValuesAndPackets) {
  const std::string a = File("a.wire", "> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd 6580 0000\n");
  const std::string b = File("b.wire",
                             "< \"READY\"\n> a0 0a 50 05\n< 5f f5 af fa\n> fd\n"
                             "< fd\n< 6582 0000\n");
  const ProcessResult result = Mtkrig({"trace", "diff", a, b});
  EXPECT_EQ(result.exit_code, kExitDifferent) << result.err;
  EXPECT_EQ(result.out,
            "difference 1: GET_HW_CODE of the boot ROM\n"
            "  hw code:\n"
            "     " +
                a +
                ", packets 3 to 4  0x6580\n"
                "     " +
                b +
                ", packets 4 to 6  0x6582\n"
                "  before it, in both:\n"
                "    handshake  handshake\n"
                "This is the first difference; --all goes on.\n");
  const ProcessResult ignored = Mtkrig({"trace", "diff", a, b, "--ignore", "hw code"});
  EXPECT_EQ(ignored.exit_code, kExitSuccess);
  EXPECT_EQ(ignored.out, "no difference in 2 steps\n");
  EXPECT_EQ(ignored.err, "");
  const ProcessResult slip = Mtkrig({"trace", "diff", a, b, "--ignore", "hw cdoe"});
  EXPECT_EQ(slip.exit_code, kExitDifferent);
  EXPECT_THAT(slip.err, HasSubstr("--ignore hw cdoe: no step that was compared has a field of this "
                                  "name; did you mean 'hw code'?"));
  const nlohmann::json document = Json(Mtkrig({"trace", "diff", "--json", a, b}));
  EXPECT_EQ(document["results"]["same"], false);
  EXPECT_EQ(document["results"]["differences"][0]["fields"][0]["field"], "hw code");
}

// The port of one log is not the port of another.
TEST_F(CommandTraceRead, EachSideOfADiffHasADeviceOfItsOwn) {
  const auto talk = [](int descriptor, const std::string& code) {
    std::string text;
    for (const auto& [sent, got] : {std::pair<std::string, std::string>("a0", "5f"),
                                    {"0a", "f5"},
                                    {"50", "af"},
                                    {"05", "fa"},
                                    {"fd", "fd"}}) {
      text += fmt::format("write({}, \"\\x{}\", 1) = 1\n", descriptor, sent);
      text += fmt::format("read({}, \"\\x{}\", 64) = 1\n", descriptor, got);
    }
    return text + fmt::format("read({}, \"\\x{}\\x00\\x00\", 64) = 4\n", descriptor, code);
  };
  const std::string one = "65\\x80";
  const std::string other = "65\\x82";
  const std::string a = File("a.log", talk(3, one) + talk(4, other));
  const std::string b = File("b.log", talk(5, one) + talk(4, other));
  EXPECT_EQ(Mtkrig({"trace", "diff", a, b, "--from", "4"}).exit_code, kExitSuccess);
  const ProcessResult same = Mtkrig({"trace", "diff", a, b, "--from", "3", "--from-b", "5"});
  EXPECT_EQ(same.exit_code, kExitSuccess) << same.err << same.out;
  const ProcessResult differ = Mtkrig({"trace", "diff", a, b, "--from", "4", "--from-b", "5"});
  EXPECT_EQ(differ.exit_code, kExitDifferent) << differ.err;
  EXPECT_THAT(differ.out, HasSubstr("0x6580"));
}

TEST_F(CommandTraceRead, ADiffSaysHowToNameTheDeviceOfB) {
  const std::string wire = File("a.wire", kSession);
  const std::string a = (directory_ / "a.pcapng").string();
  ASSERT_EQ(Mtkrig({"trace", "convert", wire, a}).exit_code, kExitSuccess);
  // A text has one device, so --from is of the capture.
  EXPECT_EQ(Mtkrig({"trace", "diff", wire, a, "--from", "1:2"}).exit_code, kExitSuccess);
  EXPECT_EQ(Mtkrig({"trace", "diff", a, wire, "--from", "1:2"}).exit_code, kExitSuccess);
  const ProcessResult absent = Mtkrig({"trace", "diff", wire, a, "--from", "3:17"});
  EXPECT_EQ(absent.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_THAT(absent.err, HasSubstr("no traffic of device 3:17; it has 1:2"));
  EXPECT_THAT(absent.err, HasSubstr("--from-b names the device of B"));
  EXPECT_EQ(Mtkrig({"trace", "diff", wire, a, "--from-b", "1:2"}).exit_code, kExitSuccess);
}

TEST_F(CommandTraceRead, ATextHasOneDeviceAndTakesNoChoice) {
  const std::string wire = File("b.wire", kSession);
  const std::string a = (directory_ / "a.pcapng").string();
  ASSERT_EQ(Mtkrig({"trace", "convert", wire, a}).exit_code, kExitSuccess);
  const std::string out = (directory_ / "out.wire").string();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"trace", "show", wire, "--from", "9:9"},
        {"trace", "show", wire, "--from", "9:9", "--format", "wire"},
        {"trace", "convert", wire, out, "--from", "1:2"},
        {"trace", "redact", wire, out, "--from", "1:2"},
        {"trace", "diff", wire, wire, "--from", "9:9"},
        {"trace", "diff", wire, a, "--from", "3:17", "--from-b", "1:2"},
        {"trace", "diff", a, wire, "--from-b", "1:2"},
        {"replay-host", wire, "-d", "emulator:mt6580", "--from", "9:9"}}) {
    const ProcessResult refused = Mtkrig(arguments);
    EXPECT_EQ(refused.exit_code, kExitUsage) << fmt::format("{}", fmt::join(arguments, " "));
    EXPECT_THAT(refused.err, HasSubstr("is a .wire recording, which has one device"));
    EXPECT_THAT(refused.err, HasSubstr("leave --from out: it is of captures"));
  }
  const ProcessResult replayed = Mtkrig({"identify", "-d", "replay:" + wire + "?from=9:9"});
  EXPECT_EQ(replayed.exit_code, kExitUsage);
  EXPECT_THAT(replayed.err, HasSubstr("is a .wire recording, which has one device"));
  EXPECT_THAT(replayed.err, HasSubstr("leave 'from=' out"));
}

TEST_F(CommandTraceRead, AllGoesOnBehindTheFirstDifference) {
  const std::string a = File("a.wire",
                             "> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd 6580 0000\n"
                             "> ff\n< 05\n> d8\n< d8 00000000 0000\n");
  const std::string b = File("b.wire",
                             "> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd 6582 0000\n"
                             "> d8\n< d8 00000000 0000\n");
  const ProcessResult result = Mtkrig({"trace", "diff", a, b, "--all"});
  EXPECT_EQ(result.exit_code, kExitDifferent);
  EXPECT_THAT(result.out, HasSubstr("difference 2: steps that the other has not\n  only in " + a +
                                    ":\n    packets 5 to 6: boot ROM  GET_VERSION  version 0x5"));
  EXPECT_THAT(result.out, EndsWith("2 differences, 3 steps compared\n"));
}

// Recordings over a real line lose the checksum behind a packet with the packet's data. Two of
// different contents once were "no difference".
TEST_F(CommandTraceRead, ContentsThatCannotBeComparedAreNotTheSame) {
  const auto read = [&](std::string_view name, std::string_view first) {
    return File(name,
                "> 72\n< 5a 01\n> d6 0c 02 0000000000000000 0000000000000100\n< 5a\n> 00000100\n"
                "< " +
                    std::string(first) + " ... 258\n> 5a\n");
  };
  const std::string a = read("a.wire", "01");
  const std::string b = read("b.wire", "01");
  const ProcessResult result = Mtkrig({"trace", "diff", a, b});
  EXPECT_EQ(result.exit_code, kExitDifferent) << result.err;
  EXPECT_THAT(result.out, StartsWith("no difference in 1 step, as far as they can be compared\n"
                                     "content of 1 step could not be compared (256 bytes):\n"
                                     "  1 of them: no digests of one kind tell what was cut\n"
                                     "  the first: agent  READ"));
  const nlohmann::json document = Json(Mtkrig({"trace", "diff", "--json", a, b}));
  EXPECT_TRUE(document["results"]["same"].is_null());
  EXPECT_EQ(document["results"]["uncompared"]["steps"], 1);
  EXPECT_EQ(document["results"]["uncompared"]["content_bytes"], 256);
  EXPECT_EQ(document["results"]["uncompared"]["first"]["a"]["name"], "READ");
  EXPECT_EQ(document["exit_code"], kExitDifferent);
  const ProcessResult ignored = Mtkrig({"trace", "diff", a, b, "--ignore", "content"});
  EXPECT_EQ(ignored.exit_code, kExitSuccess);
  EXPECT_EQ(ignored.out, "no difference in 1 step\n");
  const ProcessResult different = Mtkrig({"trace", "diff", a, read("c.wire", "02")});
  EXPECT_EQ(different.exit_code, kExitDifferent);
  EXPECT_THAT(different.out, HasSubstr("difference 1: READ of the agent\n  content:\n"));
}

// One of them was cut behind its checksum: no difference, but not every byte was compared.
TEST_F(CommandTraceRead, ContentsThatAgreeInTheirSumsMayBeTheSame) {
  const auto read = [&](std::string_view name, std::string_view data) {
    return File(name,
                "> 72\n< 5a 01\n> d6 0c 02 0000000000000000 0000000000000100\n< 5a\n> 00000100\n"
                "< " +
                    std::string(data) + "\n< 0100\n> 5a\n");
  };
  const std::string whole = read("a.wire", "01 x256");
  const std::string cut = read("b.wire", "01 ... 256");
  const ProcessResult result = Mtkrig({"trace", "diff", whole, cut});
  EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
  EXPECT_THAT(result.out,
              StartsWith("no difference in 1 step\ncontent of 1 step (256 bytes) agrees "
                         "in its 16-bit sums"));
  const nlohmann::json document = Json(Mtkrig({"trace", "diff", "--json", whole, cut}));
  EXPECT_TRUE(document["results"]["same"].is_null());
  EXPECT_EQ(document["results"]["compared_by_sums"]["steps"], 1);
  EXPECT_EQ(document["exit_code"], kExitSuccess);
  const nlohmann::json same = Json(Mtkrig({"trace", "diff", "--json", whole, whole}));
  EXPECT_EQ(same["results"]["same"], true);
}

// The sums are the same; the digest of the cut one tells.
TEST_F(CommandTraceRead, AWholeRecordingIsHeldAgainstTheDigestsOfACutOne) {
  const auto read = [&](std::string_view name, std::string_view data) {
    return File(name,
                "> 72\n< 5a 01\n> d6 0c 02 0000000000000000 0000000000000008\n< 5a\n> 00000100\n" +
                    std::string(data) + "< 0024\n> 5a\n");
  };
  const std::string whole = read("a.wire", "< 01020304 05060708\n");
  const std::string other_transfers = read("b.wire", "< 010203\n< 04 05060708\n");
  const std::string swapped = read("c.wire", "< 01020304 06050708\n");
  const std::string cut =
      read("cut.wire",
           "< 01 ... 8 sha256:"
           "66840dda154e8a113c31dd0ad32f7f3a366a80e8136979d8f5a101d3d29d6f72\n");
  const std::string packed = (directory_ / "cut.pcapng.zst").string();
  const std::string swapped_packed = (directory_ / "swapped.wire.zst").string();
  ASSERT_EQ(Mtkrig({"trace", "convert", cut, packed}).exit_code, kExitSuccess);
  ASSERT_EQ(Mtkrig({"trace", "convert", swapped, swapped_packed}).exit_code, kExitSuccess);
  for (const std::string& a : {whole, other_transfers}) {
    for (const std::string& b : {cut, packed}) {
      const ProcessResult same = Mtkrig({"trace", "diff", a, b});
      EXPECT_EQ(same.exit_code, kExitSuccess) << same.err;
      EXPECT_EQ(same.out, "no difference in 1 step\n");
      const nlohmann::json document = Json(Mtkrig({"trace", "diff", "--json", b, a}));
      EXPECT_EQ(document["results"]["same"], true);
      EXPECT_EQ(document["results"]["compared_by_sums"]["steps"], 0);
    }
  }
  const ProcessResult result = Mtkrig({"trace", "diff", swapped, cut});
  EXPECT_EQ(result.exit_code, kExitDifferent);
  EXPECT_THAT(result.out, AllOf(StartsWith("difference 1: READ of the agent\n  content:\n"),
                                HasSubstr("bytes 0x0 to 0x7, packet 6: sha256:"),
                                HasSubstr("bytes 0x0 to 0x7, packet 6: sha256:66840dda"),
                                EndsWith("This is the first difference; --all goes on.\n")));
  const nlohmann::json document = Json(Mtkrig({"trace", "diff", "--json", packed, swapped_packed}));
  EXPECT_EQ(document["results"]["same"], false);
  EXPECT_EQ(document["results"]["differences"][0]["fields"][0]["field"], "content");
  EXPECT_EQ(document["exit_code"], kExitDifferent);
}

TEST_F(CommandTraceRead, WhatIsNoTraceIsAnError) {
  const std::string file = File("s.wire", "> zz\n");
  EXPECT_EQ(Mtkrig({"trace", "show", file}).exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_EQ(Mtkrig({"trace", "show", "nowhere.pcapng"}).exit_code,
            ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_EQ(Mtkrig({"trace", "diff", file}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace mtkrig::harness
