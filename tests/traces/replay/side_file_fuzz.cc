// Any text as a side file. Paths lead into a folder that does not exist, so nothing is opened.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "traces/replay/side_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // An absolute path would be opened, whatever the folder.
  if (text.find('/') != std::string_view::npos || size > 4096) return 0;
  const auto settings = mtkrig::traces::ParseSideFile(text, "side.yaml", "/nonexistent/folder");
  if (!settings) return 0;
  (void)settings->contents.Find({.phase = "x", .area = mtkrig::traces::FlashArea::kUser});
  return 0;
}
