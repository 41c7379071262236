#pragma once

// A guarded scripted phone, and the way to each place of a conversation.

#include <gtest/gtest.h>

#include <string_view>

#include "protocol/engine/read_only_transport.h"
#include "tests/protocol/engine/scripted_transport.h"

namespace mtkrig::protocol {

struct GuardBench {
  GuardedHost guarded_host = GuardedHost::kEngine;
  ScriptedTransport script = {};
  ReadOnlyTransport guard{script, guarded_host};

  // One exchange: the host sends, the phone answers, the host reads the answer.
  void Play(std::vector<std::uint8_t> host, std::vector<std::uint8_t> phone);
  void Play(std::string_view host, std::string_view phone) { Play(Hex(host), Hex(phone)); }
  void PlayEcho(std::string_view hex) { Play(hex, hex); }

  // Through the handshake to the boot ROM's command loop, with the chip known.
  void ToBrom(std::string_view hw_code = "65 80");
  // Through SEND_DA of four bytes and JUMP_DA. The stage-1 greeting is still unread.
  void ToJump(std::string_view address = "00 20 00 00");
  // Through greeting and configuration of an MT6580 to the upload of stage 2.
  void ToStage2Upload();
  // Through the upload of four bytes; the report is still unread.
  void ToReport();
  // To the agent's command loop, with the report read; that of an eMMC phone unless given.
  void ToAgent(const std::vector<std::uint8_t>& report);
  void ToAgent();

  Result<void> Send(std::vector<std::uint8_t> bytes) {
    return guard.Write(bytes, std::chrono::seconds(1));
  }
  Result<void> Send(std::string_view hex) { return Send(Hex(hex)); }
  void Read(std::size_t count);
};

// The configuration that an MT6580 gets from eMMC: F's and M's values.
inline constexpr std::string_view kMt6580Config =
    "05 01 0008 00 7007ffff 01 00000000 02 01 02 00 00000001 "
    "4646 0000000000000000000000000000 ff000000";
// A greeting without NAND, with eMMC.
inline constexpr std::string_view kEmmcGreeting =
    "c0 00000bc4 0001 0000 00000000 4d000170 3430434d e7050247 b350fcbc";

// The report of an eMMC phone; `before_pass` stands before the pass mark.
std::vector<std::uint8_t> EmmcReport(bool wide_nand_size = true, std::size_t nand_ids = 7,
                                     std::string_view before_pass = "",
                                     std::string_view end = "c1");
// The same with 512 MiB of NAND besides.
std::vector<std::uint8_t> NandReport();

}  // namespace mtkrig::protocol
