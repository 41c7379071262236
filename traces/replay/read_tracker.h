#pragma once

// ReadTracker: follows a recorded conversation as far as is needed to tell which bytes of the
// phone's answers are flash content, and of which address. It knows READ and NAND_READPAGE (pages
// only) of the legacy agent: the header, its ack, and packets of data with a checksum each, in any
// segmentation. Everything else it passes over.
//
// Flash content is looked at by length only, so that transfers which were cut are followed as well.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "traces/model/event.h"
#include "traces/replay/flash_area.h"

namespace mtkrig::traces {

// A stretch of one transfer.
struct PayloadPiece {
  enum class Kind : std::uint8_t {
    kOther,     // not flash content
    kFlash,     // content of `area` from `address`
    kChecksum,  // bytes of the checksum of the packet of `length_summed` bytes from `address`
  };
  Kind kind = Kind::kOther;
  std::uint64_t length = 0;
  FlashArea area = FlashArea::kUser;
  std::uint64_t address = 0;
  std::uint64_t length_summed = 0;
  std::size_t checksum_at = 0;  // 0 when the stretch begins with the high byte
  // Of flash content: how much of it the phase had before; of a checksum: before its packet.
  std::uint64_t phase_position = 0;
};

class ReadTracker {
 public:
  // Takes the next event. The pieces of a transfer to the host, in order, adding up to its length;
  // they stand until the next call. None for everything else.
  const std::vector<PayloadPiece>& Pass(const Event& event);
  // Passes the phone's next bytes, whatever they are, if Pass() would say that they are kOther and
  // learn nothing of them. Otherwise does nothing, and returns false.
  bool PassUnseen() {
    const bool awaits_answer = switching_part_ || turn_switches_part_;
    if (packets_.has_value() || command_.has_value() || awaits_answer) return false;
    turn_.clear();
    return true;
  }
  // Whether more packets of a read are to come.
  bool reading() const { return packets_.has_value(); }

 private:
  // A command that was seen to begin, until its packets do. The two directions fill up in any
  // order: some hosts write ahead of the ack.
  struct Command {
    FlashArea area = FlashArea::kUser;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    bool nand_pages = false;
    std::vector<std::uint8_t> from_phone;  // what precedes the first packet
    std::vector<std::uint8_t> from_host;   // what follows the header
    std::size_t wanted_from_phone() const;
    bool complete() const;
    std::uint64_t packet_length() const;
  };
  struct Packets {
    FlashArea area = FlashArea::kUser;
    std::uint64_t address = 0;  // of the packet that is under way
    std::uint64_t left = 0;     // from there
    std::uint64_t packet_length = 0;
    std::uint64_t position = 0;  // in the packet and its checksum
    std::uint64_t phase_position = 0;
  };

  void PassToPhone(const Event& event);
  void AddToTurn(ByteSpan bytes);
  void EndTurn() {
    turn_.clear();
    turn_switches_part_ = false;
  }
  void AddToSent(ByteSpan bytes);
  void PassToHost(const Event& event);
  void FindCommand();
  bool FindRead(std::size_t header_start);
  bool FindNandRead(std::size_t header_start);
  void NoticeSwitchPart(ByteSpan answer);
  std::size_t TakeCommandAnswer(ByteSpan bytes);
  void StartPackets();
  void SplitPackets(std::uint64_t length);
  void AddOther(std::uint64_t length);

  std::vector<std::uint8_t>
      sent_;  // the last bytes of the host, from what may be a command's first
  std::vector<std::uint8_t> turn_;  // the first bytes that it sent since the phone's last
  std::optional<Command> command_;
  std::optional<Packets> packets_;
  std::vector<PayloadPiece> pieces_;
  std::uint8_t part_ = static_cast<std::uint8_t>(FlashArea::kUser);
  bool switching_part_ = false;
  bool turn_switches_part_ = false;  // turn_ may hold the command that does
  std::uint64_t phase_position_ = 0;
};

}  // namespace mtkrig::traces
