#pragma once

// Captures as streams of packets: what pcapng and pcap have in common. What the packets mean is not
// looked at here.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/formats/byte_source.h"
#include "traces/formats/input_buffer.h"
#include "traces/formats/usbmon.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// A packet with the largest event in it, its headers, and some options.
inline constexpr std::size_t kMaxBlockBytes = kMaxEventBytes + std::size_t{256} * 1024;

struct CaptureItem {
  enum class Kind : std::uint8_t {
    kPacket,
    kNote,    // `comments` that belong to no packet
    kDamage,  // `damage` says what could not be read, and was stepped over
  };
  Kind kind = Kind::kPacket;
  std::uint64_t number =
      0;  // of the packet, from 1, as Wireshark counts; of the last one otherwise
  std::uint64_t offset = 0;  // in the uncompressed file
  // Of the machine that captured, and so of usbmon's header.
  protocol::Endian endian = protocol::Endian::kLittle;
  std::uint32_t link_type = 0;
  std::uint32_t interface = 0;  // counted over all sections
  Duration time{};
  ByteSpan data;               // what was captured of it; valid until the next item is asked for
  std::uint32_t original = 0;  // bytes that it had before the capture cut it; 0 if not known
  std::vector<std::string> comments;
  std::string damage;  // of a packet: what is missing in front of it
};

// What a file says of itself.
struct CaptureFacts {
  std::string application;
  std::vector<std::string> comments;
};

class PacketReader {
 public:
  virtual ~PacketReader() = default;
  // Fills `item`, whatever it held before; false at the end. kInvalidInput with the offset for
  // damage that cannot be stepped over.
  virtual Result<bool> Next(CaptureItem& item) = 0;
  // Takes the next two items if they are the packets of one transfer as ReadTransferShape() wants
  // them, and tells its event and whose it is. Requires a recording of ours. Readers need not look.
  virtual bool TakeWholeTransfer(Event& /*event*/, UrbLine& /*line*/) { return false; }
  // Of the sections read so far; the first is read when the reader is made.
  virtual const CaptureFacts& facts() const = 0;
};

// Whether `head`, the first bytes of a file, is a capture's.
bool LooksLikePcapng(ByteSpan head);
bool LooksLikePcap(ByteSpan head);

Result<std::unique_ptr<PacketReader>> OpenPcapng(const Content& content);
Result<std::unique_ptr<PacketReader>> OpenPcap(const Content& content);

}  // namespace mtkrig::traces
