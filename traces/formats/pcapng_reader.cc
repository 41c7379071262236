#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/formats/fast_load.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/pcapng_blocks.h"
#include "traces/formats/pcapng_format.h"
#include "traces/formats/pcapng_section.h"
#include "traces/formats/plain_packet.h"
#include "traces/formats/transfer_patterns.h"
#include "traces/formats/whole_transfer.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;

constexpr std::size_t kMaxInterfaces = 4096;
constexpr std::size_t kMaxSectionComments = 1024;
constexpr std::size_t kMaxSectionText = std::size_t{1024} * 1024;
// Where a search for the next good block looks at once, and how long such a block may be. A longer
// one is passed over: the window never has to move for a block, so the search takes linear time.
constexpr std::size_t kSearchWindow = std::size_t{64} * 1024;
constexpr std::size_t kMaxFoundBlock = std::size_t{64} * 1024;

class PcapngReader final : public PacketReader {
 public:
  PcapngReader(std::unique_ptr<ByteSource> source, std::string name)
      : input_(std::move(source)), name_(std::move(name)) {}

  Result<void> ReadFirstSection();
  Result<bool> Next(CaptureItem& item) override;
  bool TakeWholeTransfer(Event& event, UrbLine& line) override;
  const CaptureFacts& facts() const override { return facts_; }

 private:
  // A block that stands whole in the input buffer; its body is between the length fields.
  struct Block {
    std::uint32_t type = 0;
    std::size_t total = 0;
    ByteSpan body;
  };
  // What stands at the position of the input.
  enum class Found : std::uint8_t { kBlock, kEnd, kTail, kDamage };

  template <Endian endian>
  bool TakePlainPacket(CaptureItem& item);
  template <Endian endian>
  bool TakePlainPair(Event& event, UrbLine& line);
  template <Endian endian>
  [[gnu::noinline]] const TransferPattern* ReadPlainPair(ByteSpan hand);
  // Apart from Next(), which is short without it.
  [[gnu::noinline]] Result<bool> NextBlock(CaptureItem& item);
  Result<Found> Look(Block& block);
  Result<void> StepOver(Found found, CaptureItem& item);
  Result<bool> SearchBlock();
  bool HeadFits(ByteSpan head) const;
  bool IsDescribed(std::uint32_t interface) const {
    return interface < interfaces_.size() && interfaces_[interface].link_type != kNoLinkType;
  }
  // Whether the block is something to report.
  Result<bool> Understand(const Block& block, CaptureItem& item);
  bool BeginSection(ByteSpan body);
  void Packet(const std::optional<PacketBlock>& packet, CaptureItem& item);
  bool Note(const Block& block, CaptureItem& item);
  void Damage(std::string what, CaptureItem& item) const;
  Error Invalid(std::string_view what, std::uint64_t offset) const;

  InputBuffer input_;
  std::string name_;
  CaptureFacts facts_;
  std::size_t section_text_ = 0;  // bytes of its comments
  Endian endian_ = Endian::kLittle;
  std::vector<InterfaceBlock> interfaces_;  // of the section
  std::uint32_t interfaces_before_ = 0;     // of earlier sections
  TransferPatterns patterns_;               // of the section
  TransferPattern pattern_;                 // of the transfer that was read last
  std::uint64_t packets_ = 0;
  std::uint64_t block_offset_ = 0;
  Duration last_time_{};
  std::string first_damage_;  // of the section header, to be reported
  bool ended_ = false;        // by a tail that was reported
};

Result<void> PcapngReader::ReadFirstSection() {
  Block block;
  TRY_ASSIGN(const Found found, Look(block));
  if (found == Found::kBlock && block.type == kBlockSection && BeginSection(block.body)) {
    input_.Skip(block.total);
    return Ok();
  }
  TRY_ASSIGN(const ByteSpan head, input_.Peek(kMaxFoundBlock));
  const std::string fault = SectionFault(head, kMaxBlockBytes);
  const Error invalid = Invalid("the section header at its start is no good: " + fault, 0);
  // All that follows can be read without it, if its byte order is known.
  const std::optional<Endian> order = LikelySectionOrder(head);
  if (found != Found::kDamage || !order.has_value()) return invalid;
  endian_ = *order;
  TRY_ASSIGN(const bool again, SearchBlock());
  if (!again) return invalid;
  first_damage_ = fmt::format(gaps::kDamagedSectionHeader, input_.offset()) + ": " + fault;
  return Ok();
}

