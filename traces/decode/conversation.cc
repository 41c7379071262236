#include "traces/decode/conversation.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtkrig::traces {
namespace {

// What is summed and hashed at a time, so that it stays in the processor's first caches.
constexpr std::size_t kChunk = std::size_t{16} << 10;
// Transfers that wait; each takes memory even if it has a single byte.
constexpr std::size_t kMaxTransfers = 4096;

std::string_view SideName(Direction direction) {
  return direction == Direction::kToHost ? "the phone" : "the host";
}

std::string_view KnowledgeName(Knowledge knowledge) {
  return knowledge == Knowledge::kAny ? "any" : "cut";
}

}  // namespace

Conversation::Conversation(const Options& options)
    : steps_(options.steps),
      summing_(options.sums),
      collect_spans_(options.spans),
      listener_(options.listener) {}

void Conversation::Hex(std::string_view name, std::optional<std::uint64_t> value, FieldKind kind) {
  Field(name, value ? fmt::format("{:#x}", *value) : std::string(missing_), kind);
}

void Conversation::Count(std::string_view name, std::optional<std::uint64_t> value,
                         FieldKind kind) {
  Field(name, value ? fmt::format("{}", *value) : std::string(missing_), kind);
}

void Conversation::Recount(std::string_view name, std::uint64_t value, FieldKind kind) {
  steps_.SetField(name, fmt::format("{}", value), kind);
}

void Conversation::Push(const Event& event) {
  queue(event.direction).Push(event, ++sequence_);
}

bool Conversation::TakeAtOnce(const Event& event) {
  const bool waited_for = waiter_ != nullptr && wait_.kind == WaitKind::kData &&
                          data_.direction == event.direction && event.length <= data_left_ &&
                          available(event.direction) == 0;
  if (!waited_for || event.cut() || !event.any.empty()) return false;
  const Piece piece = {.bytes = event.bytes,
                       .length = event.length,
                       .knowledge = Knowledge::kKnown,
                       .sequence = ++sequence_,
                       .packet = event.packet,
                       .time = event.time};
  CountPiece(event.direction, piece, data_options_.role, data_options_.content);
  data_left_ -= piece.length;
  AddData(piece);
  return true;
}

void Conversation::Keep() {
  queues_[0].Keep();
  queues_[1].Keep();
}

bool Conversation::Overfull() const {
  return std::any_of(queues_.begin(), queues_.end(), [](const ByteQueue& queue) {
    return queue.kept_bytes() > kMaxPending || queue.transfers() > kMaxTransfers;
  });
}

bool Conversation::WaitsInVain() const {
  return wait_.kind != WaitKind::kAny && wait_.direction == Direction::kToHost &&
         available(Direction::kToHost) == 0;
}

bool Conversation::StartWaiting(const Wait& wait) {
  wait_ = wait;
  return Advance() == Progress::kResume;
}

Conversation::Progress Conversation::Advance() {
  const std::uint64_t there = available(wait_.direction);
  switch (wait_.kind) {
    case WaitKind::kBytes:
      return there >= wait_.count ? Progress::kResume : Progress::kWaiting;
    case WaitKind::kKnown:
      if (there < wait_.count) return Progress::kWaiting;
      if (queue(wait_.direction).Know(wait_.count) == Knowledge::kKnown) return Progress::kResume;
      broken_ = fmt::format("{} was cut, and what follows depends on it", wait_.what);
      return Progress::kBroken;
    case WaitKind::kExpect:
      return there >= wait_.count ? CheckExpected() : Progress::kWaiting;
    case WaitKind::kData:
      return AdvanceData() ? Progress::kResume : Progress::kWaiting;
    case WaitKind::kAny:
      return available(Direction::kToHost) + available(Direction::kToPhone) > 0
                 ? Progress::kResume
                 : Progress::kWaiting;
    case WaitKind::kNever:
      break;
  }
  return Progress::kBroken;
}

Conversation::Progress Conversation::CheckExpected() {
  std::array<std::uint8_t, 8> found{};
  const auto size = static_cast<std::size_t>(wait_.count);
  const std::size_t known = Look(wait_.direction, std::span(found).first(size));
  if (std::equal(found.begin(), found.begin() + known, wait_.expected.begin())) {
    return Progress::kResume;
  }
  broken_ = fmt::format("{}: {} sent {}, not {}", wait_.what, SideName(wait_.direction),
                        protocol::ToHex(ByteSpan(found).first(size)),
                        protocol::ToHex(ByteSpan(wait_.expected).first(size)));
  return Progress::kBroken;
}

