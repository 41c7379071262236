// Between pass 1 and pass 2 of a redaction, where something was not understood: which of it is left
// out.
//
// What was not understood is what has no role, and what the phone sent in steps that did not end
// well: these may have been taken for something that they are not. A run of it goes up to where the
// other side spoke, because opcodes, echoes, acks and statuses are at most 4 bytes each and come in
// turn, while every identity comes in one piece.

#include <algorithm>
#include <array>
#include <utility>

#include "traces/redact/redact_plan.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kLongestEcho = 8;
constexpr std::size_t kToHostSide = 1;
// Of the newer agents: ef ee ee fe, a type and a length, of 32 bits each. It says nothing of a
// phone.
constexpr std::array<std::uint8_t, 4> kPacketMagic = {0xef, 0xee, 0xee, 0xfe};
constexpr std::size_t kPacketHeader = 12;

// How many bytes of a header of a packet stand at the start.
std::size_t HeaderOf(ByteSpan bytes) {
  if (bytes.size() < kPacketHeader) return 0;
  const bool magic = std::equal(kPacketMagic.begin(), kPacketMagic.end(), bytes.begin());
  const auto type = protocol::Load<std::uint32_t>(bytes.subspan(4, 4), protocol::Endian::kLittle);
  const auto length = protocol::Load<std::uint32_t>(bytes.subspan(8, 4), protocol::Endian::kLittle);
  // Types are small, and so are the packets that come in answers.
  return magic && type < 16 && length <= (std::uint32_t{1} << 20) ? kPacketHeader : 0;
}

class UnknownFinder {
 public:
  UnknownFinder(RedactPlan& plan, RedactReport& report) : plan_(plan), report_(report) {}

  void Take(const RoledEvent& roled);
  void Finish();

 private:
  struct Run {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::vector<std::uint8_t> front;  // at most kLongestEcho bytes
    std::uint64_t end() const { return offset + length; }
  };
  void TakeStretch(const RoledEvent& roled, const RoledBytes& stretch);
  void AddRun(std::size_t side, std::uint64_t at, std::uint64_t end, ByteSpan kept);
  void EndRun(std::size_t side);
  void EndLong(std::size_t side);

  RedactPlan& plan_;
  RedactReport& report_;
  Run runs_[2];
  ByteRange long_[2] = {};  // without a role, whatever the other side said in between
  std::vector<std::uint8_t> host_said_;
};

void UnknownFinder::Take(const RoledEvent& roled) {
  if (!IsInStream(roled.event) || roled.event.length == 0) return;
  const std::size_t side = DirectionIndex(roled.event.direction);
  EndRun(1 - side);
  for (const RoledBytes& stretch : roled.stretches) TakeStretch(roled, stretch);
  if (side != kToHostSide) {
    const auto& bytes = roled.event.bytes;
    const bool short_one = bytes.size() == roled.event.length && bytes.size() <= kLongestEcho;
    host_said_.clear();
    if (short_one) host_said_.assign(bytes.begin(), bytes.end());
  }
}

void UnknownFinder::TakeStretch(const RoledEvent& roled, const RoledBytes& stretch) {
  const std::size_t side = DirectionIndex(roled.event.direction);
  const bool unknown = stretch.span.role == Role::kUnknown;
  if (unknown) {
    ByteRange& whole = long_[side];
    if (whole.offset + whole.length != stretch.begin) EndLong(side);
    if (whole.length == 0) whole.offset = stretch.begin;
    whole.length += stretch.end - stretch.begin;
  } else {
    EndLong(side);
  }
  const bool doubtful = stretch.span.role == Role::kProtocol && side == kToHostSide;
  if (!unknown && !doubtful) return EndRun(side);
  // A stretch of protocol may belong to several steps.
  std::uint64_t at = stretch.begin;
  while (at < stretch.end) {
    const bool in = unknown || plan_.broken.Covers(at);
    std::uint64_t end = unknown ? stretch.end : at + 1;
    while (end < stretch.end && plan_.broken.Covers(end) == in) ++end;
    if (in) {
      const ByteSpan bytes = roled.event.bytes;
      const auto first = std::min<std::size_t>(at - roled.start, bytes.size());
      const auto last = std::min<std::size_t>(end - roled.start, bytes.size());
      AddRun(side, at, end, bytes.subspan(first, last - first));
    } else {
      EndRun(side);
    }
    at = end;
  }
}

void UnknownFinder::AddRun(std::size_t side, std::uint64_t at, std::uint64_t end, ByteSpan kept) {
  Run& run = runs_[side];
  if (run.end() != at) EndRun(side);
  if (const std::size_t header = HeaderOf(kept); header > 0) {
    EndRun(side);
    at += header;
    kept = kept.subspan(header);
    if (at == end) return;
  }
  if (run.length == 0) run.offset = at;
  const std::size_t room = kLongestEcho - std::min<std::uint64_t>(kLongestEcho, run.length);
  // Behind bytes that were cut, `front` has the wrong ones, which are no echo.
  run.front.insert(run.front.end(), kept.begin(),
                   kept.begin() + static_cast<std::ptrdiff_t>(std::min(room, kept.size())));
  run.length += end - at;
}

void UnknownFinder::EndRun(std::size_t side) {
  Run run = std::exchange(runs_[side], Run());
  if (run.length == 0) return;
  ++report_.unknown_places;
  const bool echo = side == kToHostSide && !host_said_.empty() &&
                    run.front.size() >= host_said_.size() &&
                    std::equal(host_said_.begin(), host_said_.end(), run.front.begin());
  if (echo) {
    run.offset += host_said_.size();
    run.length -= host_said_.size();
  }
  if (run.length > kLongUnknown) plan_.unknown[side].Add({run.offset, run.length});
}

void UnknownFinder::EndLong(std::size_t side) {
  const ByteRange whole = std::exchange(long_[side], ByteRange{});
  if (whole.length > kLongUnknownTalk) plan_.unknown[side].Add(whole);
}

void UnknownFinder::Finish() {
  for (const std::size_t side : {0U, 1U}) {
    EndRun(side);
    EndLong(side);
    plan_.unknown[side].Sort();
  }
}

}  // namespace

Result<void> FindUnknown(RoleFeed& feed, RedactPlan& plan, RedactReport& report) {
  UnknownFinder finder(plan, report);
  while (true) {
    TRY_ASSIGN(const auto roled, feed.Next());
    feed.TakeSteps();
    if (!roled.has_value()) break;
    finder.Take(*roled);
  }
  finder.Finish();
  return protocol::Ok();
}

}  // namespace mtkrig::traces