Result<bool> PcapngReader::Next(CaptureItem& item) {
  const bool plain = endian_ == Endian::kLittle ? TakePlainPacket<Endian::kLittle>(item)
                                                : TakePlainPacket<Endian::kBig>(item);
  return plain ? Result<bool>(true) : NextBlock(item);
}

Result<bool> PcapngReader::NextBlock(CaptureItem& item) {
  if (!first_damage_.empty()) {
    Damage(std::exchange(first_damage_, {}), item);
    return true;
  }
  while (!ended_) {
    Block block;
    block_offset_ = input_.offset();
    TRY_ASSIGN(const Found found, Look(block));
    if (found == Found::kEnd) return false;
    if (found != Found::kBlock) {
      TRY(StepOver(found, item));
      return true;
    }
    TRY_ASSIGN(const bool report, Understand(block, item));
    input_.Skip(block.total);
    if (report) return true;
  }
  return false;
}

// The packet at the position of the input, if it is a plain one.
template <Endian endian>
bool PcapngReader::TakePlainPacket(CaptureItem& item) {
  const ByteSpan hand = input_.at_hand();
  PlainPacket packet;
  if (!ReadPlainPacket<endian>(hand, kMaxBlockBytes, packet) || !IsDescribed(packet.interface)) {
    return false;
  }
  PrefetchBlock<endian>(hand.subspan(packet.total));
  const InterfaceBlock& interface = interfaces_[packet.interface];
  last_time_ = interface.scale.FromTicks(packet.ticks);
  item.kind = CaptureItem::Kind::kPacket;
  item.number = ++packets_;
  item.offset = block_offset_ = input_.offset();
  item.endian = endian;
  item.link_type = interface.link_type;
  item.interface = interfaces_before_ + packet.interface;
  item.time = last_time_;
  item.data = packet.data;
  item.original = packet.original;
  item.comments.clear();
  input_.Skip(packet.total);
  return true;
}

template <Endian endian>
bool PcapngReader::TakePlainPair(Event& event, UrbLine& line) {
  const ByteSpan hand = input_.at_hand();
  const TransferPattern* pattern = patterns_.Find(hand);
  if (pattern == nullptr) pattern = ReadPlainPair<endian>(hand);
  if (pattern == nullptr) return false;
  const std::size_t second = pattern->first_total;
  PrefetchBlock<endian>(hand.subspan(pattern->total));
  const TimeScale& scale = interfaces_[pattern->interface].scale;
  const bool in = pattern->shape.in;
  const std::size_t carrier = in ? second : 0;
  const TransferPlace place = {
      .packet = packets_ + (in ? 2 : 1),
      .offset = input_.offset() + carrier,
      .begun = scale.FromTicks(TicksOfPacket<endian>(hand)),
      .ended = scale.FromTicks(TicksOfPacket<endian>(hand.subspan(second))),
      .carrier = hand.data() + carrier + kPlainPacketDataAt,
  };
  FillWholeTransfer(pattern->shape, place, event);
  line = pattern->shape.line;
  packets_ += 2;
  last_time_ = place.ended;
  input_.Skip(pattern->total);
  return true;
}

// Reads the two packets that `hand` begins with, if they are plain ones of a whole transfer; null
// otherwise.
template <Endian endian>
const TransferPattern* PcapngReader::ReadPlainPair(ByteSpan hand) {
  PlainPacket first;
  PlainPacket second;
  if (!ReadPlainPacket<endian>(hand, kMaxBlockBytes, first) ||
      !ReadPlainPacket<endian>(hand.subspan(first.total), kMaxBlockBytes, second) ||
      first.interface != second.interface || !IsDescribed(first.interface) ||
      !IsUsbLink(interfaces_[first.interface].link_type)) {
    return nullptr;
  }
  const PacketPair pair = {.link_type = interfaces_[first.interface].link_type,
                           .first = first.data,
                           .second = second.data,
                           .originals = {first.original, second.original}};
  if (!ReadTransferShape<endian>(pair, pattern_.shape)) return nullptr;
  pattern_.first_total = first.total;
  pattern_.total = first.total + second.total;
  pattern_.interface = first.interface;
  if (pattern_.shape.data_at == kUsbmonHeaderBytes) patterns_.Learn(pattern_, hand);
  return &pattern_;
}

