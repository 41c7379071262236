// Whatever a log says, what is read of it can be written in every format, and is the same again.

#include <gmock/gmock.h>

#include <array>
#include <random>

#include "log_testing.h"
#include "traces/formats/event_checks.h"
#include "traces/import/log_importer.h"
#include "traces/import/open_log.h"

namespace mtkrig::traces {
namespace {

constexpr std::array<std::string_view, 6> kLogs = {
    "[12:00:00]: MTK Flash/Exploit Client V1\n[12:00:00]: TX:a0\n"
    "[12:00:01]: USB read: length(0x2)\n[12:00:02]: RX:5f...\n"
    "Preloader - HW code: 1\nTX:\n[LIB]: USB Overflow\nDeviceClass - [LIB]: Timed out\n"
    "TX:efeeeefe0100000010000000\nTX:<?xml?>\nTX:</da>\nSERIAL read: length(0x4)\nRX:01020304\n",
    "send (20):\n00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  |................|\n"
    "10 11 12 13 |....|\nrecv (1):\n5f |_|\nrecv (4):\nusb_recv failed : LIBUSB_ERROR_IO\n"
    "connection closed\n",
    "[2023-12-09 03:07:07,055] <INFO> Found device\n"
    "[2023-12-09 03:07:07,055] <INFO> Handshake completed!\n"
    "[2023-12-09 03:07:07,061] <REPLAY> HW code: 8163\n"
    "[2023-12-09 03:07:07,061] <REPLAY> ME ID: 00112233445566778899AABBCCDDEEFF\n"
    "[2023-12-09 03:07:07,061] <REPLAY> Disable watchdog\n"
    "[2023-12-09 03:07:08,000] <INFO> <- DA: (EMMC CID) 4D00\n",
    "[0000125] [17:47:55:312690] [Tid0x00001a6c] [debug] Tx->: 0x00000004 Hex[ef ee ee fe ]\n"
    "[0000125] [17:47:55:312690] [Tid0x00001a6c] [debug] <-Rx: 0x00000014 Hex[00 01 02 03]\n"
    "00 01 02 03 04 05 06 07 08 09\n-> 0xA0\n<- 0x5F\nWriteData(4)\n"
    "Request: 19.04.2010 13:50:34.08264 (+0.0100 seconds)\n0A 50\n05\n",
    "openat(AT_FDCWD, \"/dev/ttyACM0\", O_RDWR) = 3\n"
    "1700000000.5 write(3, \"\\xa0\\x0a\"..., 9) = 9 <0.25>\nread(3, \"\\x5f\", 1) = 1 <0.001>\n"
    "[pid  11] read(3,  <unfinished ...>\n[pid  11] <... read resumed>\"\\x5f\", 1) = 1\n"
    "read(3, \"\", 1) = 0\nread(3, 0x7ffc1234, 1) = -1 EIO (Input/output error)\n",
    "04/23/2021 13:01:59.820 COM5: -> 0xA0\n<- 0x5F\nsend[0xA0] read[0x5F] expected[0x5F]\n"};

// Numbers at which lengths, times and signs turn over, and words that mean something.
constexpr std::array<std::string_view, 24> kPieces = {"0xffffffff",
                                                      "0xffff0000",
                                                      "0x4000000",
                                                      "4294967295",
                                                      "67108865",
                                                      "2147483647",
                                                      "-1",
                                                      "0",
                                                      "99999999999999999999",
                                                      "0xffffffffffffffffff",
                                                      "length(0xffffffff)",
                                                      "ffffffff",
                                                      "...",
                                                      "\n",
                                                      "\r",
                                                      "TX:",
                                                      "RX:",
                                                      "send (4294967295):\n",
                                                      "= 2147483647",
                                                      "23:59:59",
                                                      "9999-12-31 23:59:59,999",
                                                      "\x1b[32m",
                                                      "\xff\xfe",
                                                      "<?xml"};

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string Log() {
    std::string text(kLogs.at(Below(kLogs.size())));
    for (std::size_t left = 1 + Below(6); left > 0; --left) Change(text);
    return text;
  }

 private:
  std::size_t Below(std::size_t end) { return random_() % end; }

  // The start of a number, or any place.
  std::size_t Place(const std::string& text) {
    const std::size_t from = Below(text.size());
    const std::size_t digit = text.find_first_of("0123456789", from);
    return digit == std::string::npos || Below(4) == 0 ? from : digit;
  }

  void Change(std::string& text) {
    if (text.empty()) return;
    const std::size_t at = Place(text);
    const std::string_view piece = kPieces.at(Below(kPieces.size()));
    const std::size_t line_end = std::min(text.find('\n', at), text.size() - 1);
    switch (Below(5)) {
      case 0:
        text.insert(at, piece);
        break;
      case 1: {
        const std::size_t end = text.find_first_not_of("0123456789abcdefx", at);
        text.replace(at, std::min(end, text.size()) - at, piece);
        break;
      }
      case 2:
        text.erase(at, 1 + Below(8));
        break;
      case 3:
        text.insert(line_end + 1, text.substr(at, line_end + 1 - at));
        break;
      default:
        text.at(at) = static_cast<char>(Below(256));
        break;
    }
  }

  std::mt19937 random_;
};

void ExpectTheSameInEveryFormat(const ReadTrace& log) {
  for (const Event& event : log.events) {
    EXPECT_LE(event.length, kMaxToldLength) << Describe(event);
    const Result<void> fits = CheckEvent(event);
    EXPECT_TRUE(fits.has_value()) << Describe(event);
  }
  const ReadTrace wire = ReadBytes(WriteAs<WireWriter>(log.events, log.facts));
  const ReadTrace pcapng = ReadBytes(WriteAs<PcapngWriter>(log.events, log.facts));
  EXPECT_EQ(wire.error, "");
  EXPECT_EQ(pcapng.error, "");
  EXPECT_EQ(wire.lines, log.lines);
  EXPECT_EQ(pcapng.lines, log.lines);
  EXPECT_EQ(wire.facts.tool, log.facts.tool);
  EXPECT_EQ(pcapng.facts.tool, log.facts.tool);
  ExpectSame(wire.events, pcapng.events);
}

TEST(MutatedLog, SurvivesEveryOtherFormat) {
  constexpr std::uint32_t kRounds = 3000;
  std::size_t read = 0;
  for (std::uint32_t seed = 0; seed < kRounds && !::testing::Test::HasFailure(); ++seed) {
    const std::string text = Mutator(seed).Log();
    SCOPED_TRACE("seed " + std::to_string(seed) + ":\n" + text);
    std::vector<std::string> formats = LogFormatNames();
    formats.emplace_back();  // by content
    for (const std::string& format : formats) {
      const ReadTrace log = ReadLog(text, {.format = format});
      if (log.events.empty()) continue;
      EXPECT_EQ(log.error, "") << format;
      ExpectTheSameInEveryFormat(log);
      ++read;
    }
  }
  EXPECT_GT(read, kRounds);
}

}  // namespace
}  // namespace mtkrig::traces
