#include "protocol/engine/observer.h"

namespace mtkrig::protocol {

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kHandshake:
      return "handshake";
    case Phase::kIdentify:
      return "identify";
    case Phase::kWatchdog:
      return "watchdog";
    case Phase::kSendAgent:
      return "send DA";
    case Phase::kStage1:
      return "stage 1";
    case Phase::kDramSetup:
      return "DRAM set-up";
    case Phase::kStage2:
      return "stage 2";
    case Phase::kStorageReport:
      return "storage report";
    case Phase::kPartitionTable:
      return "partition table";
    case Phase::kRead:
      return "read";
    case Phase::kFinish:
      return "finish";
  }
  return "unknown";
}

}  // namespace mtkrig::protocol
