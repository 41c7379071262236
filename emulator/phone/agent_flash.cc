// The commands of stage 2 that touch flash.

#include <algorithm>
#include <array>
#include <optional>

#include "emulator/phone/agent.h"
#include "emulator/phone/checksum.h"

namespace mtkrig::emulator {
namespace {

namespace da = protocol::legacy_da;

// Errors of an agent (M's table).
constexpr std::uint32_t kErrorInvalidArguments = 0x03ea;
constexpr std::uint32_t kErrorChecksum = 0x0411;
constexpr std::uint32_t kErrorDeviceNotFound = 0x0bc4;
constexpr std::uint32_t kErrorInvalidBegin = 0x0bdc;
constexpr std::uint32_t kErrorInvalidRange = 0x0be0;

// The longest packet of any known host, and what this phone's memory for one is.
constexpr std::uint32_t kMaxPacket = da::kReadPacketLength;
constexpr std::uint32_t kImagePacket = da::kReadPacketLength;

// Erasing is reported in steps.
constexpr std::uint64_t kEraseStep = 256ULL * 1024 * 1024;
constexpr std::uint8_t kErased = 100;  // per cent

bool IsKnownHost(std::uint8_t os) {
  return os >= static_cast<std::uint8_t>(da::HostOs::kMac) &&
         os <= static_cast<std::uint8_t>(da::HostOs::kLinux);
}

}  // namespace

std::optional<StorageArea> Agent::AreaOf(da::Storage storage) const {
  switch (storage) {
    case da::Storage::kNor:
      return StorageArea::kNor;
    case da::Storage::kNand:
      return StorageArea::kNand;
    case da::Storage::kEmmc:
      return part_;
    case da::Storage::kSd:
      return StorageArea::kSdCard;
    case da::Storage::kUfs:
      break;  // this family of agents knows none
  }
  return std::nullopt;
}

std::uint32_t Agent::CheckStretch(const Stretch& stretch) const {
  const std::uint64_t size = board_.SizeOf(stretch.area);
  if (size == 0) return kErrorDeviceNotFound;
  if (stretch.offset >= size) return kErrorInvalidBegin;
  if (stretch.length > size - stretch.offset) return kErrorInvalidRange;
  return 0;
}

Task<void> Agent::Refuse(std::uint32_t error) {
  co_await port_.Send(da::kNack);
  // M has its packet length under way before it sees the refusal. Its first byte is zero, and no
  // command is.
  const auto next = co_await port_.Peek();
  if (next && *next == 0) co_await port_.Take<std::uint32_t>();
  const auto answer = co_await port_.Peek();
  if (!answer || *answer != da::kNack) co_return;
  co_await port_.Take<std::uint8_t>();
  co_await port_.Send(error);
}

Task<void> Agent::Read() {
  const std::uint8_t host = co_await port_.Take<std::uint8_t>();
  const std::uint8_t storage = co_await port_.Take<std::uint8_t>();
  Stretch stretch;
  stretch.offset = co_await port_.Take<std::uint64_t>();
  stretch.length = co_await port_.Take<std::uint64_t>();
  const std::optional<StorageArea> area = AreaOf(static_cast<da::Storage>(storage));
  stretch.area = area.value_or(StorageArea::kEmmcUser);
  const bool understood = area && IsKnownHost(host);
  const std::uint32_t error = understood ? CheckStretch(stretch) : kErrorInvalidArguments;
  if (error != 0) {
    co_await Refuse(error);
    co_return;
  }
  co_await port_.Send(da::kAck);
  const std::uint32_t packet = co_await port_.Take<std::uint32_t>();
  if (packet == 0 || packet > kMaxPacket) {
    co_await Refuse(kErrorInvalidArguments);
    co_return;
  }
  while (stretch.length > 0) {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(packet, stretch.length));
    const std::uint16_t sum =
        co_await port_.SendFlash(*board_.profile.flash, stretch.area, stretch.offset, count);
    co_await port_.Send(sum);
    const std::uint8_t answer = co_await port_.Take<std::uint8_t>();
    if (answer != da::kAck) co_return;
    stretch.offset += count;
    stretch.length -= count;
  }
}

