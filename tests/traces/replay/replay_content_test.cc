// Replays of recordings that were cut: content comes from elsewhere, and is checked.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/payload_digest.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::Counting;
using test::Events;
using test::FromHex;
using test::OpenReplay;
using test::Read;
using test::Write;
using testing::HasSubstr;

// An image in memory.
class Image final : public ContentSource {
 public:
  explicit Image(Bytes bytes) : bytes_(std::move(bytes)) {}
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return Ok();
  }
  std::string name() const override { return "user.img"; }

 private:
  Bytes bytes_;
};

ReplayOptions With(const Bytes& image) {
  ContentRule rule;
  rule.source = std::make_shared<Image>(image);
  rule.area = FlashArea::kUser;
  ReplayOptions options;
  options.settings.contents.Add(rule);
  return options;
}

Event Cut(Direction direction, ByteSpan data, std::size_t keep,
          DigestKind kind = DigestKind::kSampled) {
  Event event = BytesEvent(direction, data.first(std::min(keep, data.size())));
  event.length = data.size();
  PayloadDigest digest(kind);
  digest.Update(data);
  if (event.cut()) event.digest = digest.Text().value_or("failed");
  return event;
}

Bytes Sum(ByteSpan data) {
  Bytes sum(2);
  protocol::StoreBe<std::uint16_t>(
      sum, static_cast<std::uint16_t>(std::accumulate(data.begin(), data.end(), 0U)));
  return sum;
}

constexpr std::uint64_t kAddress = 0x1000;
constexpr std::size_t kPacket = 20000;

// READ of 50,000 bytes at 0x1000 in packets of 20,000: three, each with its checksum.
struct Recorded {
  Bytes image = Counting(0x20000);
  Bytes stream;  // what the host gets
  std::vector<Event> events;

  // `together`: a packet and its checksum arrive in one transfer.
  explicit Recorded(std::size_t keep, bool together = true,
                    DigestKind kind = DigestKind::kSampled) {
    events = Events("@ read BOOTIMG\n> d60c02 0000000000001000 000000000000c350 00004e20\n< 5a\n");
    stream = FromHex("5a");
    for (std::size_t done = 0; done < 50000; done += kPacket) {
      const std::size_t count = std::min<std::size_t>(kPacket, 50000 - done);
      const ByteSpan data = ByteSpan(image).subspan(kAddress + done, count);
      Bytes packet(data.begin(), data.end());
      const Bytes sum = Sum(data);
      if (together) packet.insert(packet.end(), sum.begin(), sum.end());
      events.push_back(Cut(Direction::kToHost, packet, keep, kind));
      if (!together) events.push_back(BytesEvent(Direction::kToHost, sum));
      events.push_back(BytesEvent(Direction::kToPhone, FromHex("5a")));
      stream.insert(stream.end(), packet.begin(), packet.end());
      if (!together) stream.insert(stream.end(), sum.begin(), sum.end());
    }
  }
};

// Reads the whole answer in transfers of random sizes, acknowledging each packet.
std::string ReadAll(protocol::Transport& line, const Bytes& expected, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string written = Write(line, "d60c02 0000000000001000 000000000000c350 00004e20");
  if (written != "ok") return written;
  Bytes got;
  std::size_t acked = 0;
  while (got.size() < expected.size()) {
    const std::size_t due = 1 + (acked + 1) * (kPacket + 2);
    const std::size_t room = std::min(due, expected.size()) - got.size();
    Bytes buffer(1 + random() % room);
    const auto count = line.ReadSome(buffer, 1s);
    if (!count)
      return std::string(ErrorCodeName(count.error().code())) + ": " + count.error().Describe();
    got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    if (got.size() != due) continue;
    written = Write(line, "5a");
    if (written != "ok") return written;
    ++acked;
  }
  return got == expected ? "ok" : "other bytes";
}