bool PcapngReader::TakeWholeTransfer(Event& event, UrbLine& line) {
  return endian_ == Endian::kLittle ? TakePlainPair<Endian::kLittle>(event, line)
                                    : TakePlainPair<Endian::kBig>(event, line);
}

Result<PcapngReader::Found> PcapngReader::Look(Block& block) {
  TRY_ASSIGN(const ByteSpan head, input_.Peek(kBlockOverhead));
  if (head.empty()) return input_.cut_short() ? Found::kTail : Found::kEnd;
  if (head.size() < kBlockOverhead) return Found::kTail;
  Endian endian = endian_;
  block.type = FastLoad<std::uint32_t>(head, endian_);
  if (block.type == kBlockSection) {
    patterns_.Forget();
    const std::optional<Endian> order = SectionOrder(head);
    if (!order.has_value()) return Found::kDamage;
    endian = *order;
  }
  const auto total = FastLoad<std::uint32_t>(head.subspan(4), endian);
  if (!BlockLengthFits(total, kMaxBlockBytes)) return Found::kDamage;
  TRY_ASSIGN(const ByteSpan whole, input_.Peek(total));
  if (whole.size() < total) return Found::kTail;
  if (FastLoad<std::uint32_t>(whole.subspan(total - 4), endian) != total) return Found::kDamage;
  endian_ = endian;
  block.total = total;
  block.body = whole.subspan(kBlockHeaderBytes, total - kBlockOverhead);
  return Found::kBlock;
}

// Finds the next good block behind a bad one. At a tail that has none behind it the file was cut.
Result<void> PcapngReader::StepOver(Found found, CaptureItem& item) {
  const std::uint64_t begin = input_.offset();
  TRY_ASSIGN(const bool again, SearchBlock());
  if (again) {
    Damage(fmt::format(gaps::kDamagedBlock, begin, input_.offset() - begin), item);
    return Ok();
  }
  if (found != Found::kTail) return Invalid("a damaged block, and no good one behind it", begin);
  ended_ = true;
  Damage(fmt::format(gaps::kEndsInBlock, begin), item);
  return Ok();
}

// Leaves the input at the next block, or at its end. A whole block must fit: four bytes that look
// like a block's type stand in every megabyte of noise.
Result<bool> PcapngReader::SearchBlock() {
  input_.Skip(1);
  while (true) {
    TRY_ASSIGN(const ByteSpan window, input_.Peek(kSearchWindow));
    if (window.size() < kBlockOverhead) {
      input_.Skip(window.size());
      // Brings out an error of the source that was held back.
      TRY(input_.Peek(1));
      return false;
    }
    std::size_t at = 0;
    while (at + kBlockOverhead <= window.size() && !HeadFits(window.subspan(at))) ++at;
    input_.Skip(at);
    if (at + kBlockOverhead > window.size()) continue;
    Block block;
    const Endian endian = endian_;
    TRY_ASSIGN(const Found found, Look(block));
    if (found == Found::kBlock) return true;
    endian_ = endian;
    input_.Skip(1);
  }
}

bool PcapngReader::HeadFits(ByteSpan head) const {
  const auto type = FastLoad<std::uint32_t>(head, endian_);
  if (type == kBlockSection) {
    const std::optional<Endian> order = SectionOrder(head);
    return order.has_value() &&
           BlockLengthFits(FastLoad<std::uint32_t>(head.subspan(4), *order), kMaxFoundBlock);
  }
  return type != 0 && type <= kBlockEnhancedPacket &&
         BlockLengthFits(FastLoad<std::uint32_t>(head.subspan(4), endian_), kMaxFoundBlock);
}

