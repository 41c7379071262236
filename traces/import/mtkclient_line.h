#pragma once

// What one line of a debug log of mtkclient says, in each of the layouts that its versions wrote:
//
//   TX:d1                                        logs/log.txt
//   DeviceClass - [LIB]: TX:d1                   terminal, colours around the message
//   DEBUG:DeviceClass:RX: d1 00                  other loggers and hand-made logs
//   TX: 0xd8                                     the same, each byte marked
//   DeviceClass - [LIB]: USB echo: length(0x4)   in front of each RX: how much was asked for
//
// Facts: bkerler/mtkclient, verify_data() and usbread() of mtkclient/Library/Connection/usblib.py
// and seriallib.py, ColorFormatter of mtkclient/Library/gui_utils.py.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "traces/model/event.h"

namespace mtkrig::traces {

enum class MtkclientKind : std::uint8_t {
  kBlank,
  kHex,           // TX: or RX: and digits, maybe none
  kText,          // TX: or RX: and anything else: a line of XML
  kDigits,        // digits alone: more of a line that was wrapped
  kAsked,         // how much a read asked for
  kStack,         // the list of calls that leads to a transfer
  kTimedOut,      // a read got nothing yet
  kDisconnected,  // the phone went away during a read
  kOverflow,      // the phone sent more than was asked for, which failed the read
  kFailed,        // a transfer failed, and the line does not say which
  kStart,         // mtkclient started
  kNote,          // for people: "Preloader - HW code: 0x6580"
  kOther,
};

struct MtkclientLine {
  MtkclientKind kind = MtkclientKind::kOther;
  Direction direction = Direction::kToPhone;
  std::string_view payload;  // behind TX: or RX:, or the note, or the version
  std::uint64_t length = 0;  // of kAsked
  // kHex and kText: behind "[LIB]: ", or of the form of data, so no words of a person.
  bool logged = false;
  bool serial = false;  // kAsked of a serial port, where a read may time out without a word
};

// `text` has been through CleanLine().
MtkclientLine ParseMtkclientLine(std::string_view text);

// Whether a line, after CleanLine(), is one that makes a log one of mtkclient.
bool IsMtkclientLine(std::string_view text);

// The digits of "0xd8, 0x01", with "..." behind them where the line says or shows that bytes are
// left out; nothing if it is not of that form. A value of several bytes is not: its order is not
// said.
std::string MarkedDigits(std::string_view payload);

// How many hexadecimal digits `text` begins with.
std::size_t LeadingDigits(std::string_view text);

// What is said of a transfer of which the log has `size` bytes, where a read asked for `asked` (0:
// not known) and `missing` tells that more of it came. Empty if it is whole.
std::string GapBehind(std::size_t size, std::uint64_t asked, bool missing);

// What is said of a read that asked for `asked` bytes, and of which nothing is in the log.
std::string GapOfUnread(std::uint64_t asked);

// Whether a line ends within the mark of a transfer: "DeviceClass - [LIB]: R".
bool BreaksOff(std::string_view text);

}  // namespace mtkrig::traces
