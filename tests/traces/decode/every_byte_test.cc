// What compares recordings sees every byte: each byte of a session of each agent is changed, and
// the changed session compared with the original. What may change unseen stands in kUnseen, and in
// traces/README.md.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/traces/decode/modern_testing.h"
#include "traces/decode/step_diff.h"

namespace mtkrig::traces {
namespace {

// Of a transfer that is longer, some bytes stand for the others: its content is one digest.
constexpr std::size_t kLongTransfer = 512;
constexpr std::size_t kStride = 251;

struct Unseen {
  std::string_view layer;
  std::string_view step;
  std::string_view side;  // that says it
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // first that is seen again
  std::string_view why;
};
constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::array kUnseen = std::to_array<Unseen>({
    {"handshake", "READY", "phone", 0, kAll, "READY"},
    {"boot ROM", "WRITE16", "phone", 0xa, 0xb, "a watchdog write: which status of success"},
    {"boot ROM", "WRITE16", "phone", 0xe, 0xf, "a watchdog write: which status of success"},
    {"boot ROM", "WRITE32", "phone", 0xa, 0xb, "a watchdog write: which status of success"},
    {"boot ROM", "WRITE32", "phone", 0x10, 0x11, "a watchdog write: which status of success"},
    {"agent", "USB_CHECK_STATUS", "phone", 1, 2, "polling: the speed"},
    {"agent", "READ", "host", 1, 2, "the host's operating system"},
    {"xflash", "SETUP_ENVIRONMENT", "host", 0x1c, 0x28, "the host's log level, channel, system"},
    {"agent", "NAND_READPAGE", "host", 1, 2, "the host's operating system"},
});

const Unseen* FindUnseen(const Step& step, Direction direction, std::uint64_t offset) {
  const std::string_view side = direction == Direction::kToPhone ? "host" : "phone";
  for (const Unseen& unseen : kUnseen) {
    if (LayerName(step.layer) == unseen.layer && step.name == unseen.step && side == unseen.side &&
        offset >= unseen.from && offset < unseen.to) {
      return &unseen;
    }
  }
  return nullptr;
}

// Values in the texts of the xml agent: what the host makes up, and how far the phone is.
bool IsOpenText(const Event& event, std::size_t at) {
  const std::string before(event.bytes.begin(),
                           event.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  if (before.starts_with("OK!PROGRESS@")) return event.bytes[at] != 0;
  const std::size_t end = before.rfind('>');
  const std::size_t begin = before.rfind('<');
  if (end == std::string::npos || begin == std::string::npos || begin > end) return false;
  const std::string tag = before.substr(begin, end + 1 - begin);
  const bool open = tag == "<target_file>" || tag == "<source_file>" || tag == "<info>";
  return open && event.bytes[at] != '<';
}

// Gives what stands in a vector that outlives it.
class EventsReader : public TraceReader {
 public:
  explicit EventsReader(const std::vector<Event>& events) : events_(events) {}
  const SessionFacts& facts() const override { return facts_; }
  Result<std::optional<Event>> Next() override {
    if (at_ == events_.size()) return std::optional<Event>();
    return std::optional<Event>(events_[at_++]);
  }

 private:
  const std::vector<Event>& events_;
  SessionFacts facts_;
  std::size_t at_ = 0;
};

bool IsDifferent(const std::vector<Event>& a, const std::vector<Event>& b) {
  EventsReader trace_a(a);
  EventsReader trace_b(b);
  StepReader reader_a(trace_a, {.excerpts = false});
  StepReader reader_b(trace_b, {.excerpts = false});
  StepDiff diff(reader_a, reader_b, {});
  const auto difference = diff.Next();
  EXPECT_TRUE(difference.has_value());
  return difference && difference->has_value();
}

struct Place {
  const Step* step = nullptr;
  std::uint64_t offset = 0;
};
Place PlaceOf(const std::vector<Step>& steps, Direction direction, std::uint64_t at) {
  for (const Step& step : steps) {
    if (step.layer == Layer::kLine) continue;
    const std::uint64_t bytes =
        direction == Direction::kToPhone ? step.bytes_to_phone : step.bytes_to_host;
    if (at < bytes) return {&step, at};
    at -= bytes;
  }
  return {};
}

bool IsOpen(const Event& event, std::size_t at) {
  return std::any_of(event.any.begin(), event.any.end(), [&](const ByteRange& range) {
    return at >= range.offset && at < range.offset + range.length;
  });
}

class EveryByte : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryByte, IsSeen) {
  const std::vector<Event> original = ReadAll(
      OpenTrace(std::string(MTKRIG_SOURCE_DIR) + "/traces/corpus/" + std::string(GetParam())));
  ASSERT_FALSE(IsDifferent(original, original));
  const Decoded decoded = Decode(original);
  std::vector<Event> changed = original;
  std::array<std::uint64_t, 2> position = {0, 0};
  std::size_t flips = 0;
  std::string unseen;
  for (std::size_t i = 0; i < original.size(); ++i) {
    const Event& event = original[i];
    if (event.kind != EventKind::kBytes) continue;
    std::uint64_t& at = position[event.direction == Direction::kToHost ? 1 : 0];
    const std::size_t stride = event.bytes.size() > kLongTransfer ? kStride : 1;
    for (std::size_t j = 0; j < event.bytes.size(); j += stride) {
      if (IsOpen(event, j)) continue;
      const Place place = PlaceOf(decoded.steps, event.direction, at + j);
      ASSERT_NE(place.step, nullptr);
      if (FindUnseen(*place.step, event.direction, place.offset) != nullptr) continue;
      if (place.step->layer == Layer::kXml && IsOpenText(event, j)) continue;
      constexpr std::array<std::uint8_t, 3> kMasks = {0x01, 0x80, 0xff};
      const std::uint8_t mask = kMasks[flips++ % kMasks.size()];
      std::uint8_t& byte = changed[i].bytes.Own()[j];
      byte = static_cast<std::uint8_t>(byte ^ mask);
      if (!IsDifferent(original, changed)) {
        unseen +=
            fmt::format("{} {}, {} byte {:#x} ^ {:02x} (packet {})\n", LayerName(place.step->layer),
                        place.step->name, event.direction == Direction::kToPhone ? "host" : "phone",
                        place.offset, mask, event.packet);
      }
      byte = static_cast<std::uint8_t>(byte ^ mask);
    }
    at += event.length;
  }
  EXPECT_GT(flips, 50U);
  EXPECT_EQ(unseen, "");
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, EveryByte,
    testing::Values("emulated/mt6577.wire", "handwritten/mt6580-example.wire",
                    "handwritten/spft-mt6589wtk-agent.wire", "handwritten/spft-mt6577-clock.wire",
                    "handwritten/mt6833-sla-1d0d.wire", "handwritten/xflash-mt6771-read.wire",
                    "handwritten/xflash-mt8183-log.wire", "handwritten/xml-mt6789-read.wire"),
    [](const auto& session) {
      std::string name(session.param.substr(session.param.find('/') + 1));
      std::replace(name.begin(), name.end(), '-', '_');
      return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace mtkrig::traces
