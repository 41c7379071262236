// Output of strace on a program that speaks to a phone through a serial port.

#include <gmock/gmock.h>

#include "log_testing.h"

namespace mtkrig::traces {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kOpen =
    "openat(AT_FDCWD, \"/dev/ttyACM0\", O_RDWR|O_NOCTTY|O_NONBLOCK) = 3\n";

std::string Opened(std::string_view text) {
  return std::string(kOpen) + std::string(text);
}

TEST(StraceLog, ReadsAllNotationsOfStrings) {
  EXPECT_THAT(Transfers(Opened("write(3, \"\\xa0\\x0a\", 2)      = 2\n"
                               "read(3, \"\\5_\\0P\\n\\\"\\\\\\377\\0011\", 512) = 10\n")),
              ElementsAre("> bytes a00a", "< bytes 055f00500a225cff0131"));
}

TEST(StraceLog, TakesOnlyTheSerialPort) {
  EXPECT_THAT(Transfers(Opened("write(1, \"hello\\n\", 6) = 6\nread(0, \"y\", 1) = 1\n"
                               "write(3, \"\\xa0\", 1) = 1\n"
                               "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 4\n"
                               "read(4, \"root\", 4096) = 4\n")),
              ElementsAre("> bytes a0"));
}

TEST(StraceLog, FollowsDescriptors) {
  EXPECT_THAT(Transfers(Opened("dup(3) = 5\nwrite(5, \"\\x01\", 1) = 1\n"
                               "fcntl(3, F_DUPFD_CLOEXEC, 10) = 10\nwrite(10, \"\\x02\", 1) = 1\n"
                               "close(3) = 0\n"
                               "openat(AT_FDCWD, \"/tmp/x\", O_RDWR) = 3\n"
                               "write(3, \"\\x03\", 1) = 1\n")),
              ElementsAre("> bytes 01", "> bytes 02"));
}

TEST(StraceLog, TakesPathsOfY) {
  EXPECT_THAT(Transfers("write(3</dev/ttyUSB0<char 188:0>>, \"\\xa0\", 1) = 1\n"
                        "write(4</tmp/x>, \"\\xa1\", 1) = 1\n"),
              ElementsAre("> bytes a0"));
}

TEST(StraceLog, APortIsClosedWithItsLastDescriptor) {
  const auto notes = [](const std::string& text) {
    std::vector<std::string> lines = ReadLog(text).lines;
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with("comment "); });
    return lines;
  };
  const std::string port = "/dev/ttyACM0";
  const std::string use = "write(3, \"\\xa0\", 1) = 1\n";
  const std::string opened = "comment opened " + port;
  const std::string closed = "comment closed " + port;
  // The copy first, the original first, a copy of a copy, and one that dup2() made anew.
  for (const std::string& copies :
       {std::string("dup(3) = 5\nclose(5) = 0\n"), std::string("dup(3) = 5\nclose(3) = 0\n"),
        std::string("dup(3) = 5\ndup(5) = 6\nclose(3) = 0\nclose(5) = 0\n"),
        std::string("dup(3) = 5\nclose(5) = 0\ndup2(3, 5) = 5\nclose(3) = 0\n")}) {
    EXPECT_THAT(notes(Opened(use + copies)), ElementsAre(opened)) << copies;
    std::string all = Opened(use + copies);
    for (const char* file : {"3", "5", "6"}) {
      all += std::string("close(") + file + ") = 0\n";
    }
    EXPECT_THAT(notes(all), ElementsAre(opened, closed)) << copies;
  }
  EXPECT_THAT(notes(Opened(use + "close(3) = 0\n" + Opened(use + "close(3) = 0\n"))),
              ElementsAre(opened, closed, opened, closed));
  // Another file under the number of the original is not the port.
  EXPECT_THAT(notes(Opened(use + "dup(3) = 5\nclose(3) = 0\n"
                                 "openat(AT_FDCWD, \"/tmp/x\", O_RDWR) = 3\nclose(5) = 0\n")),
              ElementsAre(opened, closed));
}

