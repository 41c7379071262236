// Logs of mtk_dump, spft-replay and SP Flash Tool.

#include <gmock/gmock.h>

#include "log_testing.h"

namespace mtkrig::traces {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(HexdumpLog, ReadsSendsAndReceives) {
  const ReadTrace trace = ReadLog(
      "> sudo ./mtk_dump --verbose 2 connect\n"
      "kernel driver is active, trying to detach\n"
      "send (1):\na0                                               |.|\n"
      "recv (1):\n5f                                               |_|\n"
      "BROM version: 0x05\n"
      "send (18):\n"
      "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  |................|\n"
      "10 ff                                            |..|\n");
  EXPECT_THAT(trace.lines, ElementsAre("comment sudo ./mtk_dump --verbose 2 connect",
                                       "comment kernel driver is active, trying to detach",
                                       "> bytes a0", "< bytes 5f", "comment BROM version: 0x05",
                                       "> bytes 000102030405060708090a0b0c0d0e0f10ff"));
  EXPECT_EQ(trace.facts.tool, "mtk_dump");
  EXPECT_EQ(trace.events[5].packet, 8U);
}

TEST(HexdumpLog, CharactersAreNoBytes) {
  EXPECT_THAT(Transfers("recv (3):\r\n61 62 63                                         |a0b|\r\n"),
              ElementsAre("< bytes 616263"));
}

TEST(HexdumpLog, TellsOfRowsThatAreMissing) {
  EXPECT_THAT(Transfers("send (20):\n00 01 02\n10 11 12 13\nrecv (2):\nrecv (1):\n5a |Z|\n"),
              ElementsAre("> bytes 000102 of 20", "gap line 1: 3 of 20 bytes are in the log",
                          "< bytes of 2", "gap line 4: 0 of 2 bytes are in the log", "< bytes 5a"));
}

TEST(HexdumpLog, ALengthThatNoTransferHasIsAGap) {
  const std::string told = " bytes are told of, and one transfer has 64 MiB at most: ";
  EXPECT_THAT(Transfers("send (4294901760):\n00 01\nrecv (99999999999):\nrecv (1):\n5a |Z|\n"),
              ElementsAre("> bytes 0001",
                          "gap line 1: 4294901760" + told +
                              "2 are in the log, and how many there were is not known",
                          "gap line 3: 99999999999" + told +
                              "0 are in the log, and how many there were is not known",
                          "< bytes 5a"));
}

TEST(HexdumpLog, LosesNothingOfABrokenLineInSilence) {
  const std::string before = "send (1):\na0                 |.|\n";
  const std::string row = "5f f5 af fa                                      |_...|";
  const std::string after = "send (1):\n0a                 |.|\n";
  ExpectNothingLostInSilence(before, "recv (4):", row + "\n" + after, {.format = "mtk_dump"});
  ExpectNothingLostInSilence(before + "recv (4):\n", row, after, {.format = "mtk_dump"});
}

TEST(HexdumpLog, AFailedSendIsAFailure) {
  EXPECT_THAT(Transfers("send (1):\na0 |.|\nusb_send failed : LIBUSB_ERROR_TIMEOUT\n"
                        "usb_recv failed : LIBUSB_ERROR_NO_DEVICE\nconnection closed\n"),
              ElementsAre("> failure timeout a0", "< failure disconnected", "detached"));
}

TEST(ReplayLog, TakesWhatIsLoggedWithVv) {
  EXPECT_THAT(Transfers("[2023-12-09 03:07:07,000] <INFO> Found device\n"
                        "[2023-12-09 03:07:07,001] <BROM I/O> -> A0\n"
                        "[2023-12-09 03:07:07,002] <BROM I/O> <- 5F\n"
                        "[2023-12-09 03:07:07,003] <INFO> Handshake completed!\n"
                        "[2023-12-09 03:07:07,003] <BROM CMD> Get HW code\n"
                        "[2023-12-09 03:07:07,004] <BROM I/O> -> FD\n"
                        "[2023-12-09 03:07:07,005] <BROM I/O> <-\n"
                        "[2023-12-09 03:07:07,006] <BROM I/O> -> FD\n"
                        "[2023-12-09 03:07:07,007] <REPLAY> HW code: 6575\n"),
              ElementsAre("attached 0e8d0003", "> bytes a0", "< bytes 5f", "> bytes fd",
                          "< failure timeout", "> bytes fd"));
}

TEST(ReplayLog, WritesTheExchangesThatHaveOnePossibility) {
  EXPECT_THAT(Transfers("[2023-12-09 03:07:07,055] <INFO> Handshake completed!\n"
                        "[2023-12-09 03:07:07,056] <REPLAY> HW code: 6575\n"
                        "[2023-12-09 03:07:07,060] <REPLAY> HW subcode: 8B00\n"
                        "[2023-12-09 03:07:07,060] <REPLAY> HW version: CB00\n"
                        "[2023-12-09 03:07:07,060] <REPLAY> SW version: E201\n"
                        "[2023-12-09 03:07:07,061] <REPLAY> BROM version: 05\n"),
              ElementsAre("> bytes a0", "< bytes 5f", "> bytes 0a", "< bytes f5", "> bytes 50",
                          "< bytes af", "> bytes 05", "< bytes fa",  //
                          HasSubstr("gap line 2: what was said"), "> bytes fd", "< bytes fd",
                          "< bytes 6575", "< bytes 0000",  //
                          HasSubstr("gap line 3: "), "> bytes fc", "< bytes fc", "< bytes 8b00",
                          "< bytes cb00", "< bytes e201", "< bytes 0000",  //
                          HasSubstr("gap line 6: "), "> bytes ff", "< bytes 05"));
}

TEST(ReplayLog, WritesIdentitiesAndConfiguration) {
  EXPECT_THAT(Transfers("[2023-12-09 03:07:07,114] <INFO> ME ID: 1AD96C36\n"
                        "[2023-12-09 03:07:07,116] <INFO> Raw target config value: 00000005\n"
                        "[2023-12-09 03:07:07,117] <INFO> Secure boot: NO\n"
                        "[2023-12-09 03:07:07,119] <WARNING> Cannot get PRELOADER version in BROM "
                        "mode\n"),
              ElementsAre(HasSubstr("gap"), "> bytes e1", "< bytes e1", "< bytes 00000004",
                          "< bytes 1ad96c36", "< bytes 0000",  //
                          HasSubstr("gap"), "> bytes d8", "< bytes d8", "< bytes 00000005",
                          "< bytes 0000",  //
                          HasSubstr("gap"), "> bytes fe", "< bytes fe"));
}

TEST(ReplayLog, WritesNoBytesWhereThereIsAChoice) {
  // The width of a register's read, the status of a write, the payload: none is stated.
  EXPECT_THAT(
      Transfers("[2023-12-09 03:07:07,061] <REPLAY> BROM version: 05\n"
                "[2023-12-09 03:07:07,074] <REPLAY> TOPRGU register 0xC0000000 == 00000064\n"
                "[2023-12-09 03:07:07,123] <REPLAY> EMI_GENA (0xC0003070) set to 00000002, "
                "was 00000000\n"
                "[2023-12-09 03:07:07,123] <REPLAY> Send payload\n"
                "[2023-12-09 03:07:07,126] <INFO> Uploaded 1024 out of 139232 bytes (0%)\n"
                "[2023-12-09 03:07:07,279] <REPLAY> Received DA checksum: 5737\n"),
      ElementsAre(HasSubstr("gap line 1"), "> bytes ff", "< bytes 05", HasSubstr("gap line 2"),
                  "phase Send payload"));
}

TEST(ReplayLog, ACodeFromARegisterIsNoAnswer) {
  EXPECT_THAT(Transfers("[2023-12-09 03:07:07,001] <WARNING> No response to get_hw_code! Is it a "
                        "legacy device?\n"
                        "[2023-12-09 03:07:07,056] <REPLAY> HW code: 6250\n"
                        "[2023-12-09 03:07:07,061] <REPLAY> BROM version: 05\n"),
              ElementsAre(HasSubstr("gap line 1"), "> bytes ff", "< bytes 05"));
}

TEST(ReplayLog, TakesTheAgentsMessages) {
  EXPECT_THAT(Transfers("[2023-07-15 03:19:41,953] <REPLAY> Wait for remaining data\n"
                        "[2023-07-15 03:19:41,958] &lt;REPLAY&gt; &lt;- DA: (unknown) C0\n"
                        "[2023-07-15 03:19:42,023] <REPLAY<a>> <- DA: (EMMC CID) 4D0001\n"
                        "[2023-07-15 03:19:42,024] <REPLAY> -> DA: (OK) 5A\n"
                        "[2023-07-15 03:19:42,027] <INFO> Reading 65536 bytes\n"),
              ElementsAre(HasSubstr("gap line 1"), "phase Wait for remaining data", "< bytes c0",
                          "< bytes 4d0001", "> bytes 5a", HasSubstr("gap line 5")));
}

TEST(ReplayLog, ANewSessionIsANewPhone) {
  const std::string session =
      "[2023-07-15 03:14:26,442] <INFO> Waiting for device in BROM mode (0E8D:0003)\n"
      "[2023-07-15 03:14:45,244] <INFO> Found device\n"
      "[2023-07-15 03:14:45,333] <INFO> BROM version: 05\n";
  EXPECT_THAT(Transfers("# Summary\n\n```\n" + session + "```\n$ ./spft-replay.py -i\n" + session),
              ElementsAre("attached 0e8d0003", HasSubstr("gap line 6"), "> bytes ff", "< bytes 05",
                          "detached", "attached 0e8d0003", HasSubstr("gap line 11"), "> bytes ff",
                          "< bytes 05"));
}

TEST(FlashToolLog, ReadsArrows) {
  EXPECT_THAT(Transfers("05/01/2014 12:00:00.100 BROM_DLL[100][200]: DEBUG: BRom_StartCmd(): "
                        "-> 0xA0 (BRom_Base.cpp,10)\n"
                        "05/01/2014 12:00:00.200 BROM_DLL[100][200]: DEBUG: BRom_StartCmd(): "
                        "&lt;- 0x5F\n"
                        "COM5: -> 0x0A, 0x50\n"
                        "DA_cmd: <- ACK(0x5A) SOC_OK(0xC1)\n"),
              ElementsAre("> bytes a0", "< bytes 5f", "> bytes 0a50", "< bytes 5ac1"));
}

TEST(FlashToolLog, ReadsCountedBytes) {
  const std::string head = "[0000125] [17:47:55:312690] [Tid0x00001a6c] [debug] ";
  EXPECT_THAT(Transfers(head + "-->[C1] DL_Init #(api.cpp, line:2)\n" + head +
                        "\tTx->: 0x00000004 Hex[ef ee ee fe ]\n" + head +
                        "\t<-Rx: 0x00000008 Hex[00 01 ...]\n" + head + "\tRx->: 0x2 Hex[5a 5a]\n"),
              ElementsAre("> bytes efeeeefe", "< bytes 0001 of 8",
                          "gap line 3: 2 of 8 bytes are in the log", "< bytes 5a5a"));
}

TEST(FlashToolLog, ALengthThatNoTransferHasIsAGap) {
  const std::string told = " bytes are told of, and one transfer has 64 MiB at most: ";
  EXPECT_THAT(
      Transfers("Tx->: 0xFFFFFFFF Hex[ef ee ]\n<-Rx: 0x4000001 Hex[ ]\n"
                "Tx->: 0xfffffffffffffffff Hex[a0 ]\n"),
      ElementsAre(
          "> bytes efee",
          "gap line 1: 4294967295" + told +
              "2 are in the log, and how many there were is not known",
          "gap line 2: 67108865" + told + "0 are in the log, and how many there were is not known",
          "> bytes a0", "gap line 3: cut behind 1 bytes; how many there were is not known"));
}

TEST(FlashToolLog, ReadsTheHandshakeOfALine) {
  EXPECT_THAT(Transfers("send 0xa0. receive 0x5f #(boot_rom.cpp, line:100)\n"),
              ElementsAre("> bytes a0", "< bytes 5f"));
}

TEST(FlashToolLog, ReadsCalls) {
  EXPECT_THAT(
      Transfers("BRom_Base::BRom_CmdSend(0xFD)\nBRom_Base::BRom_CmdSend,Read(0xFD)\n"
                "WriteData(): A0 0A\nReadData(hCom, 2): [5f f5]\n"
                "BRom_Base::BRom_CmdSend(0xD8): bootrom response is incorrect!, cmd(0xD8) != "
                "result(0x00).\n"),
      ElementsAre("> bytes fd", "< bytes fd", "> bytes a00a", "< bytes 5ff5", "> bytes d8",
                  "< bytes 00"));
}

TEST(FlashToolLog, ValuesAreNoBytes) {
  EXPECT_THAT(Transfers("-> 0xD1\nWriteData(): send address 0x10007000\nReadData(4): ok\n"
                        "BRom_Base::BRom_WriteBuf(): BRom_OutData(0x00200000): fail!\n<- 0x00\n"),
              ElementsAre("> bytes d1", HasSubstr("gap line 2: a transfer whose bytes are not in"),
                          "< bytes 00"));
}

TEST(FlashToolLog, ReadsSeveralTransfersOfALine) {
  EXPECT_THAT(Transfers("BRom_StartCmd(): -> 0xA0 <- 0x5F\n->0x0A\n<-0xF5 (BRom_Base.cpp,10)\n"
                        "BRom_StartCmd: send[0x50] read[0xAF] expected[0xAF] index[2]\n"),
              ElementsAre("> bytes a0", "< bytes 5f", "> bytes 0a", "< bytes f5", "> bytes 50",
                          "< bytes af"));
}

TEST(FlashToolLog, ReadsLinesThatLostTheBreakBetweenThem) {
  EXPECT_THAT(Transfers("Tx->: 0x00000002 Hex[ef ee ]Tx->: 0x00000001 Hex[01 ]  <-Rx: 0x00000002 "
                        "Hex[5a ]\n"),
              ElementsAre("> bytes efee", "> bytes 01", "< bytes 5a of 2",
                          HasSubstr("gap line 1: 1 of 2 bytes")));
}

// Wherever a line is broken, it is read, or there is a gap.
TEST(FlashToolLog, LosesNothingOfABrokenLineInSilence) {
  for (const std::string line :
       {"[0000001] [17:47:55:312690] [Tid0x00001a6c] [debug] \t<-Rx: 0x00000004 Hex[00 01 02 a3 ]",
        "BRom_StartCmd(): -> 0xA0", "<- 0x5F", "DA_cmd: <- ACK(0x5A) SOC_OK(0xC1)"}) {
    ExpectNothingLostInSilence("-> 0xD1\n", line, "-> 0xD2\n", {.format = "flash-tool"});
  }
}

TEST(FlashToolLog, TellsOfArrowsWithoutBytes) {
  for (const char* line :
       {"BRom_Read32(): -> 0x10007000 (BRom_Base.cpp,10)\n", "<- 4 bytes\n",
        "DA: <- ADDR(0x100000)\n", "-> A0 (handshake)\n", "-> 0x5A <- 0x0001\n"}) {
    EXPECT_THAT(Transfers(std::string("-> 0xD1\n") + line + "COM5: -> opened (Conn.cpp,103)\n"),
                ElementsAre("> bytes d1", HasSubstr("gap line 2: a transfer whose bytes are not")))
        << line;
  }
  EXPECT_THAT(Transfers("-> 0xD1 0x10007000\n<- 0xD1, ADDR(0x100)\n"),
              ElementsAre("> bytes d1", HasSubstr("gap line 1: cut behind 1 bytes"), "< bytes d1",
                          HasSubstr("gap line 2: cut behind 1 bytes")));
}

TEST(FlashToolLog, TellsOfRowsThatNoLineSpeaksOf) {
  EXPECT_THAT(Transfers("-> 0xD1\nanother tool:\n0000: 01 02 03 04\n0004: 05 06 07 08\n"
                        "Tx->: 0x00000002 Hex[ef ee ]\n03 04 05 06\n"),
              ElementsAre("> bytes d1",
                          HasSubstr("gap line 3: bytes that no line above speaks of: 0000: 01 02"),
                          "> bytes efee", HasSubstr("gap line 6: bytes that no line above")));
}

TEST(FlashToolLog, ReadsTheMonitorOfAPort) {
  const ReadTrace trace = ReadLog(
      "Port opened by process \"Flash_tool.exe\" (PID: 1620)\n\n"
      "Request: 19.04.2010 13:50:30.5\n\n"
      "A0 A0 A0\nA0 A0  waiting for an answer\nbe patient\n\n"
      "Answer: 19.04.2010 13:50:31.5 (+1.0000 seconds)\n\n5F\n"
      "Answer: 19.04.2010 13:50:32.5 (+1.0000 seconds)\n");
  EXPECT_THAT(trace.lines, ElementsAre("> bytes a0a0a0a0a0", "< bytes 5f",
                                       "gap line 12: no bytes stand below this line"));
  EXPECT_EQ(trace.events[1].time - trace.events[0].time, std::chrono::seconds(1));
}

}  // namespace
}  // namespace mtkrig::traces
