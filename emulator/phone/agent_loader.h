#pragma once

// Stage 1 of a legacy Download Agent, device side: it says which flash it sees, takes the host's
// configuration, sets DRAM up when no preloader has done so, and loads stage 2.
//
// Sources: F and M for the exchange, S for the first bytes of a real MT6589 agent. What a real
// agent does with an answer that fits nothing is in no source; this one says SOC_FAIL and hangs, as
// a phone that has to be plugged in anew.

#include <cstdint>
#include <vector>

#include "emulator/phone/board.h"
#include "protocol/base/task.h"

namespace mtkrig::emulator {

class AgentLoader {
 public:
  AgentLoader(Board& board, LoadedBlock self) : board_(board), port_(board.port), self_(self) {}

  // Ends once stage 2 may run; never, if the host and the agent do not agree.
  Task<void> Run();

 private:
  Task<void> Greet();
  Task<void> SendVersion();
  Task<void> SendNandIds();
  Task<void> SendCid();
  Task<void> SkipConfiguration();
  Task<void> SetUpDram();
  bool TakesEmiVersion(std::uint32_t version) const;
  // Whether they name this phone's memory.
  Task<bool> TakeDramSettings(std::uint32_t version);
  Task<void> EnableDram(bool settings_are_ours);
  Task<void> LoadStage2();
  // Says SOC_FAIL and hangs.
  Task<void> Fail();
  // Takes one byte and fails unless it is an acknowledgement.
  Task<void> ExpectAck();
  bool AcceptsStage2(std::uint32_t address, std::uint32_t length,
                     std::uint32_t packet_length) const;

  Board& board_;
  Port& port_;
  LoadedBlock self_;
};

// The card's register as agents send it: four words, the bytes of each reversed (S).
std::vector<std::uint8_t> CidOnWire(const Profile& profile);

}  // namespace mtkrig::emulator
