#pragma once

// Conversation: what a decoder of one protocol has before it: the two directions as streams of
// bytes, and the step that it is describing. Decoders are coroutines that read like the protocol's
// flow chart:
//
//   line.Begin(Layer::kBrom, "READ32");
//   co_await line.Host<std::uint8_t>();
//   const auto address = co_await line.Host<std::uint32_t>("address");
//   co_await line.Echo(address, "the address");
//   ...
//   line.End();
//
// A direction's bytes are taken in order; between the directions there is no order but the one in
// which the decoder asks, since hosts differ in it.
//
// A decoder that meets what does not fit is not resumed: its frame is destroyed, its step ends as
// unexpected, and the search for a new beginning starts. So co_await gives only what fits, and
// decoders check no errors. Values that were cut from the recording are empty optionals; where the
// flow depends on a value, KnownHost() and KnownPhone() give up instead.

#include <array>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/task.h"
#include "traces/decode/byte_queue.h"
#include "traces/decode/running_sum.h"
#include "traces/decode/step.h"
#include "traces/decode/step_builder.h"
#include "traces/decode/taken_bytes.h"

namespace mtkrig::traces {

using protocol::Endian;
using protocol::Task;

// Whom the host talks to.
enum class Partner : std::uint8_t {
  kUnknown,       // the trace began in the middle, or the phone came anew
  kDownloadMode,  // boot ROM or preloader, after the handshake
  kStage1,        // an agent was jumped to
  kAgent,         // legacy agent, stage 2
  kModernAgent,   // xflash or XML
};

// What decoders remember from one step to the next, also where one gave up. Decoders may add to it.
struct SessionState {
  Partner partner = Partner::kUnknown;
  std::optional<std::uint16_t> hw_code;
  std::optional<std::uint8_t> part;  // of the eMMC, as the legacy agent was last told
  // The phone was told to enumerate anew: the agent goes on behind it.
  bool expects_enumeration = false;
};

// No decoder may leave more than this of one direction untaken while it waits for the other.
inline constexpr std::size_t kMaxPending = std::size_t{64} << 10;
// The longest stretch that Take() gives back.
inline constexpr std::size_t kMaxKept = std::size_t{64} << 10;

struct DataOptions {
  Role role = Role::kProtocol;
  std::size_t keep = 0;  // how many bytes to give back, at most kMaxKept
  // Content of flash or an agent: counts for Step::content_bytes and Step::content_digest.
  bool content = false;
  Span::Sum sum = Span::Sum::kNone;  // what to compute on the way, for Checksum()
  // Fields tell all of it, or will. What is neither told nor content is part of Step::rest, and so
  // is what there is of something that no field can tell because some of it is missing.
  bool told = false;
  // It may be anything, and nobody compares it; or who takes it says himself what is no field.
  bool passed_over = false;
};

// A stretch of bytes that was taken.
struct Data {
  Direction direction = Direction::kToHost;
  std::uint64_t offset = 0;  // in the direction's stream
  std::uint64_t length = 0;
  bool whole = true;                // every byte's value is known
  std::vector<std::uint8_t> bytes;  // from the start, as many as were to be kept and are known
  Span::Sum sum_kind = Span::Sum::kNone;
  std::optional<std::uint16_t> sum;  // of all bytes, if whole and asked for
};

class Conversation {
 public:
  struct Options {
    StepBuilder::Options steps;
    bool sums = true;
    bool spans = false;
    TakenListener* listener = nullptr;
  };
  explicit Conversation(const Options& options);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() = default;

  SessionState& state() { return state_; }

  // --- The step: see step_builder.h. -------------------------------------------------------------

