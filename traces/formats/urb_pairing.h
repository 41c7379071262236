#pragma once

// Puts together what usbmon reports in two packets: the submission of a transfer (URB) and its
// completion. Data to the phone stands in the one, data to the host in the other.

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>

#include "traces/formats/usb_packet.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

class UrbPairing {
 public:
  // Appends the events that the packet brings to an end. Takes packets of the phone only.
  void Take(UsbPacket packet, std::deque<Event>& events);
  // At the end of the capture. A read that nothing answered is no event: the capture was stopped
  // while the host was waiting. A write is: its data is there, its end is not.
  void Finish(std::deque<Event>& events);

 private:
  struct Pending {
    Event event;
    std::uint64_t id = 0;
    std::uint64_t packet = 0;
    Duration submitted{};
  };
  // By order of submission.
  using PendingMap = std::map<std::uint64_t, Pending>;

  void Submit(const UsbPacket& packet, std::deque<Event>& events);
  void Complete(UsbPacket& packet, std::deque<Event>& events);
  void CompleteUnseen(UsbPacket& packet, std::deque<Event>& events);
  Pending Remove(PendingMap::iterator at);
  // Gives up on a transfer whose completion is missing.
  void Lose(PendingMap::iterator at, const std::string& why, std::deque<Event>& events);

  PendingMap pending_;
  std::unordered_map<std::uint64_t, std::uint64_t> order_of_id_;
  std::uint64_t next_order_ = 0;
  std::size_t pending_bytes_ = 0;
};

// What the status of a completion, an errno of Linux below zero, means; nothing for success. A read
// that ended short of what was asked (EREMOTEIO) is a success.
std::optional<Failure> FailureOf(std::int32_t status);
// The status that our writer puts for it. FailureOf() of it is `failure` again.
std::int32_t StatusOf(Failure failure);

}  // namespace mtkrig::traces
