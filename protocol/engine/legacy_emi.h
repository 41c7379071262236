#pragma once

// DRAM settings (EMI block) of a phone whose boot ROM started the agent: nobody has set up its DRAM
// yet, and only its own preloader file knows how. Facts from M.

#include <cstdint>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace mtkrig::protocol {

// How stage 1 takes the settings, which depends on their version.
enum class EmiDialogue {
  kUnknown,
  kLength,          // the agent tells a length; settings of that length follow
  kInfoThenLength,  // 16 bytes of information stand before the length
  kHostLength,  // the agent tells a length, the host tells its own, settings of the latter follow
};

// Version 0 goes over the wire as 0xffffffff.
inline constexpr std::uint32_t kEmiVersion0OnWire = 0xffffffff;
// Starts DRAM with the settings that were sent.
inline constexpr std::uint32_t kEmiStart = 0x80000001;
inline constexpr std::uint32_t kMaxEmiSize = 0x10000;

// `version` as it goes over the wire.
EmiDialogue EmiDialogueOf(std::uint32_t version);
// Whether the host tells the length of its settings. MT8127 is not told.
bool EmiHostTellsLength(std::uint32_t version, std::uint16_t hw_code);
// Bytes that follow a successful result word: u8 type, u8 chip select, u64 size and, in version 13,
// five more words.
std::size_t EmiResultTailSize(std::uint32_t version);

struct EmiSettings {
  std::uint32_t version = 0;  // as it goes over the wire
  std::vector<std::uint8_t> data;
};

// Finds the MTK_BLOADER_INFO block of a preloader file, with or without its file header.
// kInvalidInput if there is none or it is cut off.
Result<EmiSettings> FindEmiSettings(ByteSpan preloader);

}  // namespace mtkrig::protocol
