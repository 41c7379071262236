#include "traces/formats/content_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mtkrig::traces {
namespace {

using protocol::ByteSpan;

struct Magic {
  std::string_view bytes;
  std::string_view name;
  bool compressed = false;
};

// What people have beside recordings. Each begins with these bytes, by its published format.
constexpr std::array<Magic, 16> kMagics = {{
    {"\x1f\x8b", "a gzip file", true},
    {"BZh", "a bzip2 file", true},
    {"\xfd\x37zXZ", "an xz file", true},
    {"\x04\x22\x4d\x18", "an lz4 file", true},
    {"PK\x03\x04", "a zip archive", true},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive", true},
    {"ANDROID!", "an Android boot image"},
    {"MTK_DOWNLOAD_AGENT", "a download agent file of MediaTek"},
    {"MMM\x01", "a preloader of MediaTek"},
    {"EMMC_BOOT", "a boot area of a MediaTek phone"},
    {"\x7f"
     "ELF",
     "an ELF program"},
    {"MZ", "a Windows program"},
    {"%PDF-", "a PDF document"},
    {"\x89PNG", "a PNG picture"},
    {"\xff\xd8\xff", "a JPEG picture"},
    {"snoop", "a snoop capture"},
}};

const Magic* FindMagic(ByteSpan head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const auto* const found = std::find_if(kMagics.begin(), kMagics.end(), [&](const Magic& magic) {
    return text.starts_with(magic.bytes);
  });
  return found == kMagics.end() ? nullptr : found;
}

bool IsText(ByteSpan head) {
  return std::all_of(head.begin(), head.end(), [](std::uint8_t byte) {
    return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f' ||
           byte == 0x1b;
  });
}

}  // namespace

std::string NameOfContent(ByteSpan head) {
  if (const Magic* const magic = FindMagic(head); magic != nullptr) {
    return std::string(magic->name);
  }
  const bool utf16 = head.size() > 1 &&
                     ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff));
  if (utf16 || IsText(head)) return "text";
  constexpr std::size_t kShown = 8;
  const ByteSpan shown = head.first(std::min(head.size(), kShown));
  return fmt::format("binary data ({}{})", protocol::ToHex(shown),
                     shown.size() < head.size() ? "..." : "");
}

bool IsOtherCompression(ByteSpan head) {
  const Magic* const magic = FindMagic(head);
  return magic != nullptr && magic->compressed;
}

}  // namespace mtkrig::traces
