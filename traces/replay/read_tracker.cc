#include "traces/replay/read_tracker.h"

#include <algorithm>

#include "protocol/base/bytes.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::traces {
namespace {

namespace legacy_da = protocol::legacy_da;
using Opcode = legacy_da::Command;
using protocol::LoadBe;

// READ: opcode, host, storage, u64 address, u64 length; then u32 packet length.
constexpr std::size_t kReadHeader = 1 + 1 + 1 + 8 + 8;
// NAND_READPAGE: opcode, host, kind, address type, u32 address, u32 length, u32 0; answered by an
// ack and three u32, the last of them the packet length; then u32 of the host and of the phone.
constexpr std::size_t kNandHeader = 1 + 1 + 1 + 1 + 4 + 4 + 4;
constexpr std::size_t kNandAnswer = 1 + 4 + 4 + 4 + 4;
constexpr std::size_t kNandPacketLengthAt = 1 + 4 + 4;
constexpr std::size_t kFollows = 4;
constexpr std::size_t kRemembered = kReadHeader + kFollows;
// A transfer that is longer than this carries data for the phone. A command may be sent together
// with the ack of what went before it.
constexpr std::size_t kMaxCommand = kRemembered + 9;
constexpr std::uint64_t kChecksumSize = 2;
// Limits beyond which bytes that look like a command are something else.
constexpr std::uint64_t kMaxAddress = std::uint64_t{1} << 48;
constexpr std::uint64_t kMaxPacket = std::uint64_t{64} << 20;
// Packets in one transfer: agents send one each, or a piece of one. More than these, and what
// looked like a packet's length was something else.
constexpr std::uint64_t kMaxPacketsInTransfer = 65536;

constexpr std::uint8_t Byte(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode);
}

bool IsHostOs(std::uint8_t byte) {
  return byte >= static_cast<std::uint8_t>(legacy_da::HostOs::kMac) &&
         byte <= static_cast<std::uint8_t>(legacy_da::HostOs::kLinux);
}

std::optional<FlashArea> AreaOf(std::uint8_t storage, std::uint8_t part) {
  switch (static_cast<legacy_da::Storage>(storage)) {
    case legacy_da::Storage::kNor:
      return FlashArea::kNor;
    case legacy_da::Storage::kNand:
      return FlashArea::kNand;
    case legacy_da::Storage::kEmmc:
      return static_cast<FlashArea>(part);
    case legacy_da::Storage::kSd:
      return FlashArea::kSd;
    case legacy_da::Storage::kUfs:
      return FlashArea::kUfs;
  }
  return std::nullopt;
}

}  // namespace

std::size_t ReadTracker::Command::wanted_from_phone() const {
  return nand_pages ? kNandAnswer : 1;
}

bool ReadTracker::Command::complete() const {
  return from_phone.size() == wanted_from_phone() && from_host.size() == kFollows;
}

std::uint64_t ReadTracker::Command::packet_length() const {
  const ByteSpan field =
      nand_pages ? ByteSpan(from_phone).subspan(kNandPacketLengthAt) : ByteSpan(from_host);
  return LoadBe<std::uint32_t>(field);
}

const std::vector<PayloadPiece>& ReadTracker::Pass(const Event& event) {
  pieces_.clear();
  switch (event.kind) {
    case EventKind::kBytes:
      if (event.direction == Direction::kToPhone) {
        PassToPhone(event);
      } else {
        PassToHost(event);
      }
      break;
    case EventKind::kPhase:
      phase_position_ = 0;
      break;
    case EventKind::kAttached:
    case EventKind::kDetached:
    case EventKind::kGap:
      command_.reset();
      packets_.reset();
      sent_.clear();
      EndTurn();
      break;
    default:
      break;
  }
  return pieces_;
}

