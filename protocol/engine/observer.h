#pragma once

// How the engine tells its caller what it is doing. The engine itself prints and logs nothing.

#include <cstdint>
#include <string_view>

namespace mtkrig::protocol {

enum class Phase {
  kHandshake,
  kIdentify,
  kWatchdog,
  kSendAgent,
  kStage1,
  kDramSetup,
  kStage2,
  kStorageReport,
  kPartitionTable,
  kRead,
  kFinish,
};

// "handshake", "identify", "send DA", ...
std::string_view PhaseName(Phase phase);

class Observer {
 public:
  virtual ~Observer() = default;
  // A step begins. `detail` names its object ("stage 1, 0xc8c0 bytes at 0x200000"), or is empty.
  virtual void OnPhase(Phase /*phase*/, std::string_view /*detail*/) {}
  // Bytes of the current phase; `total` is 0 where it has no end known in advance.
  virtual void OnProgress(std::uint64_t /*done*/, std::uint64_t /*total*/) {}
  // Something worth knowing that is as it should be.
  virtual void OnNote(std::string_view /*text*/) {}
  // Something odd that did not stop the work.
  virtual void OnWarning(std::string_view /*text*/) {}
};

}  // namespace mtkrig::protocol
