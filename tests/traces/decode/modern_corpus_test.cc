// The hand-written sessions of the xflash and the xml agent, word for word.

#include <gmock/gmock.h>

#include "modern_testing.h"

namespace mtkrig::traces {
namespace {

// Without the notes of who wrote the file.
std::vector<std::string> Steps(const Decoded& decoded) {
  std::vector<std::string> lines;
  for (const std::string& line : decoded.lines) {
    if (!line.starts_with("line comment")) lines.push_back(line);
  }
  return lines;
}

TEST(ModernCorpus, ReadsAnMt6771) {
  EXPECT_THAT(
      Steps(Decode(ReadHandwritten("xflash-mt6771-read.wire"))),
      testing::ElementsAreArray({
          "line attached (id 0e8d:2000)",
          "handshake READY (times 1)",
          "handshake handshake",
          "boot ROM GET_BL_VER (version 0x1)",
          "boot ROM GET_HW_CODE (hw code 0x788, status 0000 (success))",
          "boot ROM GET_HW_SW_VER (sub code 0x8a00, hw version 0xca00, sw version 0x0, status "
          "0000 (success))",
          "boot ROM SEND_DA (address 0x200000, length 0x20, signature 0x10, status 0000 "
          "(success), checksum f3e7, upload status 0000 (success)) +32",
          "boot ROM JUMP_DA (address 0x200000, status 0000 (success))",
          "stage 1 sync",
          "xflash SYNC",
          "xflash SETUP_ENVIRONMENT (log level info, log channel UART, host linux, status "
          "00000000 (success))",
          "xflash SETUP_HW_INIT_PARAMS (status 00000000 (success))",
          "xflash SYNC (stage is ready)",
          "xflash DEVICE_CTRL get expire date (status c0010004 (unsupported control code)) "
          "refused: the control code: the phone answers c0010004 (unsupported control code)",
          "xflash DEVICE_CTRL set reset key (parameter 0x68, status 00000000 (success))",
          "xflash DEVICE_CTRL set battery option (parameter 0x2, status 00000000 (success))",
          "xflash DEVICE_CTRL set checksum level (parameter 0x0, status 00000000 (success))",
          "xflash DEVICE_CTRL get connection agent (answer preloader, status 00000000 "
          "(success))",
          "xflash BOOT_TO (address 0x40000000, length 0x30, answer 434e5953 (SYNC), status "
          "00000000 (success)) +48",
          "xflash DEVICE_CTRL set all-in-one signature (parameter 0 bytes, status 00000000 "
          "(success))",
          "xflash DEVICE_CTRL get firmware info (version 0x10000, challenge any, HRID any, SoC "
          "id any, status 00000000 (success))",
          "xflash DEVICE_CTRL get SLA status (answer off, status 00000000 (success))",
          "xflash DEVICE_CTRL get RAM info (internal type 0x2, internal base 0x200000, "
          "internal size 0x39000, external type 0x1, external base 0x40000000, external size "
          "0x180000000, status 00000000 (success))",
          "xflash DEVICE_CTRL get eMMC info (type 0x1, block 0x200, boot 1 0x400000, boot 2 "
          "0x400000, RPMB 0x1000000, GP 1 0x0, GP 2 0x0, GP 3 0x0, GP 4 0x0, user "
          "0x1d1ec00000, CID any, firmware any, status 00000000 (success))",
          "xflash DEVICE_CTRL get NAND info (type none, status 00000000 (success))",
          "xflash DEVICE_CTRL get NOR info (type none, status 00000000 (success))",
          "xflash DEVICE_CTRL get UFS info (type none, status 00000000 (success))",
          "xflash DEVICE_CTRL get chip id (hw code 0x788, sub code 0x8a00, hw version 0xca00, "
          "sw version 0x0, evolution 0x0, status 00000000 (success))",
          "xflash DEVICE_CTRL get random id (id any, status 00000000 (success))",
          "xflash DEVICE_CTRL get USB speed (answer high-speed, status 00000000 (success))",
          "xflash DEVICE_CTRL check storage life cycle (status 00000000 (success))",
          "xflash DEVICE_CTRL get partition table category (answer GPT, status 00000000 "
          "(success))",
          "xflash DEVICE_CTRL get packet length (write 0x200000, read 0x10000, status 00000000 "
          "(success))",
          "xflash READ_DATA (storage eMMC, part user, address 0x0, length 0x200, status "
          "00000000 (success)) +512",
          "xflash UPLOAD (partition PGPT, length 0x400, status 00000000 (success)) +1024",
          "xflash DEVICE_CTRL set host info (status c0010004 (unsupported control code)) "
          "refused: the control code: the phone answers c0010004 (unsupported control code)",
          "xflash SHUTDOWN (reboot 0x0, time-out 0x0, async 0x0, boot mode 0x0, status "
          "00000000 (success))",
          "line detached",
      }));
}

TEST(ModernCorpus, ReadsTheLogOfAnMt8183) {
  EXPECT_THAT(
      Steps(Decode(ReadHandwritten("xflash-mt8183-log.wire"))),
      testing::ElementsAreArray({
          "line attached (id 0e8d:2000)",
          "line gap (packet 10, offset 0x1e6, text The log begins in stage 2.)",
          "xflash DEVICE_CTRL get eMMC info (type 0x1, block 0x200, boot 1 0x400000, boot 2 "
          "0x400000, RPMB 0x400000, GP 1 0x0, GP 2 0x0, GP 3 0x0, GP 4 0x0, user 0x3a3e00000, "
          "CID any, firmware any, status 00000000 (success))",
          "xflash DEVICE_CTRL get NAND info (type none, status 00000000 (success))",
          "line gap (packet 39, offset 0x516, text Part of the log is missing.)",
          "xflash DEVICE_CTRL get agent version (answer 1.0, status 00000000 (success))",
          "xflash DEVICE_CTRL get random id (id any, status 00000000 (success))",
          "line gap (packet 64, offset 0x739, text The log ends here.)",
      }));
}

TEST(ModernCorpus, ReadsAnMt6789) {
  EXPECT_THAT(
      Steps(Decode(ReadHandwritten("xml-mt6789-read.wire"))),
      testing::ElementsAreArray({
          "line attached (id 0e8d:2000)",
          "handshake READY (times 1)",
          "handshake handshake",
          "boot ROM GET_HW_CODE (hw code 0x1208, status 0000 (success))",
          "boot ROM SEND_DA (address 0x2000000, length 0x10, signature 0x0, status 0000 "
          "(success), checksum 0000, upload status 0000 (success)) +16",
          "boot ROM JUMP_DA (address 0x2000000, status 0000 (success))",
          "xml CMD:START",
          "xml CMD:SET-RUNTIME-PARAMETER (checksum_level NONE, battery_exist AUTO-DETECT, "
          "da_log_level INFO, log_channel UART, system_os LINUX, initialize_dram YES, result "
          "OK)",
          "xml CMD:START",
          "xml CMD:HOST-SUPPORTED-COMMANDS (host_capability "
          "CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@CMD:UPLOAD-FILE^1"
          "@, result OK)",
          "xml CMD:START",
          "xml CMD:NOTIFY-INIT-HW (progress of init-hw, per cent 50, result OK)",
          "xml CMD:START",
          "xml CMD:SET-HOST-INFO (info 20260101T000000, result OK)",
          "xml CMD:START",
          "xml CMD:BOOT-TO (at_address 0x40000000, jmp_address 0x40000000, source_file "
          "MEM://0x0:0x30, asks for 2nd-DA, bytes 0x30, result OK) +48",
          "xml CMD:START",
          "xml CMD:NOTIFY-INIT-HW (progress of init-hw, per cent 100, result OK)",
          "xml CMD:START",
          "xml CMD:CAN-HIGHER-USB-SPEED (target_file MEM://0x0:0x40, result ERR) refused: the "
          "command: ERR!UNSUPPORTED",
          "xml CMD:START",
          "xml CMD:GET-SYS-PROPERTY (key DA.SLA, target_file MEM://0x0:0x200000, gives "
          "sys-property, bytes 0x66, item DISABLED, result OK)",
          "xml CMD:START",
          "xml CMD:GET-HW-INFO (target_file MEM://0x0:0x200000, gives hw-info, bytes 0x1d6, "
          "ram_size 0x100000000, battery_voltage 3810, random_id "
          "00000000000000000000000000000000, storage UFS, block_size 0x1000, lua0_size "
          "0x400000, lua1_size 0x400000, lua2_size 0xee5800000, lua3_size 0, id "
          "0000000000000000000000000000000000000000, product_id , result OK)",
          "xml CMD:START",
          "xml CMD:READ-FLASH (partition UFS-LUA2, offset 0x1000, length 0x400, target_file "
          "ROM_0, gives ROM_0, bytes 0x400, result OK) +1024",
          "xml CMD:START",
          "xml CMD:REBOOT (action IMMEDIATE, result OK)",
          "line detached",
      }));
}

// Whatever the transfers are, the steps and the roles are the same.
TEST(ModernCorpus, DoesNotDependOnTransfers) {
  for (const std::string name :
       {"xflash-mt6771-read.wire", "xflash-mt8183-log.wire", "xml-mt6789-read.wire"}) {
    const std::vector<Event> events = ReadHandwritten(name);
    const Decoded whole = Decode(events);
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      const std::vector<Event> split = Resplit(events, seed);
      const Decoded decoded = Decode(split);
      EXPECT_EQ(Steps(decoded), Steps(whole));
      ExpectAllBytesHaveARole(split, decoded.spans);
      for (const Role role : {Role::kIdentity, Role::kContent, Role::kAgent, Role::kUnknown}) {
        for (const Direction direction : {Direction::kToPhone, Direction::kToHost}) {
          EXPECT_EQ(BytesOf(role, direction, split, decoded.spans),
                    BytesOf(role, direction, events, whole.spans));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
