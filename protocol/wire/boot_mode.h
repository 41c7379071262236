#pragma once

// The names of boot modes that a tool sends to a preloader instead of the handshake, in answer to
// READY, and what the preloader says to them. protocol/README.md, section 2, has the exchange.
//
// Source: preloader source that makers of phones published (handshake_usb.c,
// main.c and meta.h there), and M, which sends them.

#include <cstddef>
#include <string_view>

namespace mtkrig::protocol::boot_mode {

// Every name has this length, in bytes.
inline constexpr std::size_t kNameSize = 8;

inline constexpr std::string_view kFastboot = "FASTBOOT";
inline constexpr std::string_view kFastbootAnswer = "TOOBTSAF";
inline constexpr std::string_view kMeta = "METAMETA";
inline constexpr std::string_view kMetaAnswer = "ATEMATEM";
inline constexpr std::string_view kAdvancedMeta = "ADVEMETA";
inline constexpr std::string_view kAdvancedMetaAnswer = "ATEMEVDX";
inline constexpr std::string_view kOldAdvancedMetaAnswer = "ATEMEVDA";  // of some older preloaders
inline constexpr std::string_view kFactory = "FACTFACT";
inline constexpr std::string_view kFactoryAnswer = "TCAFTCAF";
inline constexpr std::string_view kFactoryMenu = "FACTORYM";
inline constexpr std::string_view kFactoryMenuAnswer = "MYROTCAF";
inline constexpr std::string_view kNormalBoot = "AT+NBOOT";
inline constexpr std::string_view kNormalBootAnswer = "AT+OK";
// To any other name that begins with this one. The spelling is the phone's.
inline constexpr std::string_view kAtPrefix = "AT+";
inline constexpr std::string_view kAtUnknownAnswer = "AT+UNKONWN";

// A secured phone's answer to the names of META and factory modes.
inline constexpr std::string_view kForbiddenAnswer = "METAFORB";
// What the host says when it has read the answer to one of the META names.
inline constexpr std::string_view kDisconnect = "DISCONNECT";
// In front of the answer, these names may be followed by this many bytes: u32 length, u32 version,
// and four bytes about ports.
inline constexpr std::size_t kParameterSize = 12;

}  // namespace mtkrig::protocol::boot_mode