TEST(ReplayContent, ComesFromAnImageAndChecksumsAreMade) {
  for (const bool together : {true, false}) {
    for (const std::size_t keep : {0U, 1U, 64U, 19999U, 20000U, 20001U, 20002U}) {
      const Recorded recorded(keep, together);
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto line = OpenReplay(recorded.events, With(recorded.image));
        EXPECT_EQ(ReadAll(*line, recorded.stream, seed), "ok")
            << "seed " << seed << ", kept " << keep;
      }
    }
  }
}

TEST(ReplayContent, EveryDigestIsUnderstood) {
  for (const DigestKind kind : {DigestKind::kNone, DigestKind::kSampled, DigestKind::kSparse,
                                DigestKind::kXxh3, DigestKind::kSha256}) {
    const Recorded recorded(64, true, kind);
    const auto line = OpenReplay(recorded.events, With(recorded.image));
    EXPECT_EQ(ReadAll(*line, recorded.stream, 1), "ok");
  }
  Recorded bare(64, true, DigestKind::kSha256);
  for (Event& event : bare.events) {
    if (event.cut()) event.digest.erase(0, std::string_view("sha256:").size());
  }
  const auto line = OpenReplay(bare.events, With(bare.image));
  EXPECT_EQ(ReadAll(*line, bare.stream, 1), "ok") << "without its name, too";
}

// What only samples have checked is counted, for whoever replays to say so.
TEST(ReplayContent, WhatOnlySamplesCheckedIsTold) {
  for (const DigestKind kind : {DigestKind::kSampled, DigestKind::kSparse, DigestKind::kXxh3}) {
    const Recorded recorded(64, true, kind);
    auto line = OpenReplay(recorded.events, With(recorded.image));
    EXPECT_EQ(line->checks().Warning(), "");
    ASSERT_EQ(ReadAll(*line, recorded.stream, 7), "ok");
    const std::string warning = line->checks().Warning();
    if (kind == DigestKind::kXxh3) {
      EXPECT_EQ(warning, "");
      continue;
    }
    EXPECT_THAT(warning, HasSubstr("49808 bytes"));  // three packets, without the 64 kept of each
    EXPECT_THAT(warning, HasSubstr(kind == DigestKind::kSampled ? "16 bytes of every 2048"
                                                                : "64 bytes of every 16384"));
    EXPECT_THAT(warning, HasSubstr("--digest full"));
  }
  const Recorded whole(kPacket + 2);
  auto line = OpenReplay(whole.events, With(whole.image));
  ASSERT_EQ(ReadAll(*line, whole.stream, 7), "ok");
  EXPECT_EQ(line->checks().Warning(), "");
}

TEST(ReplayContent, WithoutContentItSaysWhatIsMissing) {
  const Recorded recorded(64);
  const auto line = OpenReplay(recorded.events);
  EXPECT_EQ(ReadAll(*line, recorded.stream, 1),
            "invalid-input: packet 4 (phase \"read BOOTIMG\"): only 64 of 20002 bytes are in the "
            "recording, and no content is named for the others (area user, address 0x1040)");
  EXPECT_THAT(Read(*line, 1), HasSubstr("no content is named")) << "and so it stays";
}

TEST(ReplayContent, AnImageThatIsTooShortSaysWhereItEnds) {
  const Recorded recorded(64);
  const auto line = OpenReplay(recorded.events,
                               With(Bytes(recorded.image.begin(), recorded.image.begin() + 20480)));
  const std::string told = ReadAll(*line, recorded.stream, 1);
  EXPECT_THAT(told,
              HasSubstr("user.img is too short: it has 20480 bytes, and the recording wants "));
  EXPECT_THAT(told, HasSubstr(" bytes from 0x5000 of it (area user, address 0x5000)"));
}

TEST(ReplayContent, AWrongImageIsNoticedByTheKeptBytes) {
  Recorded recorded(64);
  recorded.image[0x1005] ^= 0xff;
  const auto line = OpenReplay(recorded.events, With(recorded.image));
  EXPECT_THAT(ReadAll(*line, recorded.stream, 1),
              HasSubstr("packet 4 (phase \"read BOOTIMG\"): user.img at 0x1005 is not what was "
                        "recorded: recorded "));
}

