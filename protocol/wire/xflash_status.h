#pragma once

// Status values of the xflash Download Agent. The two highest bits say how bad it is, the bits of
// 00ff0000 who says it, the rest what (P). Values: M, unless noted; the words are ours.
//
// A status is the whole payload of a packet: a u32, or a u16 from some agents (M). A u32 that is
// the packets' own magic is a success too (M).

#include <array>
#include <cstdint>
#include <string_view>

namespace mtkrig::protocol::xflash_da {

inline constexpr std::uint32_t kStatusOk = 0;
// What goes on and how it ends, of commands that take long: after the first stands a packet with
// the progress in per cent (P; milliseconds to wait, by M).
inline constexpr std::uint32_t kStatusContinue = 0x40040004;
inline constexpr std::uint32_t kStatusComplete = 0x40040005;

inline constexpr std::uint32_t kStatusUnsupportedCommand = 0xc0010003;
inline constexpr std::uint32_t kStatusUnsupportedControl = 0xc0010004;
inline constexpr std::uint32_t kStatusDownloadForbidden = 0xc0020004;
inline constexpr std::uint32_t kStatusAntiRollback = 0xc0020053;

// Severity: 0 success, 1 information, 2 warning, 3 error.
constexpr std::uint32_t StatusSeverity(std::uint32_t status) {
  return status >> 30;
}

struct StatusText {
  std::uint32_t status;
  std::string_view text;
};

// Sorted by value.
inline constexpr std::array kStatusTexts = std::to_array<StatusText>({
    {0x40040004, "in progress"},
    {0x40040005, "complete"},
    {0xc0010001, "failed"},
    {0xc0010002, "aborted"},
    {0xc0010003, "unsupported command"},
    {0xc0010004, "unsupported control code"},
    {0xc0010005, "protocol error"},
    {0xc0010006, "protocol buffer overflow"},
    {0xc0010007, "buffer too small"},
    {0xc001000a, "invalid session"},
    {0xc001000b, "invalid stage"},
    {0xc001000c, "not implemented"},
    {0xc0020003, "device not supported"},
    {0xc0020004, "download forbidden"},
    {0xc0020005, "image too large"},
    {0xc0020006, "preloader not verified"},
    {0xc0020007, "image not verified"},
    {0xc0020009, "hash binding check failed"},
    {0xc002000c, "writing not allowed"},
    {0xc002000d, "formatting not allowed"},
    {0xc0020018, "certificate not accepted"},
    {0xc002002d, "image older than allowed"},
    {0xc0020039, "invalid address"},
    {0xc0020042, "signature of the package rejected"},
    {0xc0020043, "signature of the package missing"},
    {0xc0020047, "signature not found"},
    {0xc0020049, "remote security policy disabled"},
    {0xc002004c, "agent older than allowed"},
    {0xc0020053, "agent version older than allowed"},
    {0xc0030006, "storage does not match"},
    {0xc0030007, "invalid parameters"},
    {0xc0030008, "invalid GPT"},
    {0xc0030009, "invalid PMT"},
    {0xc003000e, "no partition table"},
    {0xc0040001, "unsupported operation"},
    {0xc0040003, "wrong checksum"},
    {0xc0040006, "partition not found"},
    {0xc0040007, "partition table not read"},
    {0xc0040009, "unknown storage"},
    {0xc004000a, "DRAM test failed"},
    {0xc004000b, "beyond the storage's end"},
    {0xc004000d, "register access not allowed"},
    {0xc0040030, "eMMC error"},
    {0xc0040040, "NAND error"},
    {0xc0040043, "NAND bad block"},
    {0xc0040050, "version of DRAM settings"},
    {0xc0040060, "UFS error"},
    {0xc0040100, "OTP not supported"},
    {0xc0050001, "control code failed"},
    {0xc0050002, "shutdown failed"},
    {0xc0050003, "download failed"},
    {0xc0050004, "upload failed"},
    {0xc0050005, "external RAM failed"},
    {0xc0050007, "reading failed"},
    {0xc0050008, "writing failed"},
    {0xc0050009, "formatting failed"},
    {0xc005000b, "USB switch failed"},
    {0xc0070001, "agent version does not match"},
    {0xc0070004, "agent's hash does not match"},
});

// Who says it, for statuses that have no text (P).
inline constexpr std::array<std::string_view, 9> kStatusDomains = {
    "", "common", "security", "library", "device", "host", "BROM", "agent", "preloader",
};

// Text of a status, or "" where none is known.
constexpr std::string_view FindStatusText(std::uint32_t status) {
  for (const StatusText& known : kStatusTexts)
    if (known.status == status) return known.text;
  return "";
}

}  // namespace mtkrig::protocol::xflash_da
