#pragma once

// Packets: what the xflash and the xml agent have in common. It takes the headers off a
// conversation, and the messages of the phone's log wherever they stand.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "traces/decode/conversation.h"

namespace mtkrig::traces {

// Longest payloads that are believed. Everything but files and flash content is short, and no
// client sends more than 2 MiB of those at a time; stage 2 goes in one packet.
inline constexpr std::uint32_t kMaxShortPacket = std::uint32_t{48} << 10;
inline constexpr std::uint32_t kMaxContentPacket = std::uint32_t{64} << 20;

class Packets {
 public:
  explicit Packets(Conversation& line) : line_(line) {}
  Packets(const Packets&) = delete;
  Packets& operator=(const Packets&) = delete;
  ~Packets() = default;

  Conversation& line() { return line_; }

  // A step begins. One that is open ends.
  void Begin(Layer layer, std::string_view name);
  // The last status that was taken becomes a field, and the step ends.
  void End();

  static constexpr std::size_t kPeeked = 24;
  // Takes the packet that is next of a side if it is one of the phone's log; waits for its header.
  // True if it was.
  Task<bool> TakeMessageIfNext(Direction side);
  // What is next of a side, without taking it; what the phone's log says in front is taken. Waits
  // for the header and as much of the payload as `first` has room for.
  struct Next {
    bool is_packet = false;  // otherwise nothing else holds
    std::uint32_t type = 0;
    std::uint32_t length = 0;
    std::array<std::uint8_t, kPeeked> first{};
    std::size_t known = 0;  // of `first`

    // Its payload, if that is a u32 of known value.
    std::optional<std::uint32_t> Number() const;
    // Whether the payload begins with this text, as far as both go.
    bool BeginsWith(std::string_view text) const;
  };
  Task<Next> Peek(Direction side);

  // The header of a side's next packet; what the phone's log says in front is taken. A payload
  // longer than `most` is no packet. `what` belongs there, and must be a literal.
  Task<std::uint32_t> Header(Direction side, std::string_view what, std::uint32_t most);
  // A packet of exactly one u32. Empty if the recording does not have its value. `told`: as in
  // DataOptions.
  Task<std::optional<std::uint32_t>> Number(Direction side, std::string_view what,
                                            bool told = false);
  // A packet of exactly one u32: the 16-bit sum of the content that follows.
  Task<std::optional<std::uint32_t>> LeadingChecksum(Direction side, std::string_view what);
  // A packet that is taken whole; the first `keep` bytes are given back.
  Task<Data> Payload(Direction side, std::string_view what, DataOptions options,
                     std::uint32_t most = kMaxShortPacket);

  // A status of the phone, of two or four bytes. False if it is an error, which then is a problem
  // of the step. One that the recording does not have is taken to be good.
  Task<bool> Status(std::string_view what, Outcome outcome);
  // The same, of a packet whose header has been taken.
  Task<bool> StatusOf(std::uint32_t length, std::string_view what, Outcome outcome);
  // The value of the last status, where it was known.
  std::optional<std::uint32_t> last_status() const { return last_status_; }

 private:
  std::optional<Next> LookAtHeader(Direction side) const;
  Task<void> TakeMessage(std::uint32_t length);

  Conversation& line_;
  std::uint64_t messages_ = 0;  // of the open step
  std::string status_text_;     // likewise
  std::optional<std::uint32_t> last_status_;
};

// The payload as text, without the zeros behind it; what cannot be shown is replaced.
std::string PayloadText(ByteSpan bytes);
// Whether the text has all of it, as it is.
bool IsPlainText(ByteSpan bytes);

}  // namespace mtkrig::traces