  // What is taken from now on belongs to this step. One that is still open ends.
  void Begin(Layer layer, std::string_view name) { steps_.Begin(layer, name); }
  void Rename(std::string_view name) { steps_.Rename(name); }
  void Field(std::string_view name, std::string_view value, FieldKind kind = FieldKind::kFact) {
    steps_.Field(name, value, kind);
  }
  // "0x201000"; "cut" or "any" for a value that the recording does not have.
  void Hex(std::string_view name, std::optional<std::uint64_t> value,
           FieldKind kind = FieldKind::kFact);
  // In decimal.
  void Count(std::string_view name, std::optional<std::uint64_t> value,
             FieldKind kind = FieldKind::kFact);
  // Like Count(), in place of the field that had this name before.
  void Recount(std::string_view name, std::uint64_t value, FieldKind kind);
  // How the step ends unless more is said. The first problem stays.
  void Problem(Outcome outcome, std::string_view text) { steps_.Problem(outcome, text); }
  void Incidental(bool incidental = true) { steps_.Incidental(incidental); }
  // From here on the step is whole, though more of it may come: what interrupts it is no problem.
  void Whole() { steps_.Whole(); }
  void End() { steps_.End(); }
  // What stands for the last value that the recording did not have: "cut" or "any".
  std::string_view missing() const { return missing_; }

  // --- Taking bytes. Every result is for one co_await at once; texts must outlive it. ------------

 private:
  enum class WaitKind : std::uint8_t { kBytes, kKnown, kExpect, kData, kAny, kNever };
  struct Wait {
    WaitKind kind = WaitKind::kNever;
    Direction direction = Direction::kToHost;
    std::uint64_t count = 0;
    std::array<std::uint8_t, 8> expected{};
    std::string_view what{};
  };
  struct Awaiter {
    Conversation* line;
    Wait wait;
    bool await_ready() const { return line->StartWaiting(wait); }
    void await_suspend(std::coroutine_handle<> self) const { line->waiter_ = self; }
    void await_resume() const {}
  };
  template <std::unsigned_integral T>
  struct NumberAwaiter : Awaiter {
    std::string_view name;
    Endian endian;
    Role role;
    bool told;
    std::optional<T> await_resume() const {
      return this->line->template Pop<T>(this->wait.direction, name, endian, {role, told});
    }
  };
  template <std::unsigned_integral T>
  struct KnownAwaiter : NumberAwaiter<T> {
    T await_resume() const { return NumberAwaiter<T>::await_resume().value_or(T{0}); }
  };
  struct ExpectAwaiter : Awaiter {
    void await_resume() const {
      const bool told = wait.kind == WaitKind::kExpect;
      line->PopBytes(wait.direction, wait.count, {}, {Role::kProtocol, told});
    }
  };
  struct DataAwaiter : Awaiter {
    Data await_resume() const { return std::move(line->data_); }
  };
  // No coroutine of its own: there is one behind each packet.
  struct ChecksumAwaiter : Awaiter {
    const Data* data;
    Endian endian;
    std::optional<std::uint16_t> await_resume() const {
      return line->TakeChecksum(wait.direction, *data, endian);
    }
  };
  struct FirstAwaiter : Awaiter {
    Direction await_resume() const { return line->FirstDirection(); }
  };

