#pragma once

// TransferPatterns: the pairs of packets that a recording has again and again. A readback is some
// hundred thousand transfers of two or three kinds, the packets of one kind being the same but for
// their time and number; those that are need not be understood once more.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "protocol/base/bytes.h"
#include "traces/formats/plain_packet.h"
#include "traces/formats/usbmon.h"
#include "traces/formats/whole_transfer.h"

namespace mtkrig::traces {

// A transfer whose two packets stand side by side, each in an enhanced packet block.
struct TransferPattern {
  std::size_t first_total = 0;  // bytes of the first block
  std::size_t total = 0;        // of both
  std::uint32_t interface = 0;
  TransferShape shape;
};

class TransferPatterns {
 public:
  // Bytes of a block that were compared: up to the end of usbmon's header.
  static constexpr std::size_t kHeadBytes = kPlainPacketDataAt + kUsbmonHeaderBytes;

  // The pattern of the two packets that `hand` begins with, if it was learned. It stands until the
  // next Learn().
  [[gnu::always_inline]] const TransferPattern* Find(protocol::ByteSpan hand) {
    const std::size_t likely = slots_[last_].next;
    if (Fits(slots_[likely], hand)) {
      last_ = likely;
      return &slots_[likely].pattern;
    }
    return FindUnlikely(hand);
  }

  // Learns the pattern of the two packets that `hand` begins with, which has them whole. Requires
  // headers of kUsbmonHeaderBytes.
  void Learn(const TransferPattern& pattern, protocol::ByteSpan hand) {
    Slot& slot = slots_[oldest_];
    slot.known = true;
    slot.pattern = pattern;
    std::memcpy(slot.first.data(), hand.data(), kHeadBytes);
    std::memcpy(slot.second.data(), hand.data() + pattern.first_total, kHeadBytes);
    Follow(oldest_);
    oldest_ = (oldest_ + 1) % slots_.size();
  }

  // What was learned says nothing of what comes next: another section, or another byte order.
  void Forget() { *this = TransferPatterns(); }

 private:
  using Head = std::array<std::uint8_t, kHeadBytes>;
  struct Slot {
    bool known = false;
    TransferPattern pattern;
    Head first{};
    Head second{};
    std::size_t next = 0;  // the slot that came behind this one the last time
  };

  template <typename Word>
  static Word At(const std::uint8_t* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof(Word));
    return word;
  }

  // Whether two packets are the same but for the block's time, and id and time of usbmon's header.
  [[gnu::always_inline]] static bool SameHead(const Head& known, const std::uint8_t* head) {
    using std::uint64_t;
    const std::uint8_t* const k = known.data();
    const auto differ = [&]<typename Word>(std::size_t at, Word /*of this size*/) -> uint64_t {
      return At<Word>(k + at) ^ At<Word>(head + at);
    };
    // Type, total, interface; both lengths; then usbmon's header.
    constexpr std::size_t kUsb = kPlainPacketDataAt;
    constexpr std::size_t kStatus = kUsb + usbmon_offsets::kStatus;
    static_assert(kStatus + 36 == kHeadBytes);
    const uint64_t all = differ(0, uint64_t{}) | differ(8, std::uint32_t{}) |
                         differ(20, uint64_t{}) | differ(kUsb + usbmon_offsets::kType, uint64_t{}) |
                         differ(kStatus, uint64_t{}) | differ(kStatus + 8, uint64_t{}) |
                         differ(kStatus + 16, uint64_t{}) | differ(kStatus + 24, uint64_t{}) |
                         differ(kStatus + 32, std::uint32_t{});
    return all == 0;
  }

  [[gnu::always_inline]] static bool Fits(const Slot& slot, protocol::ByteSpan hand) {
    const std::size_t first_total = slot.pattern.first_total;
    if (!slot.known || hand.size() < slot.pattern.total) return false;
    const std::uint8_t* const first = hand.data();
    const std::uint8_t* const second = first + first_total;
    const std::uint8_t* const end = first + slot.pattern.total;
    if (!SameHead(slot.first, first) || !SameHead(slot.second, second)) return false;
    constexpr std::size_t kId = kPlainPacketDataAt + usbmon_offsets::kId;
    // Each total again, behind its block.
    return At<std::uint32_t>(first + 4) == At<std::uint32_t>(second - 4) &&
           At<std::uint32_t>(second + 4) == At<std::uint32_t>(end - 4) &&
           At<std::uint64_t>(first + kId) == At<std::uint64_t>(second + kId);
  }

  const TransferPattern* FindUnlikely(protocol::ByteSpan hand) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!Fits(slots_[i], hand)) continue;
      Follow(i);
      return &slots_[i].pattern;
    }
    return nullptr;
  }

  void Follow(std::size_t slot) {
    slots_[last_].next = slot;
    last_ = slot;
  }

  // Of a page of NAND: its data, the checksum, the ack, and a last page that is shorter.
  std::array<Slot, 4> slots_;
  std::size_t last_ = 0;
  std::size_t oldest_ = 0;
};

}  // namespace mtkrig::traces
