#pragma once

// EventRecorder: turns what happens on a line into the events of a trace, whoever sees it: the
// decorator of a Transport (recording_transport.h) or a server that stands in the phone's place.
//
// A trace that cannot be written must not end the session that it records, nor pass unnoticed: the
// first error is kept, nothing more is recorded, and Finish() reports it.
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
  // keeps everything. What is no longer than 64 bytes is never cut. Where a transfer that is cut
  // ends in the checksum of a packet of flash content, as on a real line, that becomes a transfer
  // of its own, and is kept.
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
  bool Cuts(ByteSpan data) const;
  void Keep(ByteSpan data, bool cut);
  std::size_t CountRun(ByteSpan data);
  void Note(EventKind kind, std::string_view text, Duration time);
  void Write();
  void Stop(Error error);

  TraceWriter& writer_;
  const RecorderOptions options_;
  mutable std::mutex mutex_;
  Event event_;           // used again and again, so that recording does not allocate
  PayloadDigest digest_;  // of all bytes
  PayloadDigest sampled_digest_;
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