 public:
  // The next number of a side. With a name it becomes a field, in hex; otherwise it is part of
  // Step::rest.
  template <std::unsigned_integral T>
  NumberAwaiter<T> Host(std::string_view name = {}, Endian endian = Endian::kBig,
                        Role role = Role::kProtocol) {
    return {{this, {WaitKind::kBytes, Direction::kToPhone, sizeof(T)}},
            name,
            endian,
            role,
            !name.empty()};
  }
  template <std::unsigned_integral T>
  NumberAwaiter<T> Phone(std::string_view name = {}, Endian endian = Endian::kBig,
                         Role role = Role::kProtocol) {
    return {{this, {WaitKind::kBytes, Direction::kToHost, sizeof(T)}},
            name,
            endian,
            role,
            !name.empty()};
  }
  // The same of one that the caller makes a field of, all of its value, or that says nothing.
  template <std::unsigned_integral T>
  NumberAwaiter<T> ToldHost(Endian endian = Endian::kBig) {
    NumberAwaiter<T> awaiter = Host<T>({}, endian);
    awaiter.told = true;
    return awaiter;
  }
  template <std::unsigned_integral T>
  NumberAwaiter<T> ToldPhone(Endian endian = Endian::kBig) {
    NumberAwaiter<T> awaiter = Phone<T>({}, endian);
    awaiter.told = true;
    return awaiter;
  }
  // The same where the flow depends on the value: one that was cut ends the step. `what` names it
  // then; it does not become a field.
  template <std::unsigned_integral T>
  KnownAwaiter<T> KnownHost(std::string_view what, Endian endian = Endian::kBig) {
    return {{{this, {WaitKind::kKnown, Direction::kToPhone, sizeof(T), {}, what}},
             {},
             endian,
             Role::kProtocol,
             true}};
  }
  template <std::unsigned_integral T>
  KnownAwaiter<T> KnownPhone(std::string_view what, Endian endian = Endian::kBig) {
    return {{{this, {WaitKind::kKnown, Direction::kToHost, sizeof(T), {}, what}},
             {},
             endian,
             Role::kProtocol,
             true}};
  }
  // This very number; another one ends the step as unexpected. `what` names it.
  template <std::unsigned_integral T>
  ExpectAwaiter Expect(Direction direction, T value, std::string_view what,
                       Endian endian = Endian::kBig) {
    ExpectAwaiter awaiter{{this, {WaitKind::kExpect, direction, sizeof(T), {}, what}}};
    protocol::Store(std::span(awaiter.wait.expected).first(sizeof(T)), value, endian);
    return awaiter;
  }
  // The phone's echo of a number of the host's, of which the value may be unknown.
  template <std::unsigned_integral T>
  ExpectAwaiter Echo(std::optional<T> value, std::string_view what) {
    ExpectAwaiter awaiter = Expect(Direction::kToHost, value.value_or(T{0}), what);
    if (!value) awaiter.wait.kind = WaitKind::kBytes;
    return awaiter;
  }
  // What was taken as told, and is told by no field after all: a number, which was the last that
  // this side said; bytes of it, from there in the direction's stream.
  template <std::unsigned_integral T>
  void Rest(Direction direction, T value, Endian endian = Endian::kBig) {
    std::array<std::uint8_t, sizeof(T)> bytes{};
    protocol::Store(std::span(bytes), value, endian);
    Rest(direction, ByteSpan(bytes), taken_[Index(direction)] - sizeof(T), Role::kProtocol);
  }
  void Rest(Direction direction, ByteSpan bytes, std::uint64_t from, Role role);
  // `length` bytes, taken as they come; gigabytes do no harm.
  DataAwaiter Take(Direction direction, std::uint64_t length, const DataOptions& options = {});
  // What is left of the transfer in front of this direction. Requires that there is one.
  DataAwaiter TakeTransfer(Direction direction, const DataOptions& options = {}) {
    return Take(direction, TransferLeft(direction), options);
  }
  // A side's checksum behind `data`, of its sum_kind. Where all bytes are known it is compared: a
  // wrong one is a problem of the step.
  ChecksumAwaiter Checksum(Direction direction, const Data& data, Endian endian = Endian::kBig) {
    return {{this, {WaitKind::kBytes, direction, sizeof(std::uint16_t)}}, &data, endian};
  }
  // A side's checksum in front of the content that it sums, which follows in the same direction.
  Task<std::optional<std::uint32_t>> LeadingChecksum(Direction direction, Span::Sum sum,
                                                     Endian endian);
  // Which side has the next byte in order of arrival; waits until there is one.
  FirstAwaiter First() { return {{this, {WaitKind::kAny}}}; }
  // Waits until a side has `count` bytes to take.
  Awaiter Await(Direction direction, std::uint64_t count) {
    return {this, {WaitKind::kBytes, direction, count}};
  }
  // Ends the step as unexpected. Does not return.
  Awaiter Unexpected(std::string_view problem) {
    broken_ = problem;
    return {this, {WaitKind::kNever}};
  }

  // --- Looking, without taking or waiting. -------------------------------------------------------

  std::uint64_t available(Direction direction) const { return queue(direction).available(); }
  // Copies bytes of known value from the front; returns how many.
  std::size_t Look(Direction direction, std::span<std::uint8_t> out) const {
    return queue(direction).Look(out);
  }
  // Whether the next byte of a side begins a transfer, and how much is left of that transfer.
  bool AtTransferStart(Direction direction) const {
    return available(direction) > 0 && queue(direction).front_is_whole();
  }
  std::uint64_t TransferLeft(Direction direction) const {
    return available(direction) > 0 ? queue(direction).front_left() : 0;
  }

