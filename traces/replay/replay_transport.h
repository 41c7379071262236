#pragma once

// ReplayTransport: a recorded session as a phone. Strict: the host must send the bytes that were
// recorded, in their order; it gets the phone's recorded bytes once it has sent all that preceded
// them. Transfers may be split and joined otherwise, unless the settings' `exact` says no.
//
//  * What the recorded line did to the host, it does again: time-outs, stalls, disconnections,
//    phones that enumerate anew.
//  * A host that reads where the recorded phone waited for it gets a time-out.
//  * A host that sends something else gets kProtocol, which names packet, phase and the bytes; from
//    then on every call repeats that error. So does a gap, and content that is not what was
//    recorded (kInvalidInput).
//  * Behind the end of the recording there is kDisconnected.
//  * A time-out in the recording is the phone's silence for as long as it lasted; one without a
//    duration lasts as long as the host waits.
//
// Time is virtual: waiting costs none. With ReplayTiming::kRecorded the phone's bytes come no
// earlier than they did, counted from the host's last ones.

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/transport.h"
#include "traces/model/trace_stream.h"
#include "traces/replay/loosening_hint.h"
#include "traces/replay/packet_sum.h"
#include "traces/replay/recorded_transfer.h"
#include "traces/replay/script.h"
#include "traces/replay/side_file.h"
#include "traces/replay/virtual_clock.h"
#include "traces/replay/watchdog_answerer.h"

namespace mtkrig::traces {

struct ReplayOptions {
  std::string moniker = "replay";
  // Where hints say that a loosening belongs.
  std::string side_file = "the trace's side file (.replay.yaml)";
  // Must outlive the transport. Null: virtual time without timing, the machine's time with it.
  protocol::Clock* clock = nullptr;
  // Of the side file, with what it says of exactness and timing.
  ReplaySettings settings = {};
};

class ReplayTransport final : public protocol::Transport {
 public:
  // Reads up to the first transfer. kInvalidInput for a trace that cannot be read, or that holds
  // nothing to replay.
  static Result<std::unique_ptr<ReplayTransport>> Open(std::unique_ptr<TraceReader> reader,
                                                       ReplayOptions options);

  protocol::Clock& clock() override { return *clock_; }
  protocol::TransportInfo info() const override;

  // Whether the host has done all that the recorded one did: kProtocol with what it left out. The
  // phone's bytes may be left unread.
  Result<void> CheckFinished();
  // What ended the replay, if something has: the host did something else than the recorded one, the
  // recording has a gap, or content is not what was recorded.
  const std::optional<Error>& broken() const { return broken_; }
  const ScriptProgress& progress() const { return script_->progress(); }
  const std::string& phase() const { return script_->phase(); }
  // Bytes of the host that were taken without a look: neither content nor digest was recorded.
  std::uint64_t unseen_bytes() const { return unseen_; }
  // Which entries of the side file speak of nothing in the recording. Once CheckFinished() has
  // found nothing left out: what was not reached is not known.
  std::vector<SideFileSlip> slips() const { return script_->slips(); }
  const std::string& side_file() const { return options_.side_file; }
  // How those were checked that the recording does not have.
  const ContentChecks& checks() const { return checks_; }

 private:
  // Something for the host to read, in the order of the recording.
  struct Incoming {
    ScriptItem item;
    std::size_t given = 0;
    std::size_t memory = 0;               // that it takes, as far as the recording chooses it
    std::unique_ptr<CutPayload> payload;  // of a transfer that was cut
    Duration silence{};                   // of a time-out: how much of it is left
    protocol::TimePoint due;              // with recorded timing
    std::uint64_t left() const { return item.event.length - given; }
  };

  explicit ReplayTransport(ReplayOptions options);

  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  // Reading.
  // Apart from DoReadSome(), which is short without it.
  [[gnu::noinline]] Result<std::size_t> ReadQueued(std::span<std::uint8_t> buffer,
                                                   Duration timeout);
  Result<bool> FetchIncoming();
  Incoming& Append();
  void DropFront();
  void Queue(Incoming& incoming);
  void QueueBytes(std::vector<std::uint8_t> bytes);
  bool DropAnswered(Event& event);
  Result<std::size_t> Give(std::span<std::uint8_t> buffer, protocol::TimePoint deadline);
  Result<void> CheckSum(const std::vector<PayloadPiece>& pieces, const Event& event);
  Result<bool> EndSilence(protocol::TimePoint deadline);
  Error TakeFailure();
  Result<std::size_t> NothingToRead(protocol::TimePoint deadline, Duration timeout);
  // Sleeps until `until`, but not beyond `deadline`, and notices cancellation meanwhile. True when
  // `until` is reached.
  Result<bool> WaitUntil(protocol::TimePoint until, protocol::TimePoint deadline);

  bool exact() const { return options_.settings.loosenings.exact; }
  bool keeps_time() const { return options_.settings.loosenings.timing == ReplayTiming::kRecorded; }

  // Writing.
  Result<bool> FindTarget();
  Result<void> Match(ByteSpan data, Duration timeout);
  void TakeTarget();
  Result<void> MatchTarget(ByteSpan& data);
  Result<void> FailWrite(ByteSpan data, Duration timeout);
  Result<bool> Intercept(ByteSpan& data);
  Result<void> HandBack(const WatchdogAnswerer::Step& step, Duration timeout);

  Error Mismatch(std::string message, const LooseningHint& loosening = {}) const;
  // `goes_on`: what the host does there, as the message's end.
  Error EndOfRecording(std::string_view goes_on = {}) const;
  Error Left() const;
  // Keeps an error, which every later call repeats.
  Error Break(Error error);
  void SetPace();

  ReplayOptions options_;
  VirtualClock virtual_clock_;
  protocol::SteadyClock steady_clock_;
  protocol::Clock* clock_;
  std::unique_ptr<Script> script_;
  std::optional<protocol::UsbId> usb_id_;

  // The bytes of the last one may stand in the recording's reader; no others do.
  std::list<Incoming> incoming_;
  std::list<Incoming> spare_;  // their memory, to be used again
  std::size_t queued_bytes_ = 0;
  PacketSum packet_sum_;
  std::optional<RecordedTransfer> target_;
  ScriptItem spare_item_;  // memory for the next one
  bool left_ = false;      // the phone has left the bus
  std::optional<Error> broken_;
  std::uint64_t unseen_ = 0;
  ContentChecks checks_;

  WatchdogAnswerer watchdog_;
  std::vector<std::uint8_t> answered_;  // given already, to be dropped from the recorded answer

  Duration pace_recorded_{};
  protocol::TimePoint pace_clock_;
};

}  // namespace mtkrig::traces
