#pragma once

// Session logs of spft-replay: "[2023-12-09 03:07:07,056] <REPLAY> HW code: 6575".
//
// With -vv it logs each write and each read ("<BROM I/O> -> D1"), and those are taken as they
// stand. Without, a few messages of the download agent have bytes ("<- DA: (EMMC CID) 4D00...") and
// the others state what an exchange came to. An exchange is written for such a line only if the
// protocol leaves one possibility and the line has each of its values; traces/README.md lists them.
// What the tool did between those lines depends on its version and on the chip, so each stands
// behind a gap. Fact: arzam16/empty-sixty-five, brom-dump/spft-replay/src/.

#include "traces/import/log_importer.h"

namespace mtkrig::traces {

std::unique_ptr<LogImporter> MakeReplayLog(std::unique_ptr<ByteSource> source, std::string name);
bool IsReplayLine(std::string_view text);

}  // namespace mtkrig::traces