namespace {

// Which parts of a page the host asked for. The kind with error correction is not known to any
// source beyond its name.
struct PageParts {
  bool data = false;
  bool spare = false;
};
std::optional<PageParts> PartsOf(std::uint8_t kind) {
  switch (static_cast<da::NandReadKind>(kind)) {
    case da::NandReadKind::kPageAndSpare:
      return PageParts{.data = true, .spare = true};
    case da::NandReadKind::kPageOnly:
      return PageParts{.data = true};
    case da::NandReadKind::kSpareOnly:
      return PageParts{.spare = true};
    case da::NandReadKind::kPageWithEcc:
      break;
  }
  return std::nullopt;
}

}  // namespace

// Pages, their spare bytes, which are erased in this phone, or both (M asks for both).
Task<void> Agent::NandReadPage() {
  const Profile& profile = board_.profile;
  const std::uint8_t host = co_await port_.Take<std::uint8_t>();
  const std::optional<PageParts> parts = PartsOf(co_await port_.Take<std::uint8_t>());
  co_await port_.Take<std::uint8_t>();  // kind of address: no block is bad, so both are one
  Stretch stretch{.area = StorageArea::kNand};
  stretch.offset = co_await port_.Take<std::uint32_t>();
  const std::uint32_t length = co_await port_.Take<std::uint32_t>();
  co_await port_.Take<std::uint32_t>();
  const std::uint32_t page = profile.nand_page_size;
  const bool usable = board_.HasNand() && page != 0 && page <= kMaxPacket &&
                      profile.nand_spare_size <= page && IsKnownHost(host);
  std::uint32_t data_size = 0;
  std::uint32_t packet = 0;
  std::uint32_t error = usable ? 0 : kErrorDeviceNotFound;
  if (usable && parts) {
    data_size = parts->data ? page : 0;
    packet = data_size + (parts->spare ? profile.nand_spare_size : 0);
  }
  if (usable && packet == 0) error = kErrorInvalidArguments;
  if (error == 0) {
    const std::uint64_t pages = (std::uint64_t{length} + packet - 1) / packet;
    stretch.length = pages * page;
    error = stretch.offset % page != 0 ? kErrorInvalidBegin : CheckStretch(stretch);
  }
  if (error != 0) {
    co_await Refuse(error);
    co_return;
  }
  co_await port_.Send(da::kAck);
  co_await port_.Send(page);
  co_await port_.Send(profile.nand_spare_size);
  co_await port_.Send(packet);
  co_await port_.Take<std::uint32_t>();  // pages at a time
  co_await port_.Send(std::uint32_t{0});
  for (std::uint32_t left = length; left > 0;) {
    packet_.assign(packet, 0xff);
    profile.flash->Read(stretch.area, stretch.offset, std::span(packet_).first(data_size));
    stretch.offset += page;
    const std::uint32_t count = std::min(left, packet);
    const protocol::ByteSpan sent = protocol::ByteSpan(packet_).first(count);
    co_await port_.Send(sent);
    co_await port_.Send(ByteSum(sent));
    const std::uint8_t answer = co_await port_.Take<std::uint8_t>();
    if (answer != da::kAck) co_return;
    left -= count;
  }
}

Task<void> Agent::TakePacket(std::uint32_t length) {
  packet_.resize(length);
  for (std::uint32_t at = 0; at < length;) {
    const protocol::ByteSpan piece = co_await port_.TakeSome(length - at);
    std::copy(piece.begin(), piece.end(), packet_.begin() + at);
    at += static_cast<std::uint32_t>(piece.size());
  }
}

// Before each packet the host acknowledges; after it, the agent asks it to go on (F, M).
Task<void> Agent::WriteData() {
  const std::uint8_t storage = co_await port_.Take<std::uint8_t>();
  const std::uint8_t part = co_await port_.Take<std::uint8_t>();
  Stretch stretch;
  stretch.offset = co_await port_.Take<std::uint64_t>();
  stretch.length = co_await port_.Take<std::uint64_t>();
  const std::uint32_t packet = co_await port_.Take<std::uint32_t>();
  // This command counts kinds of storage from eMMC (F).
  constexpr std::uint8_t kEmmc = 1;
  constexpr std::uint8_t kSdCard = 2;
  const std::optional<StorageArea> area = storage == kEmmc     ? EmmcAreaOf(part)
                                          : storage == kSdCard ? std::optional(StorageArea::kSdCard)
                                                               : std::nullopt;
  stretch.area = area.value_or(StorageArea::kEmmcUser);
  const bool understood = area && packet != 0 && packet <= kMaxPacket;
  const std::uint32_t error = understood ? CheckStretch(stretch) : kErrorInvalidArguments;
  if (error != 0) {
    co_await Refuse(error);
    co_return;
  }
  co_await port_.Send(da::kAck);
  while (stretch.length > 0) {
    const std::uint8_t go = co_await port_.Take<std::uint8_t>();
    if (go != da::kAck) co_return;
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(packet, stretch.length));
    co_await TakePacket(count);
    const std::uint16_t sum = co_await port_.Take<std::uint16_t>();
    if (sum != ByteSum(packet_)) {
      co_await Refuse(kErrorChecksum);
      co_return;
    }
    board_.profile.flash->Write(stretch.area, stretch.offset, packet_);
    co_await port_.Send(da::kContinue);
    stretch.offset += count;
    stretch.length -= count;
  }
}