void ReadTracker::PassToPhone(const Event& event) {
  const ByteSpan bytes = event.bytes;
  if (packets_.has_value()) {
    // Each packet is acknowledged; anything else ends the read.
    const bool acked = event.length == 1 && !bytes.empty() && bytes[0] == legacy_da::kAck;
    if (acked) return;
    packets_.reset();
  }
  if (event.length > kMaxCommand || event.cut()) {
    command_.reset();
    sent_.clear();
    turn_.assign(kRemembered, 0);
    turn_switches_part_ = false;
    return;
  }
  AddToTurn(bytes);
  if (command_.has_value()) {
    std::vector<std::uint8_t>& follows = command_->from_host;
    if (follows.size() + bytes.size() <= kFollows) {
      follows.insert(follows.end(), bytes.begin(), bytes.end());
      if (command_->complete()) StartPackets();
      return;
    }
    command_.reset();
  }
  AddToSent(bytes);
  if (!sent_.empty()) FindCommand();
}

void ReadTracker::AddToTurn(ByteSpan bytes) {
  if (turn_.size() >= kMaxCommand) return;
  turn_.insert(turn_.end(), bytes.begin(), bytes.end());
  turn_switches_part_ =
      turn_switches_part_ || std::ranges::find(bytes, Byte(Opcode::kSwitchPart)) != bytes.end();
}

void ReadTracker::AddToSent(ByteSpan bytes) {
  const auto is_first = [](std::uint8_t byte) {
    return byte == Byte(Opcode::kRead) || byte == Byte(Opcode::kNandReadPage);
  };
  if (sent_.empty()) {
    const auto first = std::find_if(bytes.begin(), bytes.end(), is_first);
    sent_.assign(first, bytes.end());
    return;
  }
  sent_.insert(sent_.end(), bytes.begin(), bytes.end());
  if (sent_.size() <= kRemembered) return;
  const auto kept = sent_.end() - static_cast<std::ptrdiff_t>(kRemembered);
  sent_.erase(sent_.begin(), std::find_if(kept, sent_.end(), is_first));
}

// Looks whether the bytes sent last are a header, alone or with some of what follows it.
void ReadTracker::FindCommand() {
  // Where a header of so many bytes would stand, if it begins as one.
  const auto begins = [this](std::size_t behind, Opcode opcode) {
    return sent_.size() >= behind && sent_[sent_.size() - behind] == Byte(opcode);
  };
  for (std::size_t follows = 0; follows <= kFollows; ++follows) {
    const std::size_t read = kReadHeader + follows;
    if (begins(read, Opcode::kRead) && FindRead(sent_.size() - read)) break;
    const std::size_t nand = kNandHeader + follows;
    if (begins(nand, Opcode::kNandReadPage) && FindNandRead(sent_.size() - nand)) break;
  }
  if (command_.has_value()) sent_.clear();
}

bool ReadTracker::FindRead(std::size_t header_start) {
  const ByteSpan header = ByteSpan(sent_).subspan(header_start);
  if (header[0] != Byte(Opcode::kRead) || !IsHostOs(header[1])) return false;
  const auto area = AreaOf(header[2], part_);
  const auto address = LoadBe<std::uint64_t>(header.subspan(3));
  const auto length = LoadBe<std::uint64_t>(header.subspan(11));
  if (!area.has_value() || length == 0 || length > kMaxAddress || address > kMaxAddress) {
    return false;
  }
  const ByteSpan follows = header.subspan(kReadHeader);
  command_ = Command{.area = *area,
                     .address = address,
                     .length = length,
                     .nand_pages = false,
                     .from_phone = {},
                     .from_host = {follows.begin(), follows.end()}};
  return true;
}

bool ReadTracker::FindNandRead(std::size_t header_start) {
  const ByteSpan header = ByteSpan(sent_).subspan(header_start);
  if (header[0] != Byte(Opcode::kNandReadPage)) return false;
  const auto kind = static_cast<legacy_da::NandReadKind>(header[2]);
  const auto length = LoadBe<std::uint32_t>(header.subspan(8));
  if (!IsHostOs(header[1]) || kind != legacy_da::NandReadKind::kPageOnly || header[3] > 1 ||
      length == 0 || LoadBe<std::uint32_t>(header.subspan(12)) != 0) {
    return false;
  }
  const ByteSpan follows = header.subspan(kNandHeader);
  command_ = Command{.area = FlashArea::kNand,
                     .address = LoadBe<std::uint32_t>(header.subspan(4)),
                     .length = length,
                     .nand_pages = true,
                     .from_phone = {},
                     .from_host = {follows.begin(), follows.end()}};
  return true;
}

