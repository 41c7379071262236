#include "traces/formats/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "traces/formats/device_survey.h"
#include "traces/formats/event_queue.h"
#include "traces/formats/packet_comments.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/urb_pairing.h"
#include "traces/formats/usb_packet.h"
#include "traces/model/gap_reasons.h"
#include "traces/model/next_event.h"

namespace mtkrig::traces {
namespace {

// Of damage, above all, while it is undecided whether a completion was lost.
constexpr std::size_t kMaxHeldEvents = 1024;

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
      : packets_(std::move(packets)), ours_(true), marked_(true) {
    ReadFacts();
  }
  // Those of `lives` are.
  CaptureReader(std::unique_ptr<PacketReader> packets, std::vector<DeviceLife> lives)
      : packets_(std::move(packets)), marked_(HasTraceMark(packets_->facts().comments)) {
    for (DeviceLife& life : lives) {
      std::vector<DeviceLife>& same = lives_[{life.interface, life.bus, life.address}].lives;
      same.push_back(std::move(life));
    }
    for (auto& [key, address] : lives_) {
      std::ranges::sort(address.lives, {}, &DeviceLife::first_packet);
    }
    ReadFacts();
  }

  Result<std::optional<Event>> Next() override;
  Result<bool> NextInto(Event& event) override;
  const SessionFacts& facts() const override { return facts_; }

 private:
  void ReadFacts();
  // Apart from NextInto(), which is short without them.
  [[gnu::noinline]] Result<bool> NextFurther(Event& event);
  [[gnu::noinline]] void Take(CaptureItem& item);
  void TakePacket(CaptureItem& item);
  bool TakePlain(CaptureItem& item, Event& event);
  bool TakeWhole(Event& event);
  bool Understand(const CaptureItem& item);
  bool IsPhones(const UsbPacket& packet, std::uint32_t interface);
  const DeviceLife* LifeOf(const UsbPacket& packet, std::uint32_t interface);
  void BeginLife(const DeviceLife& life, const UsbPacket& packet);
  void TakeNotes(PacketComments& comments, const CaptureItem& item);
  void Push(Event event, const CaptureItem& item);
  [[gnu::noinline]] void End();

