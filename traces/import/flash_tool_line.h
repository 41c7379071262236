#pragma once

// What one line of a log of MediaTek's own tools says in bytes. The tools' names and versions
// differ in what stands in front; what they say of a transfer is one of these forms:
//
//   -> 0xA0          <- 0x5F          -> DA_ACK(0x5A)          arrows
//   Tx->: 0x0000000C Hex[ef ee ee fe ...]      <-Rx: 0x00000004 Hex[00 00 00 00 ]
//   WriteData(): A0 0A 50 05                   ReadData(): [5f]
//   send 0xA0. receive 0x5F                    of the handshake
//   send[0xA0] read[0x5F] expected[0x5F]       the same
//   -> 0xA0 <- 0x5F                            several on a line
//   BRom_Base::BRom_CmdSend(0xFD)              BRom_CmdSend,Read(0xFD)
//
// and of a serial port's monitor beside the tool:
//
//   Request: 19.04.2010 13:50:34.08264 (+0.0100 seconds)
//   0A
//   Answer: ...
//
// Values of more than one byte (0x10007000) are no bytes: their order is not said.

#include <optional>
#include <string_view>
#include <vector>

#include "traces/import/log_text.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

struct ToolTransfer {
  Direction direction = Direction::kToPhone;
  std::vector<std::uint8_t> bytes;
  std::uint64_t length = 0;  // as the line tells it; 0 where it does not
  bool cut = false;          // the line says, or shows, that bytes are left out
};

struct FlashToolLine {
  enum class Kind : std::uint8_t {
    kOther,
    kTransfers,
    kUnlogged,  // a transfer whose bytes are not there
    kMonitor,   // the bytes of one transfer follow in rows; transfers[0] has its direction
    kRow,       // such a row, or more of a transfer whose length was told
  };
  Kind kind = Kind::kOther;
  std::vector<ToolTransfer> transfers;
  std::optional<LogTime> time;
  bool tool = false;  // something in the line is of these tools only
  std::string_view body;
};

// `text` has been through CleanLine() and DecodeEntities().
FlashToolLine ParseFlashToolLine(std::string_view text);

}  // namespace mtkrig::traces