// The open is not in the log: the path is that of the transfers, or nobody knows it.
TEST(StraceLog, FollowsCopiesOfADescriptorThatWasOpenedBefore) {
  const std::string copies =
      "dup(3)=4\nwrite(4, \"\\x0a\", 1) = 1\ndup2(4, 7) = 7\nread(7, \"\\xf5\", 1) = 1\n"
      "dup3(7, 8, O_CLOEXEC) = 8\nwrite(8, \"\\x50\", 1) = 1\n"
      "fcntl(8, F_DUPFD, 10) = 10\nread(10, \"\\xaf\", 1) = 1\n"
      "close(8) = 0\nopenat(AT_FDCWD, \"/tmp/x\", O_RDWR) = 8\nwrite(8, \"\\x03\", 1) = 1\n"
      "close(7) = 0\nread(7, \"\\x07\", 1) = 1\n"
      "write(10, \"\\x05\", 1) = 1\n";
  const auto all = ElementsAre("> bytes a0", "> bytes 0a", "< bytes f5", "> bytes 50", "< bytes af",
                               "> bytes 05");
  EXPECT_THAT(Transfers("write(3</dev/ttyACM0>, \"\\xa0\", 1) = 1\n" + copies), all);
  EXPECT_THAT(Transfers("write(3, \"\\xa0\", 1) = 1\n" + copies), all);
  EXPECT_THAT(Transfers(Opened("write(3, \"\\xa0\", 1) = 1\n" + copies), {.device = "3"}), all);
  EXPECT_THAT(Transfers("write(3</dev/ttyACM0>, \"\\xa0\", 1) = 1\n"
                        "dup(3</dev/ttyACM0>) = 4</dev/ttyACM0>\nwrite(4, \"\\x0a\", 1) = 1\n"),
              ElementsAre("> bytes a0", "> bytes 0a"));
}

TEST(StraceLog, WithoutAnOpenTakesTheOneThatBeginsWithAHandshake) {
  EXPECT_THAT(Transfers("write(4, \"log\", 3) = 3\nwrite(7, \"\\xa0\", 1) = 1\n"
                        "read(7, \"_\", 1) = 1\nwrite(4, \"log\", 3) = 3\n"),
              ElementsAre("> bytes a0", "< bytes 5f"));
  EXPECT_THAT(Transfers("    write(3, \"\\xd1\", 1)     = 1\n    read(3, \"\\xd1\", 1) = 1\n"),
              ElementsAre("> bytes d1", "< bytes d1"));
}

TEST(StraceLog, SeveralPortsAreAmbiguous) {
  const std::string text = Opened(
      "write(3, \"\\x01\", 1) = 1\n"
      "openat(AT_FDCWD, \"/dev/ttyUSB1\", O_RDWR) = 4\nwrite(4, \"\\x02\", 1) = 1\n");
  const ReadTrace trace = ReadLog(text);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(trace.error, AllOf(HasSubstr("/dev/ttyACM0 (0 reads, 1 writes, from line 2)"),
                                 HasSubstr("/dev/ttyUSB1")));
  EXPECT_THAT(trace.hint, HasSubstr("--from"));
  EXPECT_THAT(Transfers(text, {.device = "/dev/ttyUSB1"}), ElementsAre("> bytes 02"));
  EXPECT_THAT(Transfers(text, {.device = "3"}), ElementsAre("> bytes 01"));
}

TEST(StraceLog, TakesOnlyWhatWasTransferred) {
  EXPECT_THAT(
      Transfers(Opened("write(3, \"\\x01\\x02\\x03\", 3) = 2\nwrite(3, \"\\x03\", 1) = 1\n")),
      ElementsAre("> bytes 0102", "> bytes 03"));
}

TEST(StraceLog, KeepsTheLengthOfWhatStraceCut) {
  EXPECT_THAT(Transfers(Opened("write(3, \"\\x01\\x02\"..., 4096) = 4096\n"
                               "read(3, \"\\x01\\x02\", 4) = 3\n")),
              ElementsAre("> bytes 0102 of 4096",
                          "gap line 2: 2 of 4096 bytes are in the log; strace shows more with -s",
                          "< bytes 0102 of 3",
                          "gap line 3: 2 of 3 bytes are in the log; strace shows more with -s"));
}

TEST(StraceLog, ALengthThatNoTransferHasIsAGap) {
  const std::string told = " bytes are told of, and one transfer has 64 MiB at most: ";
  EXPECT_THAT(Transfers(Opened("write(3, \"\\x01\"..., 2147483647) = 2147483647\n"
                               "read(3, \"\"..., 67108865) = 67108865\n")),
              ElementsAre("> bytes 01",
                          "gap line 2: 2147483647" + told +
                              "1 are in the log, and how many there were is not known",
                          "gap line 3: 67108865" + told +
                              "0 are in the log, and how many there were is not known"));
}

TEST(StraceLog, PutsInterruptedCallsTogether) {
  EXPECT_THAT(Transfers("[pid  10] openat(AT_FDCWD, \"/dev/ttyACM0\", O_RDWR <unfinished ...>\n"
                        "[pid  11] read(0,  <unfinished ...>\n"
                        "[pid  10] <... openat resumed>) = 3\n"
                        "[pid  10] read(3,  <unfinished ...>\n"
                        "[pid  11] write(3, \"\\xa0\", 1 <unfinished ...>\n"
                        "[pid  10] <... read resumed>\"\\x5f\", 1) = 1\n"
                        "[pid  11] <... write resumed>) = 1\n"
                        "[pid  12] <... read resumed>\"\\x5f\", 1) = 1\n"),
              ElementsAre("< bytes 5f", "> bytes a0"));
}