Result<bool> PcapngReader::Understand(const Block& block, CaptureItem& item) {
  switch (block.type) {
    case kBlockSection:
      if (BeginSection(block.body)) return false;
      Damage(fmt::format(gaps::kUnknownSection, block_offset_), item);
      return true;
    case kBlockInterface: {
      const std::optional<InterfaceBlock> interface = ParseInterfaceBlock(block.body, endian_);
      if (interfaces_.size() >= kMaxInterfaces) {
        return Invalid(fmt::format("more than {} interfaces", kMaxInterfaces), block_offset_);
      }
      // One that cannot be read still counts: later packets name interfaces by number.
      interfaces_.push_back(interface.value_or(InterfaceBlock{}));
      if (interface.has_value()) return false;
      Damage(fmt::format(gaps::kShortInterface, interfaces_.size() - 1, block_offset_), item);
      return true;
    }
    case kBlockEnhancedPacket:
      Packet(ParseEnhancedPacket(block.body, endian_), item);
      return true;
    case kBlockObsoletePacket:
      Packet(ParseObsoletePacket(block.body, endian_), item);
      return true;
    case kBlockSimplePacket:
      Packet(ParseSimplePacket(block.body, endian_,
                               interfaces_.empty() ? 0 : interfaces_[0].snap_length),
             item);
      return true;
    case kBlockInterfaceStatistics:
      return Note(block, item);
    default:
      return false;
  }
}

bool PcapngReader::BeginSection(ByteSpan body) {
  std::optional<SectionBlock> section = ParseSectionBlock(body, endian_);
  if (!section.has_value()) return false;
  interfaces_before_ += static_cast<std::uint32_t>(interfaces_.size());
  interfaces_.clear();
  if (facts_.application.empty()) facts_.application = std::move(section->application);
  for (std::string& comment : section->comments) {
    if (facts_.comments.size() == kMaxSectionComments) break;
    if (comment.size() > kMaxSectionText - section_text_) continue;
    section_text_ += comment.size();
    facts_.comments.push_back(std::move(comment));
  }
  return true;
}

void PcapngReader::Packet(const std::optional<PacketBlock>& packet, CaptureItem& item) {
  ++packets_;
  if (!packet.has_value()) {
    return Damage(fmt::format(gaps::kLongerThanBlock, packets_, block_offset_), item);
  }
  if (!IsDescribed(packet->interface)) {
    return Damage(fmt::format(gaps::kUnknownInterface, packets_, block_offset_, packet->interface),
                  item);
  }
  const InterfaceBlock& interface = interfaces_[packet->interface];
  if (packet->timed) last_time_ = interface.scale.FromTicks(packet->ticks);
  item.kind = CaptureItem::Kind::kPacket;
  item.number = packets_;
  item.offset = block_offset_;
  item.endian = endian_;
  item.link_type = interface.link_type;
  item.interface = interfaces_before_ + packet->interface;
  item.time = last_time_;
  item.data = packet->data;
  item.original = packet->original;
  item.comments.clear();
  item.damage.clear();
  if (packet->options.empty()) return;
  item.comments = ParseComments(packet->options, endian_);
  const std::uint64_t dropped = ParseDropCount(packet->options, endian_);
  if (dropped > 0) {
    item.damage = fmt::format(gaps::kLostInFront, dropped, packets_);
  }
}

bool PcapngReader::Note(const Block& block, CaptureItem& item) {
  std::optional<StatisticsBlock> note = ParseStatisticsBlock(block.body, endian_);
  if (!note.has_value() || note->interface >= interfaces_.size()) return false;
  std::uint64_t& told = interfaces_[note->interface].dropped;
  if (note->dropped > told) {
    Damage(fmt::format(gaps::kLostSomewhere, note->dropped - told), item);
    told = note->dropped;
    return true;
  }
  if (note->comments.empty()) return false;
  item.kind = CaptureItem::Kind::kNote;
  item.number = packets_;
  item.offset = block_offset_;
  item.time = interfaces_[note->interface].scale.FromTicks(note->ticks);
  item.comments = std::move(note->comments);
  return true;
}

void PcapngReader::Damage(std::string what, CaptureItem& item) const {
  item.kind = CaptureItem::Kind::kDamage;
  item.number = packets_;
  item.offset = block_offset_;
  item.time = last_time_;
  item.damage = std::move(what);
}

Error PcapngReader::Invalid(std::string_view what, std::uint64_t offset) const {
  return Error(ErrorCode::kInvalidInput, fmt::format("{}: {}", name_, what))
      .AtOffset(offset)
      .WithHint("what stands before this offset can be kept with `head -c`");
}

}  // namespace

Result<std::unique_ptr<PacketReader>> OpenPcapng(const Content& content) {
  TRY_ASSIGN(std::unique_ptr<ByteSource> source, content.Open());
  auto reader = std::make_unique<PcapngReader>(std::move(source), content.name());
  TRY(reader->ReadFirstSection());
  return std::unique_ptr<PacketReader>(std::move(reader));
}

}  // namespace mtkrig::traces
