#pragma once

// Debug logs of mtkclient (--debugmode), as files and as they are pasted into bug reports.
//
// What mtkclient logs, and what it does not (bkerler/mtkclient, mtkclient/Library/Connection/ and
// Port.py): every read that ended, in full, with the length that was asked for in front; every
// write, in full, once all its packets are out; never the handshake over USB, nor a read that
// failed. Each logger that is set up again adds a handler, so that a log file may hold each message
// twice or more. XML is logged as text, a line of the log for each of its lines.

#include "traces/import/log_importer.h"

namespace mtkrig::traces {

// `copies`: of each message, as CountMtkclientCopies() tells.
std::unique_ptr<LogImporter> MakeMtkclientLog(std::unique_ptr<ByteSource> source, std::string name,
                                              std::size_t copies);

}  // namespace mtkrig::traces
