#pragma once

// Stage 2 of a legacy Download Agent, device side: the storage report and the command loop.
//
// Sources: F and M. Commands whose exchange no source shows are answered as unknown (bb).

#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/phone/board.h"
#include "protocol/base/task.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::emulator {

class Agent {
 public:
  explicit Agent(Board& board) : board_(board), port_(board.port) {}

  // Serves the host for ever: what ends it is power.
  Task<void> Run();

 private:
  struct Stretch {
    StorageArea area = StorageArea::kEmmcUser;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };

  // agent_report.cc
  Task<void> Report();
  Task<void> ReportNor();
  Task<void> ReportNand();
  Task<void> ReportEmmc();
  Task<void> ReportSd();
  Task<void> ReportConfiguration();

  // agent.cc
  Task<void> ServeCommand(std::uint8_t command);
  Task<void> AnswerUnknown();
  Task<void> CheckUsbStatus();
  Task<void> SetUpUsbPort();
  Task<void> SwitchPart();
  Task<void> ReadPmt();
  Task<void> ReadRegister();
  Task<void> WriteRegister();
  Task<void> EnableWatchdog();
  Task<void> Finish();

  // agent_flash.cc
  Task<void> Read();
  Task<void> NandReadPage();
  Task<void> WriteData();
  Task<void> WriteImage();
  Task<void> Format();
  // a5, and the error to a host that asks for it with an a5 of its own.
  Task<void> Refuse(std::uint32_t error);
  // Fills packet_ with `length` bytes from the host.
  Task<void> TakePacket(std::uint32_t length);
  // 0, or the error that an agent gives for a stretch outside of the phone's flash.
  std::uint32_t CheckStretch(const Stretch& stretch) const;
  std::optional<StorageArea> AreaOf(protocol::legacy_da::Storage storage) const;

  Board& board_;
  Port& port_;
  StorageArea part_ = StorageArea::kEmmcUser;
  std::vector<std::uint8_t> packet_;
};

// The area behind an SDMMC_SWITCH_PART number, if there is one.
std::optional<StorageArea> EmmcAreaOf(std::uint8_t part);

}  // namespace mtkrig::emulator