  // --- For StepDecoder. --------------------------------------------------------------------------

  enum class Progress : std::uint8_t {
    kWaiting,
    kResume,
    kBroken,  // the decoder must not go on: broken() says why
  };
  void Push(const Event& event);
  // Takes the transfer at once if it is some of the data that a decoder waits for, or the rest of
  // it. Most of a recording is. False if it has to be pushed.
  bool TakeAtOnce(const Event& event);
  // Whether more of the data that was waited for is to come.
  bool TakesMore() const { return data_left_ > 0; }
  // Once nothing more can be done with what was pushed: keeps what is left.
  void Keep();
  // Does as much of what is waited for as can be done.
  Progress Advance();
  std::coroutine_handle<> TakeWaiter() { return std::exchange(waiter_, nullptr); }
  const std::string& broken() const { return broken_; }
  // Whether a decoder waits for bytes of the phone, none of which are there.
  bool WaitsInVain() const;
  // Whether a direction has more waiting than a decoder may leave.
  bool Overfull() const;
  // Everything that waits becomes an unknown step.
  void TakeAllUnknown();
  StepBuilder& steps() { return steps_; }
  const StepBuilder& steps() const { return steps_; }
  void TakeSpans(std::vector<Span>& spans);
  // Bytes of both directions that were taken so far.
  std::uint64_t taken_bytes() const { return taken_[0] + taken_[1]; }

 private:
  static std::size_t Index(Direction direction) { return direction == Direction::kToHost ? 1 : 0; }
  ByteQueue& queue(Direction direction) { return queues_[Index(direction)]; }
  const ByteQueue& queue(Direction direction) const { return queues_[Index(direction)]; }

  bool StartWaiting(const Wait& wait);
  std::optional<std::uint16_t> TakeChecksum(Direction direction, const Data& data, Endian endian);
  Progress CheckExpected();
  Direction FirstDirection() const;
  Piece TakePiece(Direction direction, std::uint64_t most, Role role, bool content);
  void CountPiece(Direction direction, const Piece& piece, Role role, bool content);
  void AddRest(Direction direction, const Piece& piece, Role role);
  struct Use {
    Role role = Role::kProtocol;
    bool told = false;
  };
  // Takes `count` bytes that are there; their values go into `out` as far as it is long.
  Knowledge PopBytes(Direction direction, std::uint64_t count, std::span<std::uint8_t> out,
                     const Use& use);
  template <std::unsigned_integral T>
  std::optional<T> Pop(Direction direction, std::string_view name, Endian endian, const Use& use) {
    std::array<std::uint8_t, sizeof(T)> bytes{};
    std::optional<T> value;
    if (PopBytes(direction, sizeof(T), bytes, use) == Knowledge::kKnown) {
      value = protocol::Load<T>(bytes, endian);
    }
    if (!name.empty()) Hex(name, value);
    return value;
  }
  bool AdvanceData();
  void AddData(const Piece& piece);
  void AddSpan(Direction direction, std::uint64_t length, Role role);

  SessionState state_;
  StepBuilder steps_;
  std::array<ByteQueue, 2> queues_;  // by Index()
  std::array<std::uint64_t, 2> taken_ = {0, 0};
  std::uint64_t last_packet_ = 0;                       // of which bytes were taken
  std::array<std::uint64_t, 2> summed_until_ = {0, 0};  // by Checksum(), of taken_
  std::uint64_t sequence_ = 0;
  std::string_view missing_ = "cut";

  Wait wait_;
  std::coroutine_handle<> waiter_ = nullptr;
  std::string broken_;

  // Of kData.
  Data data_;
  std::uint64_t data_left_ = 0;
  DataOptions data_options_;
  RunningSum running_sum_;

  const bool summing_;
  const bool collect_spans_;
  TakenListener* const listener_;
  std::vector<Span> spans_;
  std::array<std::size_t, 2> last_span_ = {0, 0};  // index in spans_ plus one; 0 for none
};

}  // namespace mtkrig::traces