  std::unique_ptr<PacketReader> packets_;
  SessionFacts facts_;
  bool ours_ = false;
  bool marked_ = false;  // as a recording of ours, also where a device was named
  // Those of one address, by first packet. They are apart: each begins where the one before was
  // replaced.
  struct Address {
    std::vector<DeviceLife> lives;
    std::size_t at = 0;  // the latest that has begun
  };
  std::map<std::tuple<std::uint32_t, std::uint16_t, std::uint8_t>, Address> lives_;
  std::optional<DeviceLife> current_;
  UrbPairing pairing_;
  CaptureItem item_;
  UsbPacket packet_;
  EventQueue events_;
  bool notes_given_ = false;  // by a block of their own, in front of the packet that repeats them
  bool gone_ = false;         // the last transfer ended because the phone was
  Duration last_time_{};
  bool ended_ = false;
  std::optional<Error> failed_;  // behind the events that are still held
};

void CaptureReader::ReadFacts() {
  facts_ = ParseFactComments(packets_->facts().comments, packets_->facts().application);
}

Result<std::optional<Event>> CaptureReader::Next() {
  return NextByInto(*this);
}

Result<bool> CaptureReader::NextInto(Event& event) {
  if (ours_ && TakeWhole(event)) return true;
  return NextFurther(event);
}

Result<bool> CaptureReader::NextFurther(Event& event) {
  if (events_.empty() && failed_.has_value()) return *failed_;
  while ((events_.empty() || pairing_.undecided()) && !ended_ && !failed_) {
    // What is held back stays while the reader goes on.
    if (pairing_.undecided()) events_.OwnBytes();
    Result<bool> more = packets_->Next(item_);
    if (!more) {
      // What was held back comes first.
      if (!pairing_.undecided()) return std::move(more).error();
      pairing_.Decide(events_);
      failed_ = std::move(more).error();
    } else if (!*more) {
      End();
    } else if (item_.kind != CaptureItem::Kind::kPacket || !item_.comments.empty() ||
               !item_.damage.empty() || pairing_.undecided()) {
      Take(item_);
      if (events_.end() > kMaxHeldEvents) pairing_.Decide(events_);
    } else if (TakePlain(item_, event)) {
      return true;
    }
  }
  if (events_.empty()) return false;
  events_.Take(event);
  return true;
}

void CaptureReader::End() {
  ended_ = true;
  pairing_.Finish(events_);
  if (!ours_ && gone_) {
    Event& event = events_.Append();
    event.kind = EventKind::kDetached;
    event.time = last_time_;
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
  if (!item.damage.empty() && IsUsbLink(item.link_type)) {
    Push(TextEvent(EventKind::kGap, std::exchange(item.damage, {})), item);
  }
  if (!Understand(item)) return;
  std::optional<PacketComments> noted;
  if (!item.comments.empty()) {
    noted = ParsePacketComments(item.comments);
    TakeNotes(*noted, item);
  }
  notes_given_ = false;
  pairing_.Take(packet_, noted.has_value() ? &*noted : nullptr, events_);
}

// The same for a packet without comments; true if it made an event of `event`.
bool CaptureReader::TakePlain(CaptureItem& item, Event& event) {
  if (!Understand(item)) return false;
  notes_given_ = false;
  return pairing_.TakePlain(packet_, event, events_);
}

// A transfer of which both packets are next, while nothing else is under way: nearly all are.
bool CaptureReader::TakeWhole(Event& event) {
  if (!events_.empty() || !pairing_.idle() || failed_.has_value()) return false;
  UrbLine line;
  if (!packets_->TakeWholeTransfer(event, line)) return false;
  pairing_.EndedWhole(line);
  notes_given_ = false;
  gone_ = false;
  last_time_ = event.time;
  return true;
}

// Whether it is a packet of the phone, which then is packet_.
bool CaptureReader::Understand(const CaptureItem& item) {
  if (!IsUsbLink(item.link_type)) return false;
  if (!ParseUsbPacketInto(packet_, item)) {
    Push(TextEvent(EventKind::kGap, fmt::format(gaps::kCutInHeader, item.number)), item);
    return false;
  }
  if (!IsPhones(packet_, item.interface)) return false;
  if (IsLengthDoubtful(packet_, item, marked_)) {
    Push(TextEvent(EventKind::kGap, CorrectLength(packet_, item)), item);
  }
  last_time_ = item.time;
  const bool completion = packet_.header.type != kUsbmonSubmission;
  if (completion) gone_ = FailureOf(packet_.header.status) == Failure::kDisconnected;
  return true;
}

bool CaptureReader::IsPhones(const UsbPacket& packet, std::uint32_t interface) {
  if (ours_) return true;
  const DeviceLife* const life = LifeOf(packet, interface);
  if (life == nullptr) return false;
  if (!current_.has_value() || life->first_packet > current_->first_packet) {
    BeginLife(*life, packet);
  }
  return true;
}

// The latest life that has begun: completions may come after the last packet that counts.
const DeviceLife* CaptureReader::LifeOf(const UsbPacket& packet, std::uint32_t interface) {
  const auto found = lives_.find({interface, packet.header.bus, packet.header.device});
  if (found == lives_.end()) return nullptr;
  auto& [lives, at] = found->second;
  while (at + 1 < lives.size() && lives[at + 1].first_packet <= packet.number) ++at;
  const DeviceLife& life = lives[at];
  const bool lives_now = life.first_packet <= packet.number && packet.number < life.replaced_at;
  return lives_now ? &life : nullptr;
}

void CaptureReader::BeginLife(const DeviceLife& life, const UsbPacket& packet) {
  const bool same_device = current_.has_value() && current_->bus == life.bus &&
                           current_->address == life.address &&
                           (current_->id == life.id || !life.id.has_value());
  const auto push = [&](EventKind kind) {
    Event& event = events_.Append();
    event.kind = kind;
    event.time = packet.time;
    event.packet = packet.number;
    event.offset = packet.offset;
    if (kind == EventKind::kAttached) event.usb_id = life.id;
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
  events_.Append(std::move(event));
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
