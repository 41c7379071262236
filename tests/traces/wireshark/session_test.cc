// What the dissector says about sessions that were written by hand from published facts.

#include <gmock/gmock.h>

#include <algorithm>

#include "dissection.h"

namespace mtkrig::traces {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

class WiresharkSession : public WiresharkTest {};

// The example of protocol/README.md, word for word.
TEST_F(WiresharkSession, OfAPreloader) {
  EXPECT_THAT(
      InfoLines(Save(Transfers(WireSession("preloader"))), "mtk.stage"),
      ElementsAre(
          "4 READY", "5 handshake a0", "8 handshake answer 5f", "9 handshake 0a",
          "12 handshake answer f5", "13 handshake 50", "16 handshake answer af", "17 handshake 05",
          "20 handshake done", "21 GET_HW_CODE", "24 GET_HW_CODE -> 6580, ok", "25 GET_HW_SW_VER",
          "28 GET_HW_SW_VER -> sub 8a00, hw ca01, sw 0001, ok", "29 GET_BL_VER",
          "32 GET_BL_VER -> preloader 01", "33 GET_VERSION", "36 GET_VERSION -> 05",
          "37 GET_TARGET_CONFIG", "40 GET_TARGET_CONFIG -> nothing secured, ok", "41 WRITE32",
          "44 WRITE32 command echoed", "45 WRITE32 address 0x10007000", "48 WRITE32 address echoed",
          "49 WRITE32 count 0x1", "52 WRITE32 count echoed", "53 WRITE32 value 0x22000064",
          "56 WRITE32 0x10007000 x1 = 22000064, ok", "57 SEND_DA", "60 SEND_DA command echoed",
          "61 SEND_DA address 0x200000", "64 SEND_DA address echoed", "65 SEND_DA length 0x4",
          "68 SEND_DA length echoed", "69 SEND_DA signature length 0x0",
          "72 SEND_DA 0x200000 +4 B, signature 0x0 -> ok", "73 SEND_DA data 4 B (4 B of 4 B)",
          "76 SEND_DA checksum 0602, ok", "77 JUMP_DA", "80 JUMP_DA command echoed",
          "81 JUMP_DA address 0x200000", "84 JUMP_DA 0x200000 -> ok", "86 DA sync",
          "88 NAND not found, eMMC found", "89 greeting: ack", "92 agent 3.2",
          "93 stage-2 configuration", "96 DRAM: ok",
          "97 stage 2 to 0x80000000, 4 B in packets of 4 KiB", "100 stage 2: ack",
          "101 stage 2 data 4 B (4 B of 4 B)", "104 stage 2 packet: ack",
          "105 start of stage 2: ack", "108 start of stage 2: ack",
          "110 storage report: eMMC 7.3 GiB, RAM 512 MiB, passed", "111 USB_CHECK_STATUS",
          "114 USB_CHECK_STATUS -> high speed", "115 SDMMC_SWITCH_PART",
          "118 SDMMC_SWITCH_PART answer: ack", "119 SDMMC_SWITCH_PART to user",
          "122 SDMMC_SWITCH_PART part: ack", "123 READ eMMC 0x988000 +512 B",
          "126 READ answer: ack", "127 READ packet length 1 MiB", "130 data 512 B (512 B of 512 B)",
          "132 data 512 B, checksum 0222", "133 READ packet: ack", "135 FINISH",
          "138 FINISH answer: ack", "139 FINISH, power off", "142 FINISH mode: ack"));
}

// The captured opening of SP Flash Tool with an MT6771; what follows was made up.
TEST_F(WiresharkSession, OfXflash) {
  const std::string capture = Save(Transfers(WireSession("xflash")));
  EXPECT_THAT(InfoLines(capture, "mtk.stage == \"xflash\" && frame.number < 30"),
              ElementsAre("13 SYNC", "15 SETUP_ENVIRONMENT", "17 SETUP_ENVIRONMENT parameters",
                          "20 SETUP_ENVIRONMENT -> ok", "21 SETUP_HW_INIT_PARAMS",
                          "23 SETUP_HW_INIT_PARAMS configuration 0x0",
                          "26 SETUP_HW_INIT_PARAMS -> ok", "28 SYNC", "29 packet of 4 B"));
  EXPECT_THAT(FieldLines(capture, "mtk.control", "-e mtk.control -e _ws.col.Info"),
              ElementsAre("0x0004000a DEVICE_CTRL GET_CONNECTION_AGENT",
                          "0x00020003 DEVICE_CTRL SET_CHECKSUM_LEVEL",
                          "0x00040001 DEVICE_CTRL GET_EMMC_INFO",
                          "0x00040007 DEVICE_CTRL GET_PACKET_LENGTH",
                          "0x00040002 DEVICE_CTRL GET_NAND_INFO"));
  EXPECT_THAT(InfoLines(capture, "mtk.text || mtk.emmc.user || mtk.message || mtk.packet_len"),
              ElementsAre("42 DEVICE_CTRL GET_CONNECTION_AGENT -> preloader", "62 log: emmc ready",
                          "76 DEVICE_CTRL GET_EMMC_INFO -> user area 29.1 GiB",
                          "92 DEVICE_CTRL GET_PACKET_LENGTH -> write 2 MiB, read 64 KiB"));
  EXPECT_THAT(
      InfoLines(capture, "mtk.command == \"READ_DATA\" && mtk.data"),
      ElementsAre("116 data 64 KiB (64 KiB of 128 KiB)", "124 data 64 KiB (128 KiB of 128 KiB)"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.status"),
              ElementsAre("102 DEVICE_CTRL GET_NAND_INFO -> error c0010004 (unsupported control "
                          "code)",
                          "134 FORMAT -> error c002000d (formatting not allowed)"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.write"), ElementsAre("131 FORMAT"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.resync || mtk.expert.unexpected || mtk.raw"),
              IsEmpty());
}

TEST_F(WiresharkSession, OfABootRomThatWantsSlaAndDramSettings) {
  const std::string capture = Save(Transfers(WireSession("brom")));
  EXPECT_THAT(
      InfoLines(capture,
                "frame.number > 22 && frame.number < 99 && (mtk.status || mtk.data || "
                "mtk.raw || mtk.response)"),
      ElementsAre("28 GET_ME_ID -> 16 bytes, ok",
                  "40 READ32 count echoed; READ32 0x10009000 x3 4 B of values",
                  "42 READ32 0x10009000 x3 -> 00000001, ok",
                  "46 PWR_INIT command echoed; PWR_INIT answer, 1 byte: 00",
                  "62 REGISTER_ACCESS 0x100000 +8 B, done",
                  "66 GET_TARGET_CONFIG -> secure boot, SLA, DAA, ok",
                  "82 SEND_DA 0x200000 +4 B, signature 0x2 -> error 1d0d (SLA required)",
                  "86 SLA challenge of 4 bytes", "90 SLA response's length echoed",
                  "91 SLA response", "94 SLA -> ok", "95 SEND_DA after SLA data 4 B (4 B of 4 B)",
                  "98 SEND_DA after SLA checksum 0602, ok"));
  EXPECT_THAT(InfoLines(capture, "mtk.stage == \"DA stage 1\" && frame.number < 135"),
              ElementsAre("108 DA sync; NAND not found, eMMC found", "109 greeting: ack",
                          "112 agent 3.2", "113 stage-2 configuration",
                          "116 DRAM: RAM does not work", "118 the agent wants DRAM settings",
                          "119 ENABLE_DRAM, settings of version 0xb", "122 ENABLE_DRAM answer: ack",
                          "124 ENABLE_DRAM Value 00000000000000000000000000000000, Length 8",
                          "125 ENABLE_DRAM DRAM settings' length: ack", "127 DRAM settings, 8 B",
                          "130 DRAM settings 8 B, checksum 0088",
                          "131 ENABLE_DRAM checksum of the settings: ack", "134 DRAM set up: ok"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.resync || mtk.expert.unexpected"), IsEmpty());
}

TEST_F(WiresharkSession, OfCommandsThatOtherToolsSend) {
  const std::string capture = Save(Transfers(WireSession("tools")));
  EXPECT_THAT(
      InfoLines(capture, "mtk.status || mtk.data"),
      ElementsAre("28 CACHE_CONTROL 0xb1 -> ok", "38 CMD_E5 -> error 7054",
                  "44 BROM_DEBUGLOG -> 3 B", "50 GET_BROM_LOG_NEW -> 2 B, ok",
                  "68 REGISTER_ACCESS 0x0 +1 B -> error 1d1a (register refused)",
                  "86 REGISTER_ACCESS Status 0x0 (ok)", "87 REGISTER_ACCESS 0x100a00 +4 B data 4 B",
                  "94 GET_HW_CODE -> 6580, ok"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.resync || mtk.expert.unexpected || mtk.raw"),
              IsEmpty());
}

TEST_F(WiresharkSession, OfXml) {
  const std::string capture = Save(Transfers(WireSession("xml")));
  EXPECT_THAT(
      InfoLines(capture, "mtk.xml.command"),
      ElementsAre("18 CMD:START", "25 CMD:NOTIFY-INIT-HW", "34 CMD:PROGRESS-REPORT",
                  "58 CMD:END OK", "66 CMD:START", "73 CMD:READ-FLASH EMMC-USER 0x8000 +128 KiB",
                  "82 CMD:UPLOAD-FILE EMMC-USER", "114 CMD:END OK", "122 CMD:START",
                  "129 CMD:ERASE-FLASH EMMC-USER 0x0 +4 KiB", "138 CMD:END ERR", "146 CMD:START"));
  EXPECT_THAT(FieldLines(capture, "mtk.addr && mtk.stage == \"xml\"",
                         "-e mtk.cmd.name -e mtk.addr -e mtk.len -e mtk.partition"),
              ElementsAre("READ-FLASH 0x0000000000008000 131072 EMMC-USER",
                          "ERASE-FLASH 0x0000000000000000 4096 EMMC-USER"));
  EXPECT_THAT(InfoLines(capture, "mtk.data && mtk.stage == \"xml\""),
              ElementsAre("106 READ-FLASH data 128 KiB"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.write"),
              ElementsAre("129 CMD:ERASE-FLASH EMMC-USER 0x0 +4 KiB"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.status"),
              ElementsAre("134 ERASE-FLASH ERR!UNSUPPORTED", "138 CMD:END ERR"));
}

TEST_F(WiresharkSession, WithWritingCommandsAndRefusals) {
  const std::string capture = Save(Transfers(WireSession("writes")));
  EXPECT_THAT(FieldLines(capture, "mtk.cmd.writes", "-e mtk.cmd -e mtk.cmd.name -e mtk.cmd.writes"),
              ElementsAre("0x000000d2 WRITE16 register", "0x0000007b WRITE_REG32 register",
                          "0x00000062 SDMMC_WRITE_DATA flash",
                          "0x000000a8 WRITE_DOWNLOAD_INFO download information",
                          "0x000000d4 FORMAT flash"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.status"),
              ElementsAre("26 WRITE16 0xc0000000 x1 -> error 1a1d (register refused)",
                          "42 SEND_DA 0x200000 +256 B, signature 0x0 -> error 1d15 (no signature)",
                          "80 WRITE_DOWNLOAD_INFO answer, 1 byte: bb", "84 READ answer: nack"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.checksum"),
              ElementsAre("73 data 512 B, checksum 0201"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.unexpected"),
              ElementsAre("46 GET_HW_CODE -> 6577, ok"));
  EXPECT_THAT(InfoLines(capture, "frame.number >= 6 && frame.number <= 10 && mtk"),
              ElementsAre("6 handshake answer 5f", "7 handshake 0a; handshake 50; handshake 05",
                          "10 handshake done"));
}

// A frame of which nothing else is said: its numbers, and not their names alone.
TEST_F(WiresharkSession, HasTheValuesOfNumbersInTheLine) {
  std::vector<Event> events = Transfers(WireSession("preloader"));
  const auto first = std::find_if(events.begin(), events.end(),
                                  [](const Event& event) { return event.bytes == Bytes{0xfd}; });
  ASSERT_NE(first, events.end());
  const std::vector<Event> rate = {BytesEvent(Direction::kToPhone, Bytes{0xdc}),
                                   BytesEvent(Direction::kToHost, Bytes{0xdc}),
                                   BytesEvent(Direction::kToPhone, Bytes{0x00, 0x01, 0xc2, 0x00}),
                                   BytesEvent(Direction::kToHost, Bytes{0x00, 0x00})};
  events.insert(first, rate.begin(), rate.end());
  const std::string capture = Save(events);
  EXPECT_THAT(InfoLines(capture, "mtk.value == 0x1c200"),
              ElementsAre("25 UART1_SET_BAUDRATE Value 0x1c200"));
  EXPECT_THAT(InfoLines(capture, "mtk.command == \"UART1_SET_BAUDRATE\" && mtk.status"),
              ElementsAre("28 UART1_SET_BAUDRATE -> ok"));
  EXPECT_THAT(FieldLines(Save(Transfers(WireSession("brom"))), "mtk.raw.bytes", "-e mtk.raw.bytes"),
              Contains("00"));
}

TEST_F(WiresharkSession, AnswersFilters) {
  const std::string capture = Save(Transfers(WireSession("preloader")));
  EXPECT_THAT(FieldLines(capture, "mtk.status", "-e frame.number -e mtk.status"),
              IsSupersetOf(std::vector<std::string>{"24 0x00000000", "56 0x00000001"}));
  EXPECT_THAT(InfoLines(capture, "mtk.status > 0xff"), IsEmpty());
  EXPECT_THAT(InfoLines(capture, "mtk.addr == 0x988000 && mtk.len == 512"),
              ElementsAre("123 READ eMMC 0x988000 +512 B"));
  EXPECT_THAT(InfoLines(capture, "mtk.cmd == 0xfd"), ElementsAre("21 GET_HW_CODE"));
  EXPECT_THAT(InfoLines(capture, "mtk.hw_code == 0x6580"),
              ElementsAre("24 GET_HW_CODE -> 6580, ok"));
  EXPECT_THAT(InfoLines(capture, "mtk.cmd.name"), SizeIs(12));
  EXPECT_THAT(InfoLines(capture, "mtk.stage == \"DA stage 2\" && mtk.emmc.user > 1000000000"),
              ElementsAre("110 storage report: eMMC 7.3 GiB, RAM 512 MiB, passed"));
  EXPECT_THAT(FieldLines(capture, "mtk.command == \"SEND_DA\" && mtk.checksum",
                         "-e mtk.checksum -e mtk.command.frame"),
              ElementsAre("0x0602 57"));
  EXPECT_THAT(FieldLines(capture, "mtk.loader", "-e mtk.loader"), ElementsAre("preloader"));
}

// The tree as people see it, at one frame.
TEST_F(WiresharkSession, ShowsATree) {
  const std::vector<std::string> lines =
      Dissect(Save(Transfers(WireSession("preloader"))), "-Y 'frame.number == 24' -O mtk").lines;
  EXPECT_THAT(lines, IsSupersetOf(std::vector<std::string>{
                         "MediaTek, preloader", "    [Belongs to command: GET_HW_CODE]",
                         "    [Command in frame: 21]", "    Echo: fd", "    Hardware code: 0x6580",
                         "    Status: 0x00000000 (ok)"}));
}

// Linked into the folder of plugins, Wireshark runs each of the files, and this one again for -X.
TEST_F(WiresharkSession, IsReadByAnInstalledDissector) {
  const std::filesystem::path home = directory_ / "home";
  const std::filesystem::path plugins = home / ".local/lib/wireshark/plugins";
  std::filesystem::create_directories(plugins);
  std::filesystem::create_directory_symlink(std::filesystem::path(MTKRIG_DISSECTOR).parent_path(),
                                            plugins / "mtk");
  EXPECT_THAT(Dissect(Save(Transfers(WireSession("preloader"))),
                      "-Y mtk.hw_code -T fields -e _ws.col.Info", "HOME='" + home.string() + "'")
                  .lines,
              ElementsAre("GET_HW_CODE -> 6580, ok"));
}

// What stands in the README is what comes out.
TEST_F(WiresharkSession, StandsInTheReadme) {
  const Bytes bytes = Slurp(MTKRIG_DISSECTOR_README);
  const std::string readme(bytes.begin(), bytes.end());
  const std::string begin = "-e frame.number -e mtk.stage -e _ws.col.Info\n";
  const std::size_t at = readme.find(begin);
  ASSERT_NE(at, std::string::npos);
  const std::size_t from = at + begin.size();
  const std::string shown = readme.substr(from, readme.find("```", from) - from);
  std::string printed;
  for (const std::string& line :
       Dissect(Save(Transfers(WireSession("preloader"))),
               "-Y 'mtk.status || mtk.checksum || mtk.cmd.name == READ' -T fields "
               "-E 'separator=|' -e frame.number -e mtk.stage -e _ws.col.Info")
           .lines) {
    printed += line + "\n";
  }
  EXPECT_EQ(shown, printed);
}

// Every field that the README names is one that Wireshark knows.
TEST_F(WiresharkSession, HasTheFieldsOfTheReadme) {
  const Bytes bytes = Slurp(MTKRIG_DISSECTOR_README);
  const std::string readme(bytes.begin(), bytes.end());
  std::size_t count = 0;
  std::string filter;
  for (std::size_t at = readme.find("`mtk."); at != std::string::npos;
       at = readme.find("`mtk.", at + 1)) {
    const std::size_t end = readme.find_first_of("` ", at + 1);
    const std::string name = readme.substr(at + 1, end - at - 1);
    // A file, and preferences.
    if (name == "mtk.lua" || name == "mtk.device" || name == "mtk.checksums" ||
        name == "mtk.enabled") {
      continue;
    }
    filter += (filter.empty() ? "" : " || ") + name;
    ++count;
  }
  EXPECT_GT(count, 20U);
  EXPECT_THAT(Dissect(Save(Transfers(WireSession("preloader"))), "-Y '" + filter + "'").lines,
              testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace mtkrig::traces
