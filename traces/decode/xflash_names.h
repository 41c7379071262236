#pragma once

// Names of what the xflash agent is told and says, as steps show them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/wire/xflash_da.h"

namespace mtkrig::traces {

struct XflashCommandName {
  protocol::xflash_da::Command command;
  std::string_view name;
  bool writes = false;
};

struct XflashControlName {
  protocol::xflash_da::Control control;
  std::string_view name;
  bool writes = false;
};

// By number, or null.
const XflashCommandName* FindXflashCommand(std::uint32_t number);
const XflashControlName* FindXflashControl(std::uint32_t number);

// Of severity success or information, or the magic that some agents send for 0.
bool IsXflashSuccess(std::uint32_t status);
// "00000000 (success)", "c0010004 (unsupported control code)", "c0020123 (security)"; in as many
// digits as it had bytes.
std::string XflashStatusText(std::uint32_t status, std::size_t bytes = sizeof(std::uint32_t));
// "eMMC", "UFS", "NAND"; "kind 0x9" for others.
std::string XflashStorageText(std::uint32_t storage);
// "boot 1", "user"; parts of UFS count differently from those of an eMMC.
std::string XflashPartText(std::uint32_t storage, std::uint32_t part);

}  // namespace mtkrig::traces
