// tshark, which knows nothing of us, must see in our files what we put there.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdio>
#include <sstream>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsSupersetOf;

struct Output {
  std::vector<std::string> lines;
  int status = -1;
};

Output RunCommand(const std::string& command) {
  Output output;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), count);
  }
  output.status = ::pclose(pipe);
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) output.lines.push_back(line);
  return output;
}

// One line a packet, with these fields separated by blanks.
Output Tshark(const std::string& path, const std::string& fields) {
  return RunCommand(MTKRIG_TSHARK " -n -r '" + path + "' -T fields -E separator=/s " + fields +
                    " 2>/dev/null");
}

class TsharkTest : public testing::Test {
 protected:
  std::string Write(const std::vector<Event>& events, const SessionFacts& facts = {}) {
    std::string path = directory_ / "session.pcapng";
    Spill(path, WriteAs<PcapngWriter>(events, facts));
    return path;
  }
  TraceDirectory directory_;
};

std::vector<Event> Session() {
  Event attached;
  attached.kind = EventKind::kAttached;
  attached.usb_id = protocol::UsbId{0x0e8d, 0x0003};
  Event again = attached;
  again.usb_id = protocol::UsbId{0x0e8d, 0x2000};
  Event detached;
  detached.kind = EventKind::kDetached;
  Event cut = BytesEvent(Direction::kToHost, Bytes(64, 0xee), 5s);
  cut.length = 1'048'576;
  cut.latency = 2ms;
  cut.digest = std::string(64, 'a');
  Event stall = BytesEvent(Direction::kToHost, {}, 6s);
  stall.kind = EventKind::kFailure;
  stall.failure = Failure::kStall;
  stall.endpoint = 2;
  Event control;
  control.kind = EventKind::kControl;
  control.setup = {0x21, 0x20, 0, 0, 0, 0, 7, 0};
  control.bytes = {0, 0x10, 0x0e, 0, 0, 0, 8};
  control.length = 7;
  control.time = 7s;
  return {attached,
          TextEvent(EventKind::kPhase, "handshake"),
          BytesEvent(Direction::kToPhone, Bytes{0xa0}, 1s),
          detached,
          again,
          cut,
          stall,
          control};
}

TEST_F(TsharkTest, SeesTheSamePackets) {
  const Output output =
      Tshark(Write(Session()),
             "-e usb.urb_type -e usb.transfer_type -e usb.endpoint_address "
             "-e usb.endpoint_address.direction -e usb.device_address -e usb.urb_status "
             "-e usb.urb_len -e usb.data_len -e frame.len -e frame.cap_len");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.lines, ElementsAre(
                                // GET_DESCRIPTOR of the boot ROM.
                                "'S' 0x02 0x80 1 2 -115 18 0 64 64",  //
                                "'C' 0x02 0x80 1 2 0 18 18 82 82",
                                // One byte to the phone.
                                "'S' 0x03 0x01 0 2 -115 1 1 65 65",  //
                                "'C' 0x03 0x01 0 2 0 1 0 64 64",
                                // The preloader, under another address.
                                "'S' 0x02 0x80 1 3 -115 18 0 64 64",  //
                                "'C' 0x02 0x80 1 3 0 18 18 82 82",
                                // A MiB of which 64 bytes are kept.
                                "'S' 0x03 0x81 1 3 -115 1048576 0 64 64",
                                "'C' 0x03 0x81 1 3 0 1048576 64 1048640 128",
                                // A stall.
                                "'S' 0x03 0x82 1 3 -115 0 0 64 64",  //
                                "'C' 0x03 0x82 1 3 -32 0 0 64 64",
                                // SET_LINE_CODING.
                                "'S' 0x02 0x00 0 3 -115 7 7 71 71",  //
                                "'C' 0x02 0x00 0 3 0 7 0 64 64"));
}

TEST_F(TsharkTest, KnowsThePhonesByTheirIds) {
  const Output output =
      Tshark(Write(Session()), "-e usb.idVendor -e usb.idProduct -Y usb.idVendor");
  EXPECT_THAT(output.lines, ElementsAre("0x0e8d 0x0003", "0x0e8d 0x2000"));
}

TEST_F(TsharkTest, ShowsPhasesAndDigests) {
  const Output output = Tshark(Write(Session()), "-e frame.number -e frame.comment");
  EXPECT_THAT(output.lines, IsSupersetOf(std::vector<std::string>{
                                "2 mtkrig.attached", "3 mtkrig.phase: handshake",
                                "5 mtkrig.detached", "8 mtkrig.sha256: " + std::string(64, 'a')}));
}

TEST_F(TsharkTest, FindsTimesAndData) {
  const Output output =
      Tshark(Write(Session()), "-e frame.time_epoch -e usb.capdata -Y usb.capdata");
  EXPECT_THAT(output.lines, IsSupersetOf(std::vector<std::string>{"1.000000000 a0"}));
  EXPECT_THAT(Tshark(Write(Session()), "-e frame.time_epoch").lines,
              IsSupersetOf(std::vector<std::string>{"4.998000000", "5.000000000"}));
}

// A file cut where a crash may cut it is no puzzle to tshark, and what it saves again is not to us.
TEST_F(TsharkTest, WhatTsharkSavesReadsTheSame) {
  const std::string path = Write(Session(), {.moniker = "emulator:mt6580",
                                             .chip = "MT6580",
                                             .tool = "mtkrig 0.1.0",
                                             .seed = "7",
                                             .comments = {"made for a test"}});
  const std::string saved = directory_ / "saved.pcapng";
  ASSERT_EQ(RunCommand(MTKRIG_TSHARK " -r '" + path + "' -F pcapng -w '" + saved + "' 2>/dev/null")
                .status,
            0);
  const ReadTrace ours = ReadAll(OpenTrace(path));
  const ReadTrace theirs = ReadAll(OpenTrace(saved));
  EXPECT_EQ(theirs.error, "");
  EXPECT_EQ(theirs.lines, ours.lines);
  EXPECT_EQ(theirs.facts.moniker, "emulator:mt6580");
  // And in the older format, which has no comments.
  const std::string pcap = directory_ / "saved.pcap";
  ASSERT_EQ(
      RunCommand(MTKRIG_TSHARK " -r '" + path + "' -F pcap -w '" + pcap + "' 2>/dev/null").status,
      0);
  const ReadTrace older = ReadAll(OpenTrace(pcap));
  EXPECT_EQ(older.error, "");
  EXPECT_THAT(older.lines,
              IsSupersetOf(std::vector<std::string>{
                  std::string("attached 0e8d0003"), std::string("detached"),
                  std::string("> bytes a0"), ours.lines.at(5), std::string("< failure stall")}));
}

}  // namespace
}  // namespace mtkrig::traces
