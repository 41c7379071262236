// Recordings that lack something: no identity of the phone may stay in them, though the decoder
// does not know what it sees behind the place.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <random>
#include <set>
#include <unordered_set>

#include "emulator/emulator_transport.h"
#include "emulator/profile/shipped_profiles.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "tests/traces/redact/redact_testing.h"
#include "traces/replay/event_recorder.h"
#include "traces/replay/recording_transport.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::Redacted;

constexpr int kRounds = 12;  // of each phone and each kind of loss
constexpr std::size_t kWindow = 8;

enum class Loss : std::uint8_t { kDropped, kDroppedWithGap, kLateStart, kCutShort, kStall };
constexpr Loss kLosses[] = {Loss::kDropped, Loss::kDroppedWithGap, Loss::kLateStart,
                            Loss::kCutShort, Loss::kStall};

std::vector<Event> RecordIdentification(const std::string& name) {
  auto phone = emulator::OpenEmulator(name, {});
  EXPECT_TRUE(phone.has_value()) << name;
  if (!phone) return {};
  MemoryTraceWriter writer;
  RecorderOptions options;
  options.snap = 64;
  EventRecorder recorder(writer, options);
  RecordingTransport line(**phone, recorder);
  protocol::Observer observer;
  const auto run = [&]() -> protocol::Result<void> {
    TRY_ASSIGN(const auto archive, protocol::DaArchive::Parse(emulator::SyntheticDaArchive()));
    TRY_ASSIGN(const auto session, protocol::Session::Connect(line, observer, {}));
    TRY(session->StartAgent(archive));
    return session->Finish(protocol::FinishMode::kPowerOff);
  };
  const auto done = run();
  EXPECT_TRUE(done.has_value()) << name << ": " << done.error().Describe();
  EXPECT_TRUE(recorder.Finish().has_value());
  return writer.events();
}

std::vector<Event> Lose(std::vector<Event> events, Loss loss, std::size_t at) {
  const auto place = events.begin() + static_cast<std::ptrdiff_t>(at);
  switch (loss) {
    case Loss::kDropped:
      events.erase(place);
      break;
    case Loss::kDroppedWithGap:
      *place = TextEvent(EventKind::kGap, "a packet was lost");
      break;
    case Loss::kLateStart:
      events.erase(events.begin(), place);
      break;
    case Loss::kCutShort:
      events.erase(place, events.end());
      break;
    case Loss::kStall: {
      Event stall;
      stall.kind = EventKind::kFailure;
      stall.direction = Direction::kToHost;
      stall.failure = Failure::kStall;
      events.insert(place, stall);
      break;
    }
  }
  return events;
}

// The last kWindow bytes that went by, as a number; of hex digits, those in a row.
class Window {
 public:
  void Byte(std::uint8_t byte) {
    value_ = value_ << 8 | byte;
    ++bytes_;
  }
  void Digit(std::uint8_t digit) {
    if (std::isxdigit(digit) == 0) {
      digits_ = 0;
      return;
    }
    const int low = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
    value_ = value_ << 4 | static_cast<unsigned>(low);
    ++digits_;
  }
  bool full() const { return bytes_ >= kWindow || digits_ >= 2 * kWindow; }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
  std::size_t bytes_ = 0;
  std::size_t digits_ = 0;
};
static_assert(kWindow == sizeof(std::uint64_t));

// What is left of identities: stretches of kWindow bytes that do not occur by chance, in the order
// of the bytes that is told, turned by words, or turned as a whole.
class Remains {
 public:
  void Add(const Bytes& secret) {
    for (const Bytes& form :
         {secret, test::TurnWords(secret), Bytes(secret.rbegin(), secret.rend())}) {
      for (std::size_t at = 0; at + kWindow <= form.size(); ++at) {
        const auto stretch = protocol::ByteSpan(form).subspan(at, kWindow);
        if (std::set<std::uint8_t>(stretch.begin(), stretch.end()).size() < 4) continue;
        stretches_.insert(protocol::LoadBe<std::uint64_t>(stretch));
      }
    }
  }
  bool empty() const { return stretches_.empty(); }

  // The first one in `all`: as bytes, as hex digits, or as hex digits in UTF-16; or an empty one.
  std::string FindIn(const Bytes& all) const {
    Window raw;
    Window hex;
    std::array<Window, 2> wide;  // of the even places and of the odd ones
    for (std::size_t at = 0; at < all.size(); ++at) {
      raw.Byte(all[at]);
      hex.Digit(all[at]);
      wide[at % 2].Digit(all[at]);
      for (const Window* window : {&raw, &hex, &wide[at % 2]}) {
        if (window->full() && stretches_.contains(window->value())) {
          return fmt::format("{:016x}", window->value());
        }
      }
    }
    return {};
  }

 private:
  std::unordered_set<std::uint64_t> stretches_;
};

TEST(Remains, AreFoundInEveryForm) {
  Remains remains;
  const Bytes secret = test::FromHex("0123456789abcdef00112233");
  remains.Add(secret);
  const std::string digits = "0123456789ABcdef";
  Bytes wide;
  for (const char digit : digits) {
    wide.push_back(static_cast<std::uint8_t>(digit));
    wide.push_back(0);
  }
  const Bytes before = test::FromHex("30783a");
  for (const Bytes& form : {secret, Bytes(secret.rbegin(), secret.rend()), test::TurnWords(secret),
                            Bytes(digits.begin(), digits.end()), wide}) {
    Bytes all = before;
    all.insert(all.end(), form.begin(), form.end());
    EXPECT_NE(remains.FindIn(all), "") << protocol::ToHex(form);
    all.resize(all.size() - form.size() / 2);
    EXPECT_EQ(remains.FindIn(all), "") << protocol::ToHex(form);
  }
}

class LossyRedaction : public ::testing::TestWithParam<std::string> {};

TEST_P(LossyRedaction, NoIdentityStaysBehindALostPacketOrALateStart) {
  const std::vector<Event> events = RecordIdentification(GetParam());
  const auto shipped = emulator::ShippedProfile(GetParam());
  ASSERT_TRUE(shipped);
  const emulator::Profile& profile = (*shipped)->profile;
  Remains remains;
  for (const Bytes* secret : {&profile.me_id, &profile.soc_id, &profile.emmc_cid}) {
    remains.Add(*secret);
  }
  ASSERT_FALSE(remains.empty());
  // The recording has something to hide.
  Redacted untouched;
  untouched.events = events;
  ASSERT_NE(remains.FindIn(test::EverythingOf(untouched)), "");
  const std::uint32_t seed = 20;
  std::mt19937 random(seed);
  for (const Loss loss : kLosses) {
    for (int round = 0; round < kRounds; ++round) {
      // What identifies the phone comes early.
      const std::size_t at = random() % std::min<std::size_t>(events.size(), 160);
      const Redacted redacted = test::RedactEvents(Lose(events, loss, at));
      ASSERT_EQ(remains.FindIn(test::EverythingOf(redacted)), "")
          << "loss " << static_cast<int>(loss) << " at event " << at << ", seed " << seed;
    }
  }
}

std::vector<std::string> Phones() {
  std::vector<std::string> names;
  for (const auto& phone : emulator::ShippedProfiles()) names.push_back(phone.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryPhone, LossyRedaction, ::testing::ValuesIn(Phones()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace mtkrig::traces
