#pragma once

// EventRecorder: turns what happens on a line into the events of a trace, whoever sees it: the
// decorator of a Transport (recording_transport.h) or a server that stands in the phone's place.
//
// A trace that cannot be written must not end the session that it records, nor pass unnoticed: the
// first error is kept, nothing more is recorded, and Finish() reports it.
//
// Where payloads are cut, transfers of the phone that follow one another become one event, up to
// one that does not fill its USB packets, or to the end of an agent's packet where that is known:
// drivers ask for 512 bytes or 16 KiB at a time, and 200 bytes for each would be as much as was
// cut. The checksum behind such a packet is an event of its own, whatever it came with. A joined
// event is written when the next thing happens.
//
// Thread-safe. Times are the caller's, since the beginning of the trace; one that steps back is
// moved up to that of the event before.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "traces/model/trace_stream.h"
#include "traces/replay/payload_digest.h"
#include "traces/replay/read_tracker.h"

namespace mtkrig::traces {

struct RecorderOptions {
  // How many bytes to keep of a bulk payload that the phone sends, and that the host sends. Empty
  // keeps everything.
  std::optional<std::size_t> snap = std::nullopt;
  std::optional<std::size_t> snap_sent = std::nullopt;
  // Transfers are cut only beyond this many bytes in one direction without one in the other (the
  // acks within a READ do not count): short answers such as a storage report or a partition table
  // are worth more than their size.
  std::uint64_t keep_whole = 4096;
  // Of what is cut. kSampled hashes transfers whole that are no longer than a block.
  DigestKind digest = DigestKind::kSampled;
  // Added to every time: since the epoch, when the trace shall say when it was made.
  Duration start{};
};

struct RecorderStatistics {
  std::uint64_t events = 0;
  std::uint64_t bytes_to_phone = 0;
  std::uint64_t bytes_to_host = 0;
  std::uint64_t bytes_cut = 0;
};

class EventRecorder {
 public:
  // `writer` must outlive the recorder, and is used by it alone.
  EventRecorder(TraceWriter& writer, const RecorderOptions& options);

  // A transfer that ended well. `latency` is how long it took; `time` when it ended.
  void Transfer(Direction direction, ByteSpan data, Duration time, Duration latency);
  // A transfer that ended badly. `data` is what still arrived at the host, or what the host offered
  // to the phone; `text` says more.
  void Failed(Direction direction, Failure failure, ByteSpan data, std::string_view text,
              Duration time, Duration latency);
  void Attached(std::optional<protocol::UsbId> usb_id, Duration time);
  void Detached(Duration time);
  void Phase(std::string_view name, Duration time);
  void Comment(std::string_view text, Duration time);

  // From now on nothing is cut, or again what the options say. For what a replay cannot do without,
  // such as partition tables.
  void KeepAll(bool keep);

  // Writes out what is buffered. The first error of the whole recording, if there was one. May be
  // called more than once.
  Result<void> Finish();
  // The error that ended the recording, if one has.
  std::optional<Error> error() const;
  RecorderStatistics statistics() const;

 private:
  // All of these with mutex_ held.
  void Begin(EventKind kind, Duration time);
  // What a transfer is.
  struct Seen {
    bool large = false;             // it is to be cut as the options say
    bool flash = false;             // all of it is data of a packet of an agent
    std::size_t checksum_from = 0;  // it is such data up to here, and the checksum; 0: it is not
  };
  Seen Look(EventKind kind, Direction direction, ByteSpan data);
  void Put(Direction direction, ByteSpan data, Duration time, Duration latency, const Seen& seen);
  void Keep(ByteSpan data, bool large);
  bool Join(ByteSpan data, Duration time, const Seen& seen);
  void WriteHeld();
  void Note(EventKind kind, std::string_view text, Duration time);
  void Write();
  void Stop(Error error);

  TraceWriter& writer_;
  const RecorderOptions options_;
  mutable std::mutex mutex_;
  Event event_;           // used again and again, so that recording does not allocate
  Event head_;            // the first bytes of a transfer, for the tracker
  bool held_ = false;     // event_ may be continued, and is not written yet
  PayloadDigest digest_;  // of all bytes
  PayloadDigest sampled_digest_;
  PayloadDigest* digest_of_event_ = nullptr;  // one of these
  Duration last_time_{};
  // Of transfers in one direction since one in the other.
  std::uint64_t run_bytes_ = 0;
  std::optional<Direction> run_direction_;
  ReadTracker tracker_;
  bool keep_all_ = false;
  RecorderStatistics statistics_;
  std::optional<Error> error_;
};

}  // namespace mtkrig::traces