// M alone shows this one: the agent names the packet length, the checksum of the last packet comes
// once with it and once more after its receipt.
Task<void> Agent::WriteImage() {
  co_await port_.Take<std::uint8_t>();  // checksum level
  const std::uint8_t part = co_await port_.Take<std::uint8_t>();
  Stretch stretch;
  stretch.offset = co_await port_.Take<std::uint64_t>();
  stretch.length = co_await port_.Take<std::uint64_t>();
  co_await port_.Take<std::uint16_t>();  // index, kind
  const std::optional<StorageArea> area = EmmcAreaOf(part);
  stretch.area = area.value_or(StorageArea::kEmmcUser);
  const std::uint32_t error = area ? CheckStretch(stretch) : kErrorInvalidArguments;
  co_await port_.Send(kImagePacket);
  if (error != 0) {
    co_await Refuse(error);
    co_return;
  }
  co_await port_.Send(da::kAck);
  const std::uint8_t go = co_await port_.Take<std::uint8_t>();
  if (go != da::kAck) co_return;
  while (stretch.length > 0) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kImagePacket, stretch.length));
    const bool last = count == stretch.length;
    co_await TakePacket(count);
    if (last) {
      const std::uint16_t sum = co_await port_.Take<std::uint16_t>();
      if (sum != ByteSum(packet_)) {
        co_await Refuse(kErrorChecksum);
        co_return;
      }
    }
    co_await port_.Send(da::kContinue);
    if (last) co_await port_.Take<std::uint16_t>();
    board_.profile.flash->Write(stretch.area, stretch.offset, packet_);
    co_await port_.Send(last ? da::kAck : da::kContinue);
    if (!last) {
      const std::uint8_t answer = co_await port_.Take<std::uint8_t>();
      if (answer != da::kAck) co_return;
    }
    stretch.offset += count;
    stretch.length -= count;
  }
}

Task<void> Agent::Format() {
  const std::uint8_t storage = co_await port_.Take<std::uint8_t>();
  co_await port_.Take<std::uint8_t>();   // how to erase
  co_await port_.Take<std::uint16_t>();  // validate, kind of address
  Stretch stretch;
  stretch.offset = co_await port_.Take<std::uint64_t>();
  stretch.length = co_await port_.Take<std::uint64_t>();
  const std::optional<StorageArea> area = AreaOf(static_cast<da::Storage>(storage));
  stretch.area = area.value_or(StorageArea::kEmmcUser);
  const std::uint32_t error = area ? CheckStretch(stretch) : kErrorInvalidArguments;
  if (error != 0) {
    co_await Refuse(error);
    co_return;
  }
  const std::uint64_t total = stretch.length;
  std::uint8_t per_cent = 0;
  while (per_cent != kErased) {
    const std::uint64_t count = std::min(stretch.length, kEraseStep);
    board_.profile.flash->Erase(stretch.area, stretch.offset, count);
    stretch.offset += count;
    stretch.length -= count;
    const std::uint64_t done = total - stretch.length;
    per_cent = stretch.length == 0 ? kErased : static_cast<std::uint8_t>(done / (total / 100 + 1));
    co_await port_.Send(da::kAck);
    co_await port_.Send(da::kAck);
    co_await port_.Send(std::uint32_t{0});
    co_await port_.Send(per_cent);
    const std::uint8_t answer = co_await port_.Take<std::uint8_t>();
    if (answer != da::kAck) co_return;
  }
  co_await port_.Send(da::kAck);
  co_await port_.Send(da::kAck);
}

}  // namespace mtkrig::emulator
