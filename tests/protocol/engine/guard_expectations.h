#pragma once

// What the tests of the guard expect of it.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/protocol/engine/guard_bench.h"

namespace mtkrig::protocol {

// Expects the refusal of everything from here on, with nothing leaving.
inline void ExpectLatched(GuardBench& bench, const std::string& what,
                          ErrorCode code = ErrorCode::kWriteRefused) {
  const std::size_t sent = bench.script.sent().size();
  for (const std::string_view harmless : {"fd", "72", "5a", "a0"}) {
    const auto result = bench.Send(harmless);
    ASSERT_FALSE(result.has_value()) << what;
    EXPECT_EQ(result.error().code(), code) << what;
  }
  EXPECT_EQ(bench.script.sent().size(), sent) << what;
}

inline void ExpectRefused(GuardBench& bench, std::vector<std::uint8_t> bytes) {
  const std::string what = "sent " + ToHex(bytes);
  const std::size_t sent = bench.script.sent().size();
  const auto result = bench.Send(std::move(bytes));
  ASSERT_FALSE(result.has_value()) << what;
  EXPECT_EQ(result.error().code(), ErrorCode::kWriteRefused) << what;
  EXPECT_EQ(bench.script.sent().size(), sent) << what;
  ExpectLatched(bench, what);
}
inline void ExpectRefused(GuardBench& bench, std::string_view hex) {
  ExpectRefused(bench, Hex(hex));
}

using Preparation = void (*)(GuardBench&);

// The command positions: at each, every one of the 256 opcodes is tried on a fresh phone.
inline void ExpectOnly(Preparation prepare, const std::set<int>& allowed) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    GuardBench bench;
    prepare(bench);
    const auto byte = static_cast<std::uint8_t>(opcode);
    if (allowed.contains(opcode)) {
      bench.script.Host({byte});
      EXPECT_TRUE(bench.Send({byte}).has_value()) << std::hex << opcode;
    } else {
      ExpectRefused(bench, {byte});
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace mtkrig::protocol
