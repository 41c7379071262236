#pragma once

// What `strace -xx -s 65536 -e trace=read,write,openat` prints of a program that speaks to a phone
// through a serial port: with threads (-f), times (-t, -tt, -ttt, -r), durations (-T) and paths
// (-y), strings in any of its notations. Of USB devices (usbfs) strace shows no data.

#include "traces/formats/byte_source.h"
#include "traces/import/log_importer.h"

namespace mtkrig::traces {

// `port` says which file is the phone: a path or a descriptor's number. Empty: the serial port that
// is opened, or else the descriptor that begins with a handshake, or the only one. Reads all of the
// content once to find it. kInvalidArgument if several could be meant; kInvalidInput if none.
Result<std::unique_ptr<LogImporter>> MakeStraceLog(const Content& content, const std::string& port);

bool IsStraceLine(std::string_view text);

}  // namespace mtkrig::traces
