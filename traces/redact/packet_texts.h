#pragma once

// PacketTexts: what the texts say that agents and hosts send each other in packets (XML, short
// answers, messages of a log), apart from the words of their protocol. Names and times of hosts,
// paths, properties and what an agent logs are texts for people like a note is, and are treated
// like one: what is not known to be harmless (harmless_text.h) becomes x, as long as it was.
//
// In XML these are values of elements and attributes; elements, numbers that tell addresses and
// lengths, and the names in a table of partitions stay.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/bytes.h"
#include "traces/redact/blank_list.h"
#include "traces/redact/role_feed.h"

namespace mtkrig::traces {

// Longer payloads are files.
inline constexpr std::uint64_t kMaxPacketText = std::uint64_t{48} << 10;

// The text of a packet, as long as it was, with x in place of what is not known to be harmless.
std::string HarmlessPacketText(std::string_view text);

// One direction's stream: finds packets in it, and adds what is to be blanked of their texts.
class PacketTexts {
 public:
  explicit PacketTexts(BlankList& blanks) : blanks_(blanks) {}

  // The next stretch, and its bytes as far as the recording has them.
  void Take(const RoledBytes& stretch, protocol::ByteSpan kept);
  // Nothing more comes.
  void Finish();
  // Texts in which something is blanked.
  std::uint64_t texts() const { return texts_; }

 private:
  void TakeHeader(std::uint8_t byte);
  void TakePayload(protocol::ByteSpan bytes);
  void Reset();
  void EndPacket();

  BlankList& blanks_;
  std::uint64_t texts_ = 0;
  std::uint64_t at_ = 0;  // in the stream, behind what was taken
  std::string header_;    // as much as there is of one
  std::string text_;      // of the payload, while it may be a text
  std::uint64_t text_at_ = 0;
  std::uint64_t left_ = 0;  // of the payload
  std::uint32_t type_ = 0;
  bool may_be_text_ = false;
};

}  // namespace mtkrig::traces