Direction Conversation::FirstDirection() const {
  const ByteQueue& phone = queue(Direction::kToHost);
  const ByteQueue& host = queue(Direction::kToPhone);
  if (host.available() == 0) return Direction::kToHost;
  if (phone.available() == 0) return Direction::kToPhone;
  return phone.front_sequence() < host.front_sequence() ? Direction::kToHost : Direction::kToPhone;
}

Piece Conversation::TakePiece(Direction direction, std::uint64_t most, Role role, bool content) {
  const Piece piece = queue(direction).Take(most);
  CountPiece(direction, piece, role, content);
  return piece;
}

// As belonging to the step.
void Conversation::CountPiece(Direction direction, const Piece& piece, Role role, bool content) {
  if (!steps_.open()) Begin(Layer::kUnknown, "unknown");
  steps_.Add(direction, piece);
  if (collect_spans_) AddSpan(direction, piece.length, role);
  if (listener_ != nullptr) {
    listener_->OnTaken({direction, taken_[Index(direction)], piece, role, content});
  }
  taken_[Index(direction)] += piece.length;
  last_packet_ = piece.packet;
}

void Conversation::AddRest(Direction direction, const Piece& piece, Role role) {
  const Step& step = steps_.step();
  const std::uint64_t taken =
      direction == Direction::kToPhone ? step.bytes_to_phone : step.bytes_to_host;
  steps_.AddRest(direction, role == Role::kIdentity, piece, taken - piece.length);
}

void Conversation::Rest(Direction direction, ByteSpan bytes, std::uint64_t from, Role role) {
  if (!steps_.open()) return;
  const Step& step = steps_.step();
  const std::uint64_t of_step =
      direction == Direction::kToPhone ? step.bytes_to_phone : step.bytes_to_host;
  const std::uint64_t began = taken_[Index(direction)] - of_step;
  const Piece piece = {.bytes = bytes, .length = bytes.size(), .packet = last_packet_};
  steps_.AddRest(direction, role == Role::kIdentity, piece, from - began);
}

void Conversation::AddSpan(Direction direction, std::uint64_t length, Role role) {
  const std::uint64_t offset = taken_[Index(direction)];
  std::size_t& last = last_span_[Index(direction)];
  if (last != 0) {
    Span& span = spans_[last - 1];
    // A checksum that came in two transfers is one span; the next one is another.
    const bool other = role == Role::kChecksum && span.length >= sizeof(std::uint16_t);
    if (span.role == role && !other) {
      span.length += length;
      return;
    }
  }
  Span span;
  span.direction = direction;
  span.offset = offset;
  span.length = length;
  span.role = role;
  spans_.push_back(span);
  last = spans_.size();
}

void Conversation::TakeSpans(std::vector<Span>& spans) {
  spans.insert(spans.end(), spans_.begin(), spans_.end());
  spans_.clear();
  last_span_ = {0, 0};
}

Knowledge Conversation::PopBytes(Direction direction, std::uint64_t count,
                                 std::span<std::uint8_t> out, const Use& use) {
  Knowledge least = Knowledge::kKnown;
  std::size_t written = 0;
  bool told = use.told;
  for (bool first = true; count > 0; first = false) {
    const Piece piece = TakePiece(direction, count, use.role, false);
    const bool missing = piece.knowledge != Knowledge::kKnown;
    count -= piece.length;
    // A field cannot tell what is there in part.
    if (first && told) {
      told = !missing && (count == 0 || queue(direction).Know(count) == Knowledge::kKnown);
    }
    if (!told && !(use.told && missing)) AddRest(direction, piece, use.role);
    least = std::max(least, piece.knowledge);
    const std::size_t room = std::min(out.size() - written, piece.bytes.size());
    std::copy_n(piece.bytes.begin(), room, out.begin() + static_cast<std::ptrdiff_t>(written));
    written += room;
  }
  if (least != Knowledge::kKnown) missing_ = KnowledgeName(least);
  return least;
}

Conversation::DataAwaiter Conversation::Take(Direction direction, std::uint64_t length,
                                             const DataOptions& options) {
  data_ = Data{};
  data_.direction = direction;
  data_.offset = taken_[Index(direction)];
  data_.length = length;
  data_.sum_kind = options.sum;
  data_left_ = length;
  data_options_ = options;
  data_options_.keep = std::min(options.keep, kMaxKept);
  running_sum_ = RunningSum(summing_ ? options.sum : Span::Sum::kNone);
  return {{this, {WaitKind::kData, direction, length, {}, {}}}};
}

