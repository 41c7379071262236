#pragma once

// The command loop of a boot ROM or a preloader: identification, registers, SEND_DA, JUMP_DA.
//
// Sources: M, F and S for the exchanges and status values; the preloader source that bq published
// for MT6582 for what a preloader answers where hosts never look (unknown commands are echoed and
// nothing else; a refused register access has one status and no data).

#include <array>
#include <cstdint>
#include <vector>

#include "emulator/phone/board.h"
#include "protocol/base/task.h"
#include "protocol/wire/brom.h"

namespace mtkrig::emulator {

class DownloadMode {
 public:
  explicit DownloadMode(Board& board) : board_(board), port_(board.port) {}

  // Serves the host until it starts an agent; yields the block that it started.
  Task<LoadedBlock> Serve();

 private:
  struct RegisterAccess {
    bool wide;  // 32 bits, not 16
    bool write;
    bool echo;         // of written values
    bool with_status;  // the oldest commands have none
  };
  struct Upload {
    std::uint32_t address;
    std::uint32_t length;
    std::uint32_t signature_length;
  };

  bool in_brom() const { return board_.mode == BootMode::kBrom; }
  bool Secured(protocol::brom::TargetConfig bit) const {
    return (board_.profile.security.target_config & bit) != 0;
  }

  Task<void> ServeCommand(std::uint8_t command);
  Task<bool> Identify(std::uint8_t command);
  Task<bool> AccessPower(std::uint8_t command);
  Task<bool> AccessRegisters(std::uint8_t command);
  Task<bool> Authenticate(std::uint8_t command);

  Task<void> SendId(const std::vector<std::uint8_t>& id);
  Task<void> DoRegisters(RegisterAccess access);
  std::uint16_t CheckRegisters(std::uint32_t address, std::uint32_t count,
                               const RegisterAccess& access) const;

  Task<void> SendDa();
  std::uint16_t CheckUpload(const Upload& upload) const;
  std::uint16_t CheckSignature(const Upload& upload,
                               const std::vector<std::uint8_t>& signature) const;
  Task<void> TakeBlob(std::uint16_t status);
  Task<void> AnswerSla();
  // Where the agent starts, when the jump is allowed; sets jumped_.
  Task<void> JumpDa(bool with_width);
  std::uint16_t CheckJump(std::uint32_t address) const;

  Board& board_;
  Port& port_;
  std::vector<LoadedBlock> blocks_;
  LoadedBlock agent_;
  bool jumped_ = false;
};

}  // namespace mtkrig::emulator
