#pragma once

// The engine's agent client between a scripted phone and the guard.

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "protocol/engine/chips.h"
#include "protocol/engine/legacy_da_client.h"
#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/recording_observer.h"

namespace mtkrig::protocol {

class CollectingSink final : public ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    if (fails) return Error(ErrorCode::kNoSpace, "the disk is full");
    bytes.insert(bytes.end(), data.begin(), data.end());
    return Ok();
  }
  std::vector<std::uint8_t> bytes;
  bool fails = false;
};

inline DeviceIdentity Mt6580Identity() {
  DeviceIdentity identity;
  identity.hw_code = 0x6580;
  identity.bootloader_version = 1;
  identity.brom_version = 5;
  return identity;
}

class AgentTest : public testing::Test {
 protected:
  ~AgentTest() override { EXPECT_TRUE(bench_.script.done()) << bench_.script.Rest(); }
  ScriptedTransport& script() { return bench_.script; }

  GuardBench bench_;
  RecordingObserver observer_;
  LegacyDaClient agent_{bench_.guard,
                        observer_,
                        *FindChip(0x6580),
                        {std::chrono::seconds(5), std::chrono::seconds(30)}};
};

}  // namespace mtkrig::protocol
