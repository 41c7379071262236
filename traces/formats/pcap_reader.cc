#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/formats/fast_load.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/pcapng_format.h"
#include "traces/formats/usbmon.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;

// Where a search for the next good record looks at once.
constexpr std::size_t kSearchWindow = std::size_t{64} * 1024;

struct PcapOrder {
  Endian endian = Endian::kLittle;
  bool nanoseconds = false;
};

std::optional<PcapOrder> OrderOf(ByteSpan head) {
  if (head.size() < 4) return std::nullopt;
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    const auto magic = FastLoad<std::uint32_t>(head, endian);
    if (magic == kPcapMagicMicroseconds) return PcapOrder{endian, false};
    if (magic == kPcapMagicNanoseconds) return PcapOrder{endian, true};
  }
  return std::nullopt;
}

class PcapReader final : public PacketReader {
 public:
  PcapReader(std::unique_ptr<ByteSource> source, std::string name)
      : input_(std::move(source)), name_(std::move(name)) {}

  Result<void> ReadHeader();
  Result<bool> Next(CaptureItem& item) override;
  const CaptureFacts& facts() const override { return facts_; }

 private:
  struct Record {
    std::uint32_t seconds = 0;
    std::uint32_t fraction = 0;
    std::uint32_t captured = 0;
    std::uint32_t original = 0;
  };
  Record ReadRecord(ByteSpan head) const;
  bool Sane(const Record& record) const;
  // Whether a usbmon packet stands here, of a length that fits: what the search goes by, for pcap
  // has no marks to find a record by.
  bool LooksLikeRecord(ByteSpan window) const;
  Result<bool> SearchRecord();
  void Packet(const Record& record, ByteSpan data, CaptureItem& item);
  void Damage(std::string what, std::uint64_t offset, CaptureItem& item) const;

  InputBuffer input_;
  std::string name_;
  CaptureFacts facts_;
  PcapOrder order_;
  std::uint32_t link_type_ = 0;
  std::uint64_t packets_ = 0;
  Duration last_time_{};
  bool ended_ = false;
};

Result<void> PcapReader::ReadHeader() {
  TRY_ASSIGN(const ByteSpan head, input_.Peek(kPcapHeaderBytes));
  const std::optional<PcapOrder> order = OrderOf(head);
  if (!order.has_value() || head.size() < kPcapHeaderBytes) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{}: the pcap header is cut off", name_))
        .AtOffset(0);
  }
  order_ = *order;
  const auto major = FastLoad<std::uint16_t>(head.subspan(4), order_.endian);
  if (major != 2) {
    return Error(ErrorCode::kUnsupported,
                 fmt::format("{}: pcap of version {} instead of 2", name_, major));
  }
  // The upper bits say whether frames end in a checksum, which USB packets never do.
  link_type_ = FastLoad<std::uint32_t>(head.subspan(20), order_.endian) & 0x0fffffffU;
  input_.Skip(kPcapHeaderBytes);
  return Ok();
}

PcapReader::Record PcapReader::ReadRecord(ByteSpan head) const {
  const auto field = [&](std::size_t at) {
    return FastLoad<std::uint32_t>(head.subspan(at), order_.endian);
  };
  return {field(0), field(4), field(8), field(12)};
}

bool PcapReader::Sane(const Record& record) const {
  const std::uint32_t per_second = order_.nanoseconds ? 1'000'000'000 : 1'000'000;
  return record.fraction < per_second && record.captured <= kMaxBlockBytes;
}

bool PcapReader::LooksLikeRecord(ByteSpan window) const {
  if (window.size() < kPcapRecordBytes + kUsbmonShortHeaderBytes) return false;
  const Record record = ReadRecord(window);
  const std::size_t header_bytes =
      link_type_ == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
  if (!Sane(record) || record.captured < header_bytes) return false;
  const std::optional<UsbmonHeader> usbmon =
      ParseUsbmon(window.subspan(kPcapRecordBytes, kUsbmonShortHeaderBytes), order_.endian);
  return usbmon.has_value() && usbmon->device < 128 &&
         std::uint64_t{usbmon->captured} + header_bytes >= record.captured &&
         usbmon->seconds == std::int64_t{record.seconds};
}