bool Conversation::AdvanceData() {
  const Direction direction = data_.direction;
  while (data_left_ > 0 && available(direction) > 0) {
    const Piece piece = TakePiece(direction, data_left_, data_options_.role, data_options_.content);
    data_left_ -= piece.length;
    AddData(piece);
  }
  if (data_left_ > 0) return false;
  if (data_.whole && summing_) data_.sum = running_sum_.value();
  return true;
}

void Conversation::AddData(const Piece& piece) {
  const bool elsewhere = data_options_.content || data_options_.passed_over;
  if (piece.knowledge != Knowledge::kKnown) {
    if (data_options_.content) {
      steps_.AddMissingContent(piece);
    } else if (!elsewhere && !data_options_.told) {
      AddRest(data_.direction, piece, data_options_.role);
    } else if (!elsewhere && data_.whole) {
      Rest(data_.direction, data_.bytes, data_.offset, data_options_.role);
    }
    data_.whole = false;
    missing_ = KnowledgeName(piece.knowledge);
    return;
  }
  if (data_.whole && data_.bytes.size() < data_options_.keep) {
    const std::size_t room = std::min(data_options_.keep - data_.bytes.size(), piece.bytes.size());
    data_.bytes.insert(data_.bytes.end(), piece.bytes.begin(),
                       piece.bytes.begin() + static_cast<std::ptrdiff_t>(room));
  }
  if (!elsewhere && (!data_options_.told || !data_.whole)) {
    AddRest(data_.direction, piece, data_options_.role);
  }
  for (ByteSpan rest = piece.bytes; !rest.empty();) {
    const ByteSpan chunk = rest.first(std::min(kChunk, rest.size()));
    if (data_.whole) running_sum_.Update(chunk);
    if (data_options_.content) steps_.AddContent(chunk);
    rest = rest.subspan(chunk.size());
  }
}

std::optional<std::uint16_t> Conversation::TakeChecksum(Direction direction, const Data& data,
                                                        Endian endian) {
  std::array<std::uint8_t, sizeof(std::uint16_t)> bytes{};
  const Knowledge knowledge = PopBytes(direction, bytes.size(), bytes, {Role::kChecksum, true});
  if (collect_spans_) {
    Span& span = spans_[last_span_[Index(direction)] - 1];
    span.sum = data.sum_kind;
    span.endian = endian;
    span.covered_direction = data.direction;
    span.covered_offset = data.offset;
    span.covered_length = data.length;
  }
  // Some send the sum of the same bytes twice.
  std::uint64_t& summed_until = summed_until_[Index(data.direction)];
  const std::uint64_t newly_summed = data.offset < summed_until ? 0 : data.length;
  summed_until = data.offset + data.length;
  if (knowledge != Knowledge::kKnown) {
    steps_.AddMissingChecksum();
    return std::nullopt;
  }
  steps_.AddChecksum(bytes, newly_summed);
  const auto value = protocol::Load<std::uint16_t>(bytes, endian);
  if (data.sum && *data.sum != value) {
    Problem(Outcome::kFailed,
            fmt::format("the checksum is {:04x}, but the data sums to {:04x}", value, *data.sum));
  }
  return value;
}

Task<std::optional<std::uint32_t>> Conversation::LeadingChecksum(Direction direction, Span::Sum sum,
                                                                 Endian endian) {
  co_await Await(direction, sizeof(std::uint32_t));
  std::array<std::uint8_t, sizeof(std::uint32_t)> bytes{};
  const Knowledge knowledge = PopBytes(direction, bytes.size(), bytes, {Role::kChecksum, true});
  if (collect_spans_) {
    Span& span = spans_[last_span_[Index(direction)] - 1];
    span.sum = sum;
    span.endian = endian;
    span.covered_direction = direction;
    span.covered_offset = taken_[Index(direction)];
  }
  if (knowledge != Knowledge::kKnown) {
    steps_.AddMissingChecksum();
    co_return std::nullopt;
  }
  // It may be of anything that follows, so it counts for no bytes.
  steps_.AddChecksum(bytes, 0);
  co_return protocol::Load<std::uint32_t>(bytes, endian);
}

void Conversation::TakeAllUnknown() {
  if (available(Direction::kToHost) + available(Direction::kToPhone) == 0) return;
  Begin(Layer::kUnknown, "unknown");
  Problem(Outcome::kUnexpected, "nothing that is known fits");
  while (queues_[0].available() + queues_[1].available() > 0) {
    const Direction direction = FirstDirection();
    PopBytes(direction, TransferLeft(direction), {}, {Role::kUnknown, false});
  }
  End();
}

}  // namespace mtkrig::traces
