#pragma once

// Logs of SP Flash Tool and of the libraries in it (BROM_DLL_V5.log, SP_FLASH_TOOL.log), and of a
// serial port's monitor beside it. Most lines are for people; bytes stand in few, and which of them
// depends on the version. What is said to be a transfer and has no bytes is told as a gap.

#include "traces/import/log_importer.h"

namespace mtkrig::traces {

std::unique_ptr<LogImporter> MakeFlashToolLog(std::unique_ptr<ByteSource> source, std::string name);
bool IsFlashToolLine(std::string_view text);

}  // namespace mtkrig::traces
