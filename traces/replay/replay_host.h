#pragma once

// ReplayHost: plays the recorded host against any phone, in software or real, and reports the first
// answer that differs from the recorded one. This is how a capture of any tool tests the emulator.
//
// It sends the recorded bytes as they are. Whoever lets it talk to a real phone puts a read-only
// guard between, whose refusal (kWriteRefused) ends the replay.
//
// Answers are compared as a stream: how they are split does not count. Of answers that were cut,
// the kept bytes and the digest are compared. A difference beside a gap says nothing of the phone:
// what the recording lost is noticed by what follows, so the gap stands behind it. Time-outs of the
// recorded host are passed over, its other failures must happen again. A handshake that the
// recording says to be missing in front of all else is supplied, and READY in front of its answers
// passed over.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/transport.h"
#include "traces/model/trace_stream.h"
#include "traces/replay/loosening_hint.h"
#include "traces/replay/recorded_transfer.h"
#include "traces/replay/script.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {

struct ReplayHostOptions {
  Duration write_timeout = std::chrono::seconds(5);
  Duration reply_timeout = std::chrono::seconds(5);
  Duration reconnect_timeout = std::chrono::seconds(30);
  ReplaySettings settings = {};
};

struct AnswerDifference {
  std::uint64_t packet = 0;  // as Event::packet
  std::uint64_t at = 0;      // in its data
  std::string phase = {};
  // "packet 57 (phase "stage 1"): ... at byte 3 of 16: expected .., received ..", and how far into
  // the session.
  std::string message = {};
  // What the recording lost elsewhere, before (where gaps are ignored) or further on: it may be
  // why.
  std::string gap = {};
  // Which loosening would pass over it, if one would.
  LooseningHint loosening = {};
};

struct ReplayHostReport {
  std::optional<AnswerDifference> difference;
  std::uint64_t transfers = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_compared = 0;
  // Of answers that were neither kept nor have a digest, or that a redaction left out.
  std::uint64_t bytes_unseen = 0;
  // Of what was sent and of answers: compared by samples only.
  ContentChecks checks;
  // Still there to be read at the end: the recorded host may have stopped early.
  std::uint64_t bytes_left = 0;
  std::uint64_t reconnections = 0;
  std::uint64_t failures_passed_over = 0;
  // Entries of the side file that speak of nothing in the recording; none with a difference.
  std::vector<SideFileSlip> slips;
  // That the recording says to be missing, and that were sent and answered all the same. What was
  // answered is none of `bytes_compared`.
  std::uint64_t handshakes_supplied = 0;
  Duration duration{};
};

class ReplayHost {
 public:
  // `device` must outlive the replay, and stand where the recording begins.
  ReplayHost(std::unique_ptr<TraceReader> reader, protocol::Transport& device,
             ReplayHostOptions options);

  // Plays to the first difference or to the end; once. Errors: kInvalidInput for a trace that
  // cannot be read, has a gap, also close behind a difference, or lacks bytes that the host sent;
  // kCancelled, kWriteRefused and whatever else is no answer of the phone.
  Result<ReplayHostReport> Run();

 private:
  Result<void> Play(ScriptItem item);
  Result<void> LookForGap();
  Result<void> Send(ScriptItem item);
  Result<void> SendCut(const ScriptItem& item);
  Result<void> SendBytes(const ScriptItem& item, ByteSpan bytes);
  Result<void> Receive(ScriptItem item);
  Result<std::size_t> ReadAnswer(std::span<std::uint8_t> room, const ScriptItem& item);
  Result<std::size_t> ReadSupplied(std::span<std::uint8_t> room, bool first);
  Result<void> ExpectFailure(const ScriptItem& item);
  Result<void> Attach(const ScriptItem& item);
  std::uint64_t MarkBlanked(ScriptItem& item) const;
  static std::size_t DropReady(std::span<std::uint8_t> bytes);
  void CountWhatIsLeft();
  bool ready_may_differ() const;

  void Differ(const ScriptItem& item, std::uint64_t at, const std::string& what);
  void Hint(ReplayDifference difference, const ScriptItem& item, bool shaken_hands);
  // A failure of the line is an answer, too; every other error is returned.
  Result<void> DifferOrFail(const ScriptItem& item, std::uint64_t at, Error error,
                            const std::string& doing);

  ReplayHostOptions options_;
  protocol::Transport& device_;
  Script script_;
  ReplayHostReport report_;
  std::vector<std::uint8_t> buffer_;
  bool attached_ = false;
  bool shaken_hands_ = false;
};

}  // namespace mtkrig::traces
