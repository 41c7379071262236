#pragma once

// What mtk_dump of mediatek_flash prints with --verbose 2: "send (4):" or "recv (4):", and the
// bytes below in rows of 16, with their characters behind a bar. A send is printed before it is
// tried, a receive as it came from the line. Fact: ilyakurdyukov/mediatek_flash, usb_send(),
// usb_recv() and print_mem() of mtk_dump.c.

#include "traces/import/log_importer.h"

namespace mtkrig::traces {

std::unique_ptr<LogImporter> MakeHexdumpLog(std::unique_ptr<ByteSource> source, std::string name);
bool IsHexdumpLine(std::string_view text);

}  // namespace mtkrig::traces