Result<bool> PcapReader::Next(CaptureItem& item) {
  if (ended_) return false;
  const std::uint64_t begin = input_.offset();
  TRY_ASSIGN(const ByteSpan head, input_.Peek(kPcapRecordBytes));
  if (head.size() < kPcapRecordBytes) {
    ended_ = true;
    if (head.empty() && !input_.cut_short()) return false;
    input_.Skip(head.size());
    TRY(input_.Peek(1));
    Damage(fmt::format(gaps::kEndsInRecord, begin), begin, item);
    return true;
  }
  const Record record = ReadRecord(head);
  const bool sane = Sane(record);
  if (sane) {
    const std::size_t total = kPcapRecordBytes + record.captured;
    TRY_ASSIGN(const ByteSpan whole, input_.Peek(total));
    if (whole.size() >= total) {
      Packet(record, whole.subspan(kPcapRecordBytes, record.captured), item);
      item.offset = begin;
      input_.Skip(total);
      return true;
    }
  }
  TRY_ASSIGN(const bool again, SearchRecord());
  if (again) {
    Damage(fmt::format(gaps::kDamagedRecord, begin, input_.offset() - begin), begin, item);
    return true;
  }
  ended_ = true;
  if (sane) {
    Damage(fmt::format(gaps::kEndsInPacket, packets_ + 1, begin), begin, item);
    return true;
  }
  return Error(ErrorCode::kInvalidInput,
               fmt::format("{}: a damaged record, and no good one behind it", name_))
      .AtOffset(begin)
      .WithHint("what stands before this offset can be kept with `head -c`");
}

Result<bool> PcapReader::SearchRecord() {
  input_.Skip(1);
  while (true) {
    TRY_ASSIGN(const ByteSpan window, input_.Peek(kSearchWindow));
    constexpr std::size_t kNeeded = kPcapRecordBytes + kUsbmonShortHeaderBytes;
    std::size_t at = 0;
    while (at + kNeeded <= window.size()) {
      if (LooksLikeRecord(window.subspan(at))) {
        input_.Skip(at);
        return true;
      }
      ++at;
    }
    const bool last = window.size() < kSearchWindow;
    input_.Skip(last ? window.size() : at);
    if (last) {
      // Brings out an error of the source that was held back.
      TRY(input_.Peek(1));
      return false;
    }
  }
}

void PcapReader::Packet(const Record& record, ByteSpan data, CaptureItem& item) {
  const std::int64_t scale = order_.nanoseconds ? 1 : 1000;
  last_time_ = std::chrono::seconds(record.seconds) +
               std::chrono::nanoseconds(std::int64_t{record.fraction} * scale);
  item.kind = CaptureItem::Kind::kPacket;
  item.number = ++packets_;
  item.endian = order_.endian;
  item.link_type = link_type_;
  item.interface = 0;
  item.time = last_time_;
  item.data = data;
  item.original = record.original;
  item.comments.clear();
  item.damage.clear();
}

void PcapReader::Damage(std::string what, std::uint64_t offset, CaptureItem& item) const {
  item.kind = CaptureItem::Kind::kDamage;
  item.number = packets_;
  item.offset = offset;
  item.time = last_time_;
  item.damage = std::move(what);
}

}  // namespace

bool LooksLikePcap(ByteSpan head) {
  return OrderOf(head).has_value();
}

Result<std::unique_ptr<PacketReader>> OpenPcap(const Content& content) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  auto reader = std::make_unique<PcapReader>(std::move(source), content.name());
  TRY(reader->ReadHeader());
  return std::unique_ptr<PacketReader>(std::move(reader));
}

}  // namespace mtkrig::traces