TEST(ReplayContent, AWrongImageIsNoticedByTheDigest) {
  Recorded recorded(64, true, DigestKind::kXxh3);
  recorded.image[0x1000 + 15000] ^= 1;
  const auto line = OpenReplay(recorded.events, With(recorded.image));
  EXPECT_THAT(ReadAll(*line, recorded.stream, 3),
              testing::AllOf(HasSubstr("packet 4"),
                             HasSubstr("the 20002 bytes from user.img at 0x1000 are not those that "
                                       "were recorded: their digest is xxh3-128:")));
}

// What no sample sees the phone's checksum tells. The host once took it for damage on its cable.
TEST(ReplayContent, AWrongByteIsNoticedByTheChecksum) {
  for (const DigestKind kind : {DigestKind::kNone, DigestKind::kSampled, DigestKind::kSparse}) {
    Recorded recorded(64, false, kind);
    recorded.image[0x1000 + 20000 + 620] ^= 1;  // beside the sample
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const auto line = OpenReplay(recorded.events, With(recorded.image));
      const std::string told = ReadAll(*line, recorded.stream, seed);
      EXPECT_THAT(told, testing::AllOf(
                            HasSubstr("invalid-input: packet 8: the content that is named for area "
                                      "user, 20000 bytes at 0x5e20, is not what was recorded"),
                            HasSubstr("add up to 0x")))
          << "seed " << seed;
      EXPECT_EQ(Write(*line, "5a").substr(0, 13), "invalid-input") << "and so it stays";
    }
  }
}

// Then the line or the phone was at fault when it was recorded, and a replay is faithful.
TEST(ReplayContent, AChecksumThatWasWrongIsReplayedWhereADigestVouchesForTheContent) {
  Recorded recorded(64, false, DigestKind::kXxh3);
  for (std::size_t i = 0; i < recorded.events.size(); ++i) {
    if (!recorded.events[i].cut()) continue;
    recorded.events[i + 1].bytes.Own()[0] ^= 0xff;
    recorded.stream[1 + kPacket] ^= 0xff;
    break;
  }
  const auto line = OpenReplay(recorded.events, With(recorded.image));
  EXPECT_EQ(ReadAll(*line, recorded.stream, 1), "ok");
}

TEST(ReplayContent, ADigestOfUnknownFormIsAnError) {
  Recorded recorded(64);
  for (Event& event : recorded.events) {
    if (event.cut()) event.digest = "md5:abc";
  }
  const auto line = OpenReplay(recorded.events, With(recorded.image));
  EXPECT_THAT(ReadAll(*line, recorded.stream, 1), HasSubstr("'md5:abc' has a form that is not"));
}

TEST(ReplayContent, APhaseMayHaveAnImageOfItsOwn) {
  const Recorded recorded(64);
  ContentRule rule;
  rule.source = std::make_shared<Image>(
      Bytes(recorded.image.begin() + kAddress, recorded.image.begin() + kAddress + 50000));
  rule.phase = "read BOOTIMG";
  ReplayOptions options;
  options.settings.contents.Add(rule);
  const auto line = OpenReplay(recorded.events, std::move(options));
  EXPECT_EQ(ReadAll(*line, recorded.stream, 7), "ok");
}

TEST(ReplayContent, OfAnUnknownProtocolIsFoundByPhaseAndPosition) {
  const Bytes image = Counting(9000);
  std::vector<Event> events = Events("@ dump\n");
  for (const std::size_t at : {0U, 3000U, 6000U}) {
    events.push_back(Cut(Direction::kToHost, ByteSpan(image).subspan(at, 3000), 16));
    events.push_back(BytesEvent(Direction::kToHost, FromHex("0000")));  // whole: it does not count
  }
  ContentRule rule;
  rule.source = std::make_shared<Image>(image);
  rule.phase = "dump";
  ReplayOptions options;
  options.settings.contents.Add(rule);
  const auto line = OpenReplay(std::move(events), std::move(options));
  for (const std::size_t at : {0U, 3000U, 6000U}) {
    EXPECT_EQ(Read(*line, 3000), protocol::ToHex(ByteSpan(image).subspan(at, 3000)));
    EXPECT_EQ(Read(*line, 2), "0000");
  }
}

