#pragma once

#include <string_view>

#include "protocol/base/bytes.h"
#include "tests/protocol/engine/scripted_transport.h"

namespace mtkrig::protocol {

// A preloader without file header: some code, then an information block with settings.
inline std::vector<std::uint8_t> BuildPreloader(std::string_view version,
                                                const std::vector<std::uint8_t>& settings) {
  ByteWriter writer(Endian::kLittle);
  const auto put = [&](std::string_view text) {
    for (const char c : text) writer.Put(static_cast<std::uint8_t>(c));
  };
  writer.PutZeros(0x40);
  put("MTK_BLOADER_INFO_v");
  put(version);
  writer.PutZeros(12);
  put("MTK_BIN");
  writer.PutZeros(5).PutBytes(settings);
  return writer.Release();
}

}  // namespace mtkrig::protocol
