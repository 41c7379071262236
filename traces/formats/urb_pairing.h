#pragma once

// Puts together what usbmon reports in two packets: the submission of a transfer (URB) and its
// completion. Data to the phone stands in the one, data to the host in the other.
//
// The transfers of one endpoint end in the order in which they were submitted. So one that ends
// well while an earlier one is still open tells that the earlier one's completion was lost, and a
// gap stands in front of it: what was read from there on may be taken for the answer to something
// else. The one exception are transfers that the host takes back, which some host controllers
// report behind later ones: what comes next tells.
//
// For the same reason one whose submission was not seen began before the capture, or the capture
// has lost packets: if a later one of its endpoint has ended before it, there is a gap.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "traces/formats/event_queue.h"
#include "traces/formats/packet_comments.h"
#include "traces/formats/pending_urbs.h"
#include "traces/formats/usb_packet.h"

namespace mtkrig::traces {

class UrbPairing {
 public:
  // Appends the events that the packet brings to an end. Takes packets of the phone only. `noted`
  // is what comments say of the packet, null if there are none; what is needed is moved out of it.
  void Take(const UsbPacket& packet, PacketComments* noted, EventQueue& events);
  // The same for a packet without comments, while nothing is undecided. If it ends a transfer whose
  // submission was seen, and nothing else is to be told, the event goes to `event` and true is
  // returned: so do nearly all.
  bool TakePlain(const UsbPacket& packet, Event& event, EventQueue& events);
  // At the end of the capture. A read that nothing answered is no event: the capture was stopped
  // while the host was waiting. A write is: its data is there, its end is not.
  void Finish(EventQueue& events);

  // For a transfer that came with both its packets side by side, and went past Take().
  void EndedWhole(const UrbLine& line) {
    seen_lines_[line.endpoint] = std::uint64_t{line.number()} + 1;
  }

  // Whether no transfer is open, and nothing is undecided.
  bool idle() const { return pending_.size() == 0 && overtaken_.empty(); }
  // Whether the next packets may tell that a gap is none: nothing may be taken from the queue
  // meanwhile. Never for more than some packets.
  bool undecided() const { return !overtaken_.empty(); }
  // Nothing more comes that could tell.
  void Decide(EventQueue& events);

 private:
  struct Overtaken {
    std::uint64_t id = 0;
    std::size_t place = 0;  // of its gap in the queue
  };
  static bool IsLater(const PendingUrb& urb);
  void FindOvertaken(const PendingUrb& urb, const UsbPacket& packet, EventQueue& events);
  void EndOvertaken(const PendingUrb& urb, const UsbPacket& packet, EventQueue& events);
  static Event LossOf(const PendingUrb& urb, const std::string& why);
  void Submit(const UsbPacket& packet, EventQueue& events);
  void Complete(const UsbPacket& packet, PacketComments* noted, EventQueue& events);
  void TakeData(PendingUrb& urb, Event& event);
  // Ends `urb`, which is gone then.
  void End(PendingUrb& urb, const UsbPacket& packet, Event& event);
  void CompleteUnseen(const UsbPacket& packet, PacketComments* noted, EventQueue& events);
  bool LacksSubmission(const UsbPacket& packet) const;
  // Gives up on a transfer whose completion is missing.
  void Lose(PendingUrb& urb, const std::string& why, EventQueue& events);

  PendingUrbs pending_;
  std::vector<Overtaken> overtaken_;  // by place
  std::size_t waited_packets_ = 0;    // for what becomes of them
  std::size_t waited_bytes_ = 0;
  std::size_t pending_bytes_ = 0;
  // By endpoint: 1 and PendingUrb::line of the last one that ended and whose submission was seen.
  std::array<std::uint64_t, 256> seen_lines_{};
};

// What the status of a completion, an errno of Linux below zero, means; nothing for success. A read
// that ended short of what was asked (EREMOTEIO) is a success.
std::optional<Failure> FailureOf(std::int32_t status);
// The status that our writer puts for it. FailureOf() of it is `failure` again.
std::int32_t StatusOf(Failure failure);

}  // namespace mtkrig::traces
