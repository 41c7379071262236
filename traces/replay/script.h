#pragma once

// Script: a recording as a replay goes through it. Notes, control transfers and empty transfers are
// passed over; phases are kept in mind; what a replayed side needs to know of an event is put
// beside it. Both replayed sides read their recording through it.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/model/trace_stream.h"
#include "traces/replay/cut_payload.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/last_bytes.h"
#include "traces/replay/read_tracker.h"
#include "traces/replay/side_file.h"
#include "traces/replay/side_file_matches.h"
#include "traces/replay/watchdog_filter.h"

namespace mtkrig::traces {

struct ScriptItem {
  Event event;
  std::string phase;
  // Of a handshake that the recording does not have (handshake_filter.h); what follows it has its
  // packet.
  bool supplied = false;
  // Of bytes to the host: what they are (read_tracker.h); empty where nothing is known of them.
  std::vector<PayloadPiece> pieces;
  // Of bytes to the host: where they begin in all that the recorded phone says (Loosenings).
  std::uint64_t stream_position = 0;
  // Of a transfer that was cut: how many cut bytes the phase has had before, in this direction.
  std::uint64_t phase_position = 0;
};

struct ScriptProgress {
  std::uint64_t events = 0;  // that count
  std::uint64_t bytes_to_phone = 0;
  std::uint64_t bytes_to_host = 0;
  Duration first_time{};
  Duration time{};  // of the event taken last
};

// Something that the recording lacks.
struct ScriptGap {
  std::uint64_t packet = 0;
  std::uint64_t offset = 0;
  std::string text;
  std::uint64_t transfers_before = 0;  // between where it was looked for from and where it stands
};

class Script {
 public:
  // `settings` must outlive the script.
  Script(std::unique_ptr<TraceReader> reader, const ReplaySettings& settings,
         WatchdogFilter::Mode watchdog_mode);

  // The next event that matters: bytes, a failure, an attachment or a detachment. Null at the end.
  // kInvalidInput for a gap, unless gaps are ignored, and for a trace that cannot be read.
  Result<const Event*> Peek() {
    if (!has_next_ && !Fetch() && failed_.has_value()) return *failed_;
    return has_next_ ? &next_ : nullptr;
  }
  // Takes what Peek() gave. The second form uses the item's memory again. The event's bytes may
  // stand in the reader until the next Peek(): who keeps it for longer says bytes.Own().
  ScriptItem Take();
  void Take(ScriptItem& item);
  // Takes the phone's next bytes without putting anything beside them, if they come next, all of
  // them were kept, and they are `most` at most: nearly all are. They stay until the next call, and
  // pieces() with them. Null, and nothing is taken, where something else comes next, if anything.
  const Event* TakeAnswer(std::size_t most) {
    if (!has_next_ && !Fetch()) return nullptr;
    const bool plain = next_.kind == EventKind::kBytes && next_.direction == Direction::kToHost &&
                       !next_.cut() && next_.length <= most;
    return plain ? TakeInPlace() : nullptr;
  }
  // The same for bytes of the host, if they are these and have no stretches of any content.
  bool TakeRequest(ByteSpan bytes) {
    if (!has_next_ && !Fetch()) return false;
    const bool plain = next_.kind == EventKind::kBytes && next_.direction == Direction::kToPhone &&
                       !next_.cut() && next_.any.empty() && next_.length == bytes.size() &&
                       std::equal(bytes.begin(), bytes.end(), next_.bytes.begin());
    if (plain) TakeInPlace();
    return plain;
  }
  // What TakeAnswer() took (read_tracker.h).
  const std::vector<PayloadPiece>& pieces() const { return *pieces_; }

  // Reads on to the next gap, also where gaps are ignored: a loss is noticed by what follows it, so
  // its mark may stand behind what it did. Takes everything in front of it; nothing if none is
  // left.
  Result<std::optional<ScriptGap>> FindGap();
  // The last one that was passed over, where gaps are ignored.
  const std::optional<ScriptGap>& last_gap() const { return last_gap_; }

  const std::string& phase() const { return phase_; }
  const ScriptProgress& progress() const { return progress_; }
  const SessionFacts& facts() const { return reader_->facts(); }
  // Whether the host has the word: nothing was taken of it since the phone's last bytes.
  bool host_begins() const { return !host_was_last_; }
  // Whether the recording is between handshake and JUMP_DA.
  bool in_boot_rom() const { return in_boot_rom_; }
  // What the host sent last, of what was taken: a few bytes.
  ByteSpan last_sent() const { return last_sent_.bytes(); }
  // Which entries of the side file speak of nothing in the recording. Once all of it was taken.
  std::vector<SideFileSlip> slips() const { return matches_.Slips(); }
  // The last byte that it sent alone: a command of boot ROM or preloader, and of others perhaps.
  std::optional<std::uint8_t> last_command() const { return last_command_; }
  // Null unless watchdog writes are ignored.
  const WatchdogFilter* watchdog() const { return watchdog_; }

  // "packet 57 (phase "stage 1")".
  static std::string Name(const ScriptItem& item);
  // "after 0x1a2 bytes to the phone and 0x30 from it, 0.012 s into the recording".
  std::string HowFar() const;

 private:
  // Reads up to the next event that matters. False at the end, and where reading failed.
  bool Fetch();
  Result<bool> PassOver(Event& event);
  const Event* TakeInPlace() {
    has_next_ = false;
    Count(next_);
    return &next_;
  }
  void Count(const Event& event);
  void FollowBootRom(const Event& event);
  void RememberSent(const Event& event);

  const Loosenings& loosenings_;
  SideFileMatches matches_;
  std::unique_ptr<TraceReader> reader_;
  const WatchdogFilter* watchdog_ = nullptr;
  const HandshakeFilter* handshake_ = nullptr;
  ReadTracker tracker_;
  const std::vector<PayloadPiece> no_pieces_;
  const std::vector<PayloadPiece>* pieces_ = &no_pieces_;  // of what was taken last
  Event next_;
  bool has_next_ = false;
  bool next_supplied_ = false;
  bool ended_ = false;
  std::optional<Error> failed_;      // where reading ended
  std::uint64_t heard_ = 0;          // of the phone, next_ included
  std::uint64_t next_position_ = 0;  // in that, of next_
  std::uint64_t number_ = 0;         // of events read, for traces without numbers
  std::string phase_;
  std::uint64_t cut_to_phone_ = 0;
  std::uint64_t cut_to_host_ = 0;
  ScriptProgress progress_;
  std::optional<ScriptGap> last_gap_;
  bool host_was_last_ = false;
  bool in_boot_rom_ = false;
  std::optional<std::uint8_t> last_of_host_;  // when the answer to it leads somewhere else
  LastBytes last_sent_;
  std::optional<std::uint8_t> last_command_;
};

}  // namespace mtkrig::traces
