#pragma once

// What a trace consists of, whatever file it stands in. Readers turn files into events, writers
// turn events into files, and everything else (replaying, decoding, comparing, redacting) knows
// events only.
//
// An event is one thing that happened on the line to one phone: a transfer that ended, a phone that
// came or went, or a note. Transfers of control and interrupt endpoints are kept as well, because a
// capture shows them; what replays and decodes the byte stream passes over them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/clock.h"
#include "protocol/base/result.h"
#include "protocol/base/transport.h"
#include "traces/model/event_bytes.h"

namespace mtkrig::traces {

using protocol::ByteSpan;
using protocol::Duration;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

enum class EventKind : std::uint8_t {
  kBytes,     // a bulk transfer with data that ended well; one read or write of a Transport
  kFailure,   // a bulk transfer that ended badly; `failure` says how. `bytes` is what still arrived
              // at the host, or what the host offered to the phone, of which some may have arrived
  kControl,   // a control transfer: `setup`, and `bytes` of its data stage
  kOther,     // an interrupt or isochronous transfer: seen, not understood
  kAttached,  // the phone enumerated; `usb_id` where it is known
  kDetached,  // the phone went away
  kPhase,     // `text` names what begins here: "handshake", "stage 1", "read BOOTIMG"
  kComment,   // `text` of a person or a tool
  kGap,       // something is missing here, or was repaired; `text` says what
};

enum class Direction : std::uint8_t { kToPhone, kToHost };

enum class Failure : std::uint8_t { kTimeout, kStall, kDisconnected, kCancelled, kLine };

// A stretch of a transfer's data.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct Event {
  EventKind kind = EventKind::kBytes;
  Direction direction = Direction::kToPhone;
  Failure failure = Failure::kLine;
  // Of kControl and kOther, which keep their kind when they end badly: `failure` says how.
  bool failed = false;
  // When it ended, since the epoch where the file knows it, otherwise since the trace began. Never
  // decreasing in what our writers write; captures of others may step back.
  Duration time{};
  // From the request to its end; zero where the file does not tell.
  Duration latency{};

  // What was kept of the transfer's data, from its start. Of events that TraceReader::NextInto()
  // gave they may stand in the reader, until its next event.
  EventBytes bytes;
  // Stretches of `bytes` whose values do not matter ("any n bytes" of a trace written by hand), in
  // order and apart. They are kept as zeros, so such a transfer is not cut: what compares skips
  // them, what plays the phone may send the zeros.
  std::vector<ByteRange> any;
  // How much data the transfer had; more than bytes.size() where the recording was cut.
  std::uint64_t length = 0;
  // Of all data of a cut transfer, where the file has it: its kind, a colon and lower-case hex
  // digits ("sha256:", "xxh3-128:", ...; see traces/replay/payload_digest.h). 64 digits alone are
  // SHA-256.
  std::string digest;

  std::vector<std::uint8_t> setup;  // 8 bytes, of control transfers
  std::uint8_t endpoint = 0;        // number without the direction bit
  std::optional<protocol::UsbId> usb_id;
  std::string text;

  // Where it stands: number of the packet as Wireshark counts, or of the line in a text file (both
  // from 1), and offset in bytes in the uncompressed file. 0 for events that come from no file.
  std::uint64_t packet = 0;
  std::uint64_t offset = 0;

  bool cut() const { return length > bytes.size(); }

  // As a new one, but for the memory that it has.
  void Clear();
  // Keeps no more memory of `bytes` than is worth keeping for the next transfer.
  void ReleaseLargeMemory();
  friend void swap(Event& a, Event& b) noexcept;
};

// Facts about a whole session. Empty where a file does not have them.
struct SessionFacts {
  std::string moniker;
  std::string chip;  // "MT6580"
  std::string tool;  // "mtkrig 0.1.0"
  std::string seed;
  std::vector<std::string> comments;
};

// Names as they stand in files and in what is shown: "bytes", "stall", ...
std::string_view EventKindName(EventKind kind);
std::string_view FailureName(Failure failure);

// Event of a transfer of which everything is kept.
Event BytesEvent(Direction direction, ByteSpan bytes, Duration time = {});
// Event of kPhase, kComment or kGap.
Event TextEvent(EventKind kind, std::string text, Duration time = {});

}  // namespace mtkrig::traces
