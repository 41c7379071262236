#include "traces/formats/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "traces/formats/device_survey.h"
#include "traces/formats/packet_comments.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/urb_pairing.h"
#include "traces/formats/usb_packet.h"

namespace mtkrig::traces {
namespace {

Result<std::unique_ptr<PacketReader>> OpenPackets(const Content& content) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  InputBuffer input(std::move(source));
  TRY_ASSIGN(const ByteSpan head, input.Peek(32));
  return LooksLikePcap(head) ? OpenPcap(content) : OpenPcapng(content);
}

class CaptureReader final : public TraceReader {
 public:
  // All packets are the phone's.
  explicit CaptureReader(std::unique_ptr<PacketReader> packets)
      : packets_(std::move(packets)), ours_(true) {
    ReadFacts();
  }
  // Those of `lives` are.
  CaptureReader(std::unique_ptr<PacketReader> packets, std::vector<DeviceLife> lives)
      : packets_(std::move(packets)) {
    for (DeviceLife& life : lives) {
      std::vector<DeviceLife>& same = lives_[{life.bus, life.address}];
      same.push_back(std::move(life));
    }
    ReadFacts();
  }

  Result<std::optional<Event>> Next() override;
  const SessionFacts& facts() const override { return facts_; }

 private:
  void ReadFacts();
  void Take(CaptureItem& item);
  void TakePacket(CaptureItem& item);
  bool IsPhones(const UsbPacket& packet, std::uint32_t interface);
  void BeginLife(const DeviceLife& life, const UsbPacket& packet);
  void TakeNotes(PacketComments& comments, const CaptureItem& item);
  void Push(Event event, const CaptureItem& item);
  void End();

  std::unique_ptr<PacketReader> packets_;
  SessionFacts facts_;
  bool ours_ = false;
  std::map<std::pair<std::uint16_t, std::uint8_t>, std::vector<DeviceLife>> lives_;
  std::optional<DeviceLife> current_;
  UrbPairing pairing_;
  CaptureItem item_;
  std::deque<Event> events_;
  bool notes_given_ = false;  // by a block of their own, in front of the packet that repeats them
  bool gone_ = false;         // the last transfer ended because the phone was
  Duration last_time_{};
  bool ended_ = false;
};

void CaptureReader::ReadFacts() {
  facts_ = ParseFactComments(packets_->facts().comments, packets_->facts().application);
}

Result<std::optional<Event>> CaptureReader::Next() {
  while (events_.empty() && !ended_) {
    TRY_ASSIGN(const bool more, packets_->Next(item_));
    if (more) {
      Take(item_);
    } else {
      End();
    }
  }
  if (events_.empty()) return std::optional<Event>();
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

void CaptureReader::End() {
  ended_ = true;
  pairing_.Finish(events_);
  if (!ours_ && gone_) {
    Event event;
    event.kind = EventKind::kDetached;
    event.time = last_time_;
    events_.push_back(std::move(event));
  }
}

void CaptureReader::Take(CaptureItem& item) {
  switch (item.kind) {
    case CaptureItem::Kind::kPacket:
      TakePacket(item);
      break;
    case CaptureItem::Kind::kNote: {
      PacketComments comments = ParsePacketComments(item.comments);
      // What programs of others say about their counters is of no interest.
      comments.comments.clear();
      notes_given_ = false;
      const bool any = !comments.notes.empty();
      TakeNotes(comments, item);
      notes_given_ = any;
      break;
    }
    case CaptureItem::Kind::kDamage:
      Push(TextEvent(EventKind::kGap, std::move(item.damage)), item);
      break;
  }
}

void CaptureReader::TakePacket(CaptureItem& item) {
  if (!IsUsbLink(item.link_type)) return;
  std::optional<UsbPacket> packet = ParseUsbPacket(item);
  if (!packet.has_value()) {
    Push(TextEvent(EventKind::kGap,
                   fmt::format("packet {} is cut off in its header, or is no packet of usbmon",
                               item.number)),
         item);
    return;
  }
  if (!item.comments.empty()) packet->comments = ParsePacketComments(item.comments);
  if (!IsPhones(*packet, item.interface)) return;
  last_time_ = item.time;
  TakeNotes(packet->comments, item);
  notes_given_ = false;
  const bool completion = packet->header.type != kUsbmonSubmission;
  if (completion) gone_ = FailureOf(packet->header.status) == Failure::kDisconnected;
  pairing_.Take(*packet, events_);
}

bool CaptureReader::IsPhones(const UsbPacket& packet, std::uint32_t interface) {
  if (ours_) return true;
  const auto found = lives_.find({packet.header.bus, packet.header.device});
  if (found == lives_.end()) return false;
  // The latest life that has begun: completions may come after the last packet that counts.
  const DeviceLife* life = nullptr;
  for (const DeviceLife& candidate : found->second) {
    if (candidate.interface == interface && candidate.first_packet <= packet.number &&
        packet.number < candidate.replaced_at) {
      life = &candidate;
    }
  }
  if (life == nullptr) return false;
  if (!current_.has_value() || life->first_packet > current_->first_packet) {
    BeginLife(*life, packet);
  }
  return true;
}

void CaptureReader::BeginLife(const DeviceLife& life, const UsbPacket& packet) {
  const bool same_device = current_.has_value() && current_->bus == life.bus &&
                           current_->address == life.address &&
                           (current_->id == life.id || !life.id.has_value());
  const auto push = [&](EventKind kind) {
    Event event;
    event.kind = kind;
    event.time = packet.time;
    event.packet = packet.number;
    event.offset = packet.offset;
    if (kind == EventKind::kAttached) event.usb_id = life.id;
    events_.push_back(std::move(event));
  };
  // The capture may go on in another section, or through another interface.
  if (!same_device) {
    if (current_.has_value()) push(EventKind::kDetached);
    // Of the first device without a descriptor the capture does not show that it came.
    if (current_.has_value() || life.id.has_value()) push(EventKind::kAttached);
  }
  current_ = life;
}

void CaptureReader::TakeNotes(PacketComments& comments, const CaptureItem& item) {
  if (!notes_given_) {
    for (Event& note : comments.notes) Push(std::move(note), item);
  }
  for (Event& comment : comments.comments) Push(std::move(comment), item);
  comments.notes.clear();
  comments.comments.clear();
}

void CaptureReader::Push(Event event, const CaptureItem& item) {
  event.time = item.time;
  event.packet = item.number;
  event.offset = item.offset;
  events_.push_back(std::move(event));
}

// Takes a reading of its own, for a device may be named by what stands at the end.
Result<std::vector<DeviceLife>> LivesOfPhone(const Content& content, const std::string& device) {
  TRY_ASSIGN(const std::unique_ptr<PacketReader> packets, OpenPackets(content));
  TRY_ASSIGN(const DeviceSurvey survey, SurveyDevices(*packets));
  return ChooseDevice(survey, device, content.name());
}

}  // namespace

Result<std::unique_ptr<TraceReader>> OpenCapture(const Content& content,
                                                 const std::string& device) {
  TRY_ASSIGN(std::unique_ptr<PacketReader> packets, OpenPackets(content));
  const bool ours = HasTraceMark(packets->facts().comments);
  if (ours && device.empty()) {
    return std::unique_ptr<TraceReader>(std::make_unique<CaptureReader>(std::move(packets)));
  }
  TRY_ASSIGN(std::vector<DeviceLife> lives, LivesOfPhone(content, device));
  return std::unique_ptr<TraceReader>(
      std::make_unique<CaptureReader>(std::move(packets), std::move(lives)));
}

}  // namespace mtkrig::traces