TEST(ReplayContent, ACutWriteIsComparedByItsDigest) {
  const Bytes agent = Counting(30000);
  for (const DigestKind kind :
       {DigestKind::kSampled, DigestKind::kXxh3, DigestKind::kSha256, DigestKind::kNone}) {
    std::vector<Event> events = {Cut(Direction::kToPhone, agent, 64, kind),
                                 BytesEvent(Direction::kToHost, FromHex("1234"))};
    const auto line = OpenReplay(events);
    EXPECT_EQ(Write(*line, protocol::ToHex(ByteSpan(agent).first(10000))), "ok");
    EXPECT_EQ(Write(*line, protocol::ToHex(ByteSpan(agent).subspan(10000))), "ok");
    EXPECT_EQ(Read(*line, 2), "1234");
    EXPECT_EQ(line->unseen_bytes(), kind == DigestKind::kNone ? 30000U - 64 : 0U);
    if (kind == DigestKind::kNone || kind == DigestKind::kSampled) continue;
    Bytes other = agent;
    other[20000] ^= 1;
    const auto strict = OpenReplay(events);
    EXPECT_THAT(Write(*strict, protocol::ToHex(other)),
                HasSubstr("packet 1: the host sends something else at byte 64 of 30000: expected "
                          "30000 bytes with digest "));
  }
}

TEST(ReplayContent, GivesGigabytesWithoutHoldingThem) {
  // 256 MiB from a pattern, in a handful of events.
  constexpr std::uint64_t kLength = std::uint64_t{64} << 20;
  std::vector<Event> events = Events("> d60c02 0000000000000000 0000000010000000 04000000\n< 5a\n");
  std::vector<std::string> sums;
  Bytes expected(std::size_t{1} << 20);
  for (std::uint64_t i = 0; i < 4; ++i) {
    std::uint32_t total = 0;
    for (std::uint64_t at = 0; at < kLength; at += expected.size()) {
      SeededPattern(5).Read(i * kLength + at, expected);
      total = std::accumulate(expected.begin(), expected.end(), total);
    }
    sums.push_back(fmt::format("{:04x}", total & 0xffff));
    Event event = BytesEvent(Direction::kToHost, {});
    event.length = kLength;
    events.push_back(event);
    events.push_back(BytesEvent(Direction::kToHost, FromHex(sums.back())));
    events.push_back(BytesEvent(Direction::kToPhone, FromHex("5a")));
  }
  ContentRule rule;
  rule.source = std::make_shared<PatternContent>(SeededPattern(5), "pattern");
  rule.area = FlashArea::kUser;
  ReplayOptions options;
  options.settings.contents.Add(rule);
  const auto line = OpenReplay(std::move(events), std::move(options));
  EXPECT_EQ(Write(*line, "d60c02 0000000000000000 0000000010000000 04000000"), "ok");
  EXPECT_EQ(Read(*line, 1), "5a");
  Bytes buffer(expected.size());
  for (std::uint64_t address = 0; address < 4 * kLength; address += buffer.size()) {
    ASSERT_TRUE(line->ReadExact(buffer, 1s).has_value());
    SeededPattern(5).Read(address, expected);
    ASSERT_EQ(buffer, expected) << address;
    if ((address + buffer.size()) % kLength != 0) continue;
    EXPECT_EQ(Read(*line, 2), sums[address / kLength]);
    EXPECT_EQ(Write(*line, "5a"), "ok");
  }
}

}  // namespace
}  // namespace mtkrig::traces
