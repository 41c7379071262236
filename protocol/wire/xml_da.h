#pragma once

// Texts of the xml Download Agent (V6; MT6781, MT6789, MT6855, MT6877, MT6985 and newer). Packets
// are those of the xflash agent (xflash_da.h); their payloads are zero-terminated texts. The
// exchanges are written down in protocol/README.md, section "XML agent"; no sequencing here.
//
// Sources, by letter, as in xflash_da.h; no capture of this protocol has been published whole.

#include <array>
#include <cstddef>
#include <string_view>

namespace mtkrig::protocol::xml_da {

// Every command begins so, in both directions.
inline constexpr std::string_view kCommandPrefix = "CMD:";

// Elements of a command (M, P): <da> from the host, <host> from the phone; in it <version>,
// <command>, <arg> with what the command takes, and <adv> in one command.
inline constexpr std::string_view kHostRoot = "da";
inline constexpr std::string_view kPhoneRoot = "host";
inline constexpr std::string_view kCommandElement = "command";

// Short answers of either side (M, P). kOkValue goes on with a value: a length as 0x and hex
// digits, or decimal from P, a word (answers of FILE-SYS-OPERATION), a status (0x0).
inline constexpr std::string_view kOk = "OK";
inline constexpr std::string_view kOkValue = "OK@";
inline constexpr std::string_view kProgress = "OK!PROGRESS@";  // decimal per cent, maybe an @ (P)
inline constexpr std::string_view kEndOfProgress = "OK!EOT";
inline constexpr std::string_view kError = "ERR";
inline constexpr std::string_view kUnsupported = "ERR!UNSUPPORTED";

// Commands of the phone (M, P). The first two frame a command of the host, the others are asked of
// the host while it runs.
inline constexpr std::string_view kStart = "CMD:START";
inline constexpr std::string_view kEnd = "CMD:END";  // <result>, and <message> of a failure
inline constexpr std::string_view kDownloadFile = "CMD:DOWNLOAD-FILE";  // from the host's disk
inline constexpr std::string_view kUploadFile = "CMD:UPLOAD-FILE";      // to the host's disk
inline constexpr std::string_view kProgressReport = "CMD:PROGRESS-REPORT";
inline constexpr std::string_view kFileSystemOperation = "CMD:FILE-SYS-OPERATION";

// What a command of the host does to a phone, as far as a guard or a reader of a session cares.
enum class Effect : unsigned char {
  kReads,     // nothing is changed
  kControls,  // the agent's or the session's own state
  kWrites,    // flash, fuses, registers or security settings
};

struct HostCommand {
  std::string_view name;
  Effect effect;
};

// Commands of the host (M, P). SP Flash Tool and tools with an extension know more.
inline constexpr std::array kHostCommands = std::to_array<HostCommand>({
    // Either stage.
    {"CMD:SET-RUNTIME-PARAMETER", Effect::kControls},
    {"CMD:HOST-SUPPORTED-COMMANDS", Effect::kControls},
    {"CMD:NOTIFY-INIT-HW", Effect::kControls},
    {"CMD:SET-HOST-INFO", Effect::kControls},
    {"CMD:BOOT-TO", Effect::kControls},
    {"CMD:REBOOT", Effect::kControls},
    {"CMD:GET-HW-INFO", Effect::kReads},
    {"CMD:GET-SYS-PROPERTY", Effect::kReads},
    {"CMD:GET-DA-INFO", Effect::kReads},
    {"CMD:SECURITY-GET-DEV-FW-INFO", Effect::kReads},
    {"CMD:SECURITY-SET-FLASH-POLICY", Effect::kControls},
    {"CMD:SECURITY-SET-ALLINONE-SIGNATURE", Effect::kControls},
    {"CMD:RAM-TEST", Effect::kControls},
    {"CMD:DRAM-REPAIR", Effect::kControls},
    // Stage 2.
    {"CMD:CAN-HIGHER-USB-SPEED", Effect::kReads},
    {"CMD:READ-PARTITION-TABLE", Effect::kReads},
    {"CMD:READ-PARTITION", Effect::kReads},
    {"CMD:READ-FLASH", Effect::kReads},
    {"CMD:READ-EFUSE", Effect::kReads},
    {"CMD:READ-REGISTER", Effect::kReads},
    {"CMD:EMMC-CONTROL", Effect::kReads},
    {"CMD:GET-DOWNLOADED-IMAGE-FEEDBACK", Effect::kReads},
    {"CMD:WRITE-FLASH", Effect::kWrites},
    {"CMD:WRITE-PARTITION", Effect::kWrites},
    {"CMD:WRITE-PARTITIONS", Effect::kWrites},
    {"CMD:ERASE-FLASH", Effect::kWrites},
    {"CMD:ERASE-PARTITION", Effect::kWrites},
    {"CMD:FLASH-ALL", Effect::kWrites},
    {"CMD:FLASH-UPDATE", Effect::kWrites},
    {"CMD:SET-BOOT-MODE", Effect::kWrites},
    {"CMD:SET-RSC", Effect::kWrites},
    {"CMD:WRITE-REGISTER", Effect::kWrites},
    {"CMD:WRITE-EFUSE", Effect::kWrites},
    {"CMD:WRITE-PRIVATE-CERT", Effect::kWrites},
    // Of extensions that tools load: M's, P's.
    {"CMD:CUSTOM", Effect::kControls},
    {"CMD:CUSTOMACK", Effect::kControls},
    {"CMD:CUSTOMSTORAGE", Effect::kControls},
    {"CMD:CUSTOMRPMBR", Effect::kReads},
    {"CMD:CUSTOMRPMBW", Effect::kWrites},
    {"CMD:EXT-ACK", Effect::kControls},
    {"CMD:EXT-DA-CTX", Effect::kControls},
    {"CMD:EXT-READ-MEM", Effect::kReads},
    {"CMD:EXT-WRITE-MEM", Effect::kWrites},
    {"CMD:EXT-READ-REG", Effect::kReads},
    {"CMD:EXT-WRITE-REG", Effect::kWrites},
});

// Command of that name, or null.
constexpr const HostCommand* FindHostCommand(std::string_view name) {
  for (const HostCommand& known : kHostCommands)
    if (known.name == name) return &known;
  return nullptr;
}

// Arguments that carry lengths and names of files (M, P). A file in the host's memory is named
// MEM://0xOFFSET:0xLENGTH.
inline constexpr std::string_view kMemoryFile = "MEM://";
inline constexpr std::string_view kPacketLengthElement = "packet_length";

// Elements whose content tells one phone from another: GET-HW-INFO (random_id, id, ufs_cid,
// emmc_cid), SECURITY-GET-DEV-FW-INFO (rnd, hrid, socid) (M, P).
inline constexpr std::array<std::string_view, 7> kIdentityElements = {
    "random_id", "id", "ufs_cid", "emmc_cid", "rnd", "hrid", "socid",
};

}  // namespace mtkrig::protocol::xml_da