TEST(StraceLog, TellsOfACallWithoutItsResult) {
  EXPECT_THAT(Transfers(Opened("write(3, \"\\xa0\", 1) = 1\nread(3, \"\\x5f\", 1) = ?\n")),
              ElementsAre("> bytes a0", "gap line 3: a read whose result is not in the log"));
}

TEST(StraceLog, ErrorsAreFailures) {
  EXPECT_THAT(
      Transfers(Opened("write(3, \"\\xa0\", 1) = 1\n"
                       "read(3, 0x7ffc1234, 1) = -1 EAGAIN (Resource temporarily unavailable)\n"
                       "read(3, \"\", 1) = 0\n"
                       "read(3, \"\\x5f\", 1) = 1\n"
                       "read(3, \"\", 1) = 0\nread(3, \"\", 1) = 0\n"
                       "write(3, \"\\x0a\", 1) = -1 ETIMEDOUT (Connection timed out)\n"
                       "read(3, 0x7ffc1234, 1) = -1 EIO (Input/output error)\n"
                       "openat(AT_FDCWD, \"/dev/ttyACM0\", O_RDWR) = 4\n"
                       "write(4, \"\\xa0\", 1) = 1\n")),
      ElementsAre("> bytes a0", "< bytes 5f", "< failure timeout", "> failure timeout",
                  "< failure disconnected", "detached", "attached", "> bytes a0"));
}

TEST(StraceLog, TakesTimes) {
  const auto first_times = [](std::string_view text) {
    const ReadTrace trace = ReadLog(text);
    std::vector<Duration> times;
    for (const Event& event : trace.events) {
      if (event.kind == EventKind::kBytes) times.push_back(event.time);
    }
    return times;
  };
  using std::chrono::microseconds;
  EXPECT_THAT(first_times("1700000000.000100 write(3, \"\\xa0\", 1) = 1 <0.000020>\n"
                          "1700000000.000200 read(3, \"\\x5f\", 1) = 1\n"),
              ElementsAre(microseconds(1700000000000120), microseconds(1700000000000200)));
  EXPECT_THAT(first_times("77    0.000000 write(3, \"\\xa0\", 1) = 1\n"
                          "77    0.000040 read(3,  <unfinished ...>\n"
                          "77    0.000060 <... read resumed>\"\\x5f\", 1) = 1\n"
                          "77    0.000100 write(3, \"\\x0a\", 1) = 1\n"),
              ElementsAre(microseconds(0), microseconds(100), microseconds(200)));
  EXPECT_THAT(first_times("10:00:00.000001 write(3, \"\\xa0\", 1) = 1\n"),
              ElementsAre(std::chrono::hours(10) + microseconds(1)));
  const ReadTrace took = ReadLog("1700000000.5 write(3, \"\\xa0\", 1) = 1 <0.000020>\n");
  ASSERT_EQ(took.events.size(), 1U);
  EXPECT_EQ(took.events[0].latency, microseconds(20));
}

TEST(StraceLog, ReadsVectors) {
  EXPECT_THAT(Transfers(Opened("writev(3, [{iov_base=\"\\xa0\", iov_len=1}, {iov_base=\"\\x0a\", "
                               "iov_len=1}], 2) = 2\n")),
              ElementsAre("> bytes a00a"));
}

TEST(StraceLog, ReadsTheSourceOfAPage) {
  EXPECT_THAT(Transfers("&gt; write(3, &quot;\\xa0&amp;&quot;, 2) = 2\n", {.format = "strace"}),
              ElementsAre("> bytes a026"));
}

TEST(StraceLog, SaysThatUsbDevicesShowNothing) {
  const ReadTrace trace = ReadLog(
      "openat(AT_FDCWD, \"/dev/bus/usb/001/002\", O_RDWR) = 3\nioctl(3, USBDEVFS_BULK, 0x7ffe) = "
      "1\n"
      "write(1, \"hello\", 5) = 5\n");
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(trace.hint, HasSubstr("usbmon"));
}

TEST(StraceLog, LosesNothingOfABrokenLineInSilence) {
  const std::string before =
      "openat(AT_FDCWD, \"/dev/ttyACM0\", O_RDWR) = 3\n"
      "write(3, \"\\xa0\", 1) = 1\n";
  const std::string after = "write(3, \"\\x0a\", 1) = 1\n";
  for (const char* line : {R"(read(3, "\x5f", 64) = 1)", R"(write(3, "\x0a\x50", 2) = 2)"}) {
    ExpectNothingLostInSilence(before, line, after, {.format = "strace"});
  }
}

}  // namespace
}  // namespace mtkrig::traces
