#pragma once

// The words that texts may keep: see harmless_text.h. None of them names a phone, a person or a
// place; a list of words of hex digits alone would not be harmless.

#include <algorithm>
#include <array>
#include <string_view>

namespace mtkrig::traces {

namespace harmless_words {

// Of what mtkrig writes: steps of a session, facts, commands and their options, kinds of devices.
inline constexpr auto kOfSessions = std::to_array<std::string_view>(
    {"acm",        "agent",     "all",       "alps",      "at",      "blockmap",  "boot",
     "brom",       "bytes",     "check",     "checksum",  "chip",    "clock",     "code",
     "command",    "connect",   "control",   "da",        "detach",  "dev",       "device",
     "digest",     "dram",      "empty",     "emulator",  "fat",     "finish",    "flash",
     "format",     "from",      "full",      "handshake", "host",    "hw",        "identify",
     "img",        "in",        "info",      "init",      "issue",   "jump",      "log",
     "memory",     "mode",      "of",        "only",      "packet",  "page",      "partition",
     "partitions", "pcap",      "pcapng",    "phase",     "phone",   "pmt",       "port",
     "power",      "preloader", "profile",   "random",    "range",   "read",      "readback",
     "recording",  "register",  "registers", "removed",   "replay",  "report",    "reset",
     "rom",        "sampled",   "scatter",   "send",      "serial",  "session",   "set",
     "setup",      "shutdown",  "skip",      "software",  "speed",   "stage",     "start",
     "status",     "storage",   "sub",       "sw",        "table",   "target",    "test",
     "text",       "trace",     "tty",       "ttyacm",    "ttys",    "ttyusb",    "txt",
     "up",         "usb",       "usbip",     "user",      "verbose", "version",   "versions",
     "watchdog",   "wire",      "write",     "yaml",      "zst",     "challenge", "identity",
     "name",       "bin",       "file"});

// Areas and partitions, as tables of MediaTek's phones name them.
inline constexpr auto kOfFlash = std::to_array<std::string_view>(
    {"android",     "bootimg",  "boota",    "bootb",  "cache",   "custom",   "dkb",     "dsp",
     "bl",          "dtbo",     "ebr",      "efuse",  "emmc",    "expdb",    "frp",     "gp",
     "gpt",         "kb",       "keystore", "lk",     "logo",    "lu",       "lua",     "mbr",
     "md1img",      "metadata", "misc",     "nand",   "nor",     "nvcfg",    "nvdata",  "nvram",
     "oemkeystore", "para",     "persist",  "pgpt",   "preload", "pro",      "proinfo", "protect",
     "recovery",    "ro",       "rootfs",   "rpmb",   "scp",     "sdcard",   "sec",     "seccfg",
     "secro",       "sgpt",     "spmfw",    "sspm",   "super",   "system",   "tee",     "uboot",
     "ufs",         "userdata", "usrdata",  "vbmeta", "vendor",  "protectf", "protects"});

// Of tools, and of USB string descriptors.
inline constexpr auto kOfTools = std::to_array<std::string_view>(
    {"com", "dumpcap", "gadget", "inc", "mediatek", "mtk", "mtkclient", "mtkrig", "penumbra",
     "spft", "tcpdump", "tshark", "vcom", "wireshark"});

// Of the xml agent and its hosts: commands, arguments, answers.
inline constexpr auto kOfAgents = std::to_array<std::string_view>(
    {"2nd",         "1st",           "ack",         "allinone",  "auto",
     "by",          "can",           "cert",        "chk",       "cmd",
     "cold",        "commands",      "ctx",         "customack", "customrpmbr",
     "customrpmbw", "customstorage", "debug",       "detect",    "disabled",
     "download",    "downloaded",    "enabled",     "encoding",  "end",
     "eot",         "erase",         "err",         "error",     "exists",
     "ext",         "feedback",      "fw",          "get",       "higher",
     "id",          "image",         "immediate",   "key",       "level",
     "linux",       "mem",           "no",          "none",      "not",
     "notify",      "off",           "ok",          "on",        "operation",
     "parameter",   "policy",        "private",     "progress",  "property",
     "ram",         "reboot",        "reg",         "repair",    "rsc",
     "runtime",     "security",      "sha256",      "signature", "sla",
     "standalone",  "sum",           "support",     "supported", "sys",
     "to",          "uart",          "unsupported", "update",    "upload",
     "utf",         "value",         "warn",        "windows",   "xml",
     "yes"});

template <std::size_t kSize, std::size_t... kSizes>
consteval auto Joined(const std::array<std::string_view, kSizes>&... lists) {
  std::array<std::string_view, kSize> all{};
  auto at = all.begin();
  ((at = std::copy(lists.begin(), lists.end(), at)), ...);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace harmless_words

// In order, in small letters.
inline constexpr auto kHarmlessWords =
    harmless_words::Joined<harmless_words::kOfSessions.size() + harmless_words::kOfFlash.size() +
                           harmless_words::kOfTools.size() + harmless_words::kOfAgents.size()>(
        harmless_words::kOfSessions, harmless_words::kOfFlash, harmless_words::kOfTools,
        harmless_words::kOfAgents);

}  // namespace mtkrig::traces