void ReadTracker::PassToHost(const Event& event) {
  std::uint64_t passed = 0;
  if (!packets_.has_value() && !event.bytes.empty()) {
    if (command_.has_value()) {
      passed = TakeCommandAnswer(event.bytes);
    } else {
      NoticeSwitchPart(event.bytes);
    }
  }
  EndTurn();
  AddOther(passed);
  if (packets_.has_value()) {
    SplitPackets(event.length - passed);
  } else {
    AddOther(event.length - passed);
  }
}

// How many bytes belong to the answer that precedes the packets.
std::size_t ReadTracker::TakeCommandAnswer(ByteSpan bytes) {
  std::vector<std::uint8_t>& answer = command_->from_phone;
  const std::size_t count = std::min(bytes.size(), command_->wanted_from_phone() - answer.size());
  answer.insert(answer.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  const bool refused = answer.front() != legacy_da::kAck;
  // Data before the host has asked for it: this was no read.
  const bool early = !command_->complete() && count < bytes.size();
  if (refused || early) {
    command_.reset();
  } else if (command_->complete()) {
    StartPackets();
  }
  return count;
}

void ReadTracker::StartPackets() {
  const std::uint64_t packet_length = command_->packet_length();
  if (packet_length > 0 && packet_length <= kMaxPacket) {
    packets_ = Packets{.area = command_->area,
                       .address = command_->address,
                       .left = command_->length,
                       .packet_length = packet_length,
                       .position = 0,
                       .phase_position = phase_position_};
  }
  command_.reset();
}

void ReadTracker::SplitPackets(std::uint64_t length) {
  if (length / (packets_->packet_length + kChecksumSize) > kMaxPacketsInTransfer) packets_.reset();
  while (length > 0 && packets_.has_value()) {
    Packets& at = *packets_;
    const std::uint64_t data = std::min(at.packet_length, at.left);
    PayloadPiece piece{.kind = PayloadPiece::Kind::kFlash,
                       .length = 0,
                       .area = at.area,
                       .address = at.address,
                       .length_summed = data,
                       .checksum_at = 0,
                       .phase_position = at.phase_position};
    if (at.position < data) {
      piece.length = std::min(length, data - at.position);
      piece.address += at.position;
      piece.phase_position += at.position;
      phase_position_ += piece.length;
    } else {
      piece.kind = PayloadPiece::Kind::kChecksum;
      piece.checksum_at = static_cast<std::size_t>(at.position - data);
      piece.length = std::min(length, data + kChecksumSize - at.position);
    }
    at.position += piece.length;
    length -= piece.length;
    pieces_.push_back(piece);
    if (at.position < data + kChecksumSize) continue;
    at.address += data;
    at.left -= data;
    at.position = 0;
    at.phase_position = phase_position_;
    if (at.left == 0) packets_.reset();
  }
  AddOther(length);
}

void ReadTracker::AddOther(std::uint64_t length) {
  if (length == 0) return;
  PayloadPiece piece;
  piece.length = length;
  pieces_.push_back(piece);
}

// SDMMC_SWITCH_PART: 60, acked; the part, acked. Some hosts send both at once.
void ReadTracker::NoticeSwitchPart(ByteSpan answer) {
  if (turn_.empty()) return;
  const bool acked = answer[0] == legacy_da::kAck;
  const std::size_t size = turn_.size();
  const std::uint8_t part = turn_.back();
  // An ack of what went before may stand in front.
  const bool opcode = size <= 2 && part == Byte(Opcode::kSwitchPart);
  const bool whole = size >= 2 && size <= 3 && turn_[size - 2] == Byte(Opcode::kSwitchPart);
  const bool second = switching_part_ && size == 1;
  if (acked && (whole || second) && part >= static_cast<std::uint8_t>(FlashArea::kBoot1) &&
      part <= static_cast<std::uint8_t>(FlashArea::kUser)) {
    part_ = part;
  }
  switching_part_ = acked && opcode;
}

}  // namespace mtkrig::traces
