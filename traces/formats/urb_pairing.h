#pragma once

// Puts together what usbmon reports in two packets: the submission of a transfer (URB) and its
// completion. Data to the phone stands in the one, data to the host in the other.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "traces/formats/usb_packet.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

class UrbPairing {
 public:
  // Appends the events that the packet brings to an end. Takes packets of the phone only.
  // Moves what it needs out of the packet's comments.
  void Take(UsbPacket& packet, std::deque<Event>& events);
  // At the end of the capture. A read that nothing answered is no event: the capture was stopped
  // while the host was waiting. A write is: its data is there, its end is not.
  void Finish(std::deque<Event>& events);

 private:
  struct Pending {
    Event event;
    std::uint64_t packet = 0;
    Duration submitted{};
  };

  void Submit(const UsbPacket& packet, std::deque<Event>& events);
  void Complete(UsbPacket& packet, std::deque<Event>& events);
  void CompleteUnseen(UsbPacket& packet, std::deque<Event>& events);
  // Where the transfer stands in pending_; its size if it is not there.
  std::size_t Find(std::uint64_t id) const;
  std::unique_ptr<Pending> Remove(std::size_t at);
  // Gives up on a transfer whose completion is missing.
  void Lose(std::size_t at, const std::string& why, std::deque<Event>& events);

  // By order of submission, and the id of each. There are some dozens at most in captures of
  // working hosts: a search is as quick as any index, and a limit bounds it elsewhere.
  std::vector<std::unique_ptr<Pending>> pending_;
  std::vector<std::uint64_t> ids_;
  std::unique_ptr<Pending> spare_;  // for the next one
  std::size_t pending_bytes_ = 0;
};

// What the status of a completion, an errno of Linux below zero, means; nothing for success. A read
// that ended short of what was asked (EREMOTEIO) is a success.
std::optional<Failure> FailureOf(std::int32_t status);
// The status that our writer puts for it. FailureOf() of it is `failure` again.
std::int32_t StatusOf(Failure failure);

}  // namespace mtkrig::traces
