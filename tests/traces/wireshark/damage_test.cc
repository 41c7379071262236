// Captures that lost packets, are cut, or are noise: the dissector says so, finds its way back at
// the next command, and never fails.

#include <gmock/gmock.h>

#include <algorithm>

#include "dissection.h"

namespace mtkrig::traces {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class WiresharkDamage : public WiresharkTest {
 protected:
  // The session without its nth transfer that holds exactly these bytes.
  static std::vector<Event> Without(std::vector<Event> events, const Bytes& bytes, int nth = 0) {
    const auto found = std::find_if(events.begin(), events.end(), [&](const Event& event) {
      return event.bytes == bytes && nth-- == 0;
    });
    EXPECT_NE(found, events.end());
    if (found != events.end()) events.erase(found);
    return events;
  }
  static std::vector<Event> Session() { return Transfers(WireSession("preloader")); }
};

TEST_F(WiresharkDamage, ALostAnswerCostsOneCommand) {
  const std::string capture = Save(Without(Session(), {0xfd, 0x65, 0x80, 0x00, 0x00}));
  EXPECT_THAT(FieldLines(capture, "mtk.cmd.name && frame.number < 38", "-e mtk.cmd.name"),
              ElementsAre("GET_HW_CODE", "GET_HW_SW_VER", "GET_BL_VER", "GET_VERSION",
                          "GET_TARGET_CONFIG"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.resync"), testing::SizeIs(1));
}

TEST_F(WiresharkDamage, ALostCommandIsNoticed) {
  const std::string capture = Save(Without(Session(), {0xfd}));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.unexpected"),
              ElementsAre("22 unexpected bytes of the phone, 5 bytes: fd65800000"));
  EXPECT_THAT(InfoLines(capture, "mtk.hw_sub_code"),
              ElementsAre("26 GET_HW_SW_VER -> sub 8a00, hw ca01, sw 0001, ok"));
}

TEST_F(WiresharkDamage, LostDataIsCounted) {
  std::vector<Event> events = Transfers(Recording("mt6577"));
  const auto data = std::find_if(events.begin(), events.end(), [](const Event& event) {
    return event.direction == Direction::kToHost && event.bytes.size() > 10'000;
  });
  ASSERT_NE(data, events.end());
  // Half of it in a transfer of its own, which is lost.
  data->bytes.resize(data->bytes.size() / 2);
  data->length = data->bytes.size();
  const std::string capture = Save(events);
  EXPECT_THAT(FieldLines(capture, "mtk.expert.missing", "-e _ws.expert.message"),
              Contains(testing::HasSubstr("of the data are missing")));
  EXPECT_THAT(FieldLines(capture, "mtk.cmd.name", "-e mtk.cmd.name"), Contains("FINISH"));
}

TEST_F(WiresharkDamage, AWrongByteOfDataIsAWrongChecksum) {
  std::vector<Event> events = Session();
  const auto data = std::find_if(events.begin(), events.end(),
                                 [](const Event& event) { return event.bytes.size() == 512; });
  ASSERT_NE(data, events.end());
  data->bytes.Own()[100] ^= 1;
  const std::string capture = Save(events);
  EXPECT_THAT(FieldLines(capture, "mtk.expert.checksum", "-e frame.number -e _ws.expert.message"),
              ElementsAre("132 checksum of the data: 0223, sent was 0222"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.checksum", "-o mtk.checksums:FALSE"), IsEmpty());
}

TEST_F(WiresharkDamage, AWrongByteOfTheAgentIsAWrongChecksum) {
  std::vector<Event> events = Session();
  const auto data = std::find_if(events.begin(), events.end(), [](const Event& event) {
    return event.bytes == Bytes{1, 2, 3, 4};
  });
  ASSERT_NE(data, events.end());
  data->bytes.Own()[3] = 5;
  EXPECT_THAT(InfoLines(Save(events), "mtk.expert.checksum"),
              ElementsAre("76 SEND_DA checksum 0602, ok"));
}

// A capture that began when the phone was long busy, with nothing that tells its ids.
TEST_F(WiresharkDamage, BeginsInTheMiddle) {
  std::vector<Event> events = Session();
  const auto switching = std::find_if(
      events.begin(), events.end(), [](const Event& event) { return event.bytes == Bytes{0x60}; });
  events.erase(events.begin(), switching);
  const std::string capture = Save(events);
  EXPECT_THAT(InfoLines(capture), IsEmpty());
  EXPECT_THAT(FieldLines(capture, "mtk.cmd.name", "-e mtk.cmd.name", "-o mtk.device:1.2"),
              ElementsAre("SDMMC_SWITCH_PART", "READ", "FINISH"));
  EXPECT_THAT(InfoLines(capture, "mtk.cmd.name", "-o mtk.device:2"), Not(IsEmpty()));
  EXPECT_THAT(InfoLines(capture, "mtk.cmd.name", "-o mtk.device:3"), IsEmpty());
}

TEST_F(WiresharkDamage, APacketCutShortIsNoticed) {
  std::vector<Event> events = Transfers(WireSession("xflash"));
  const auto data = std::find_if(events.begin(), events.end(),
                                 [](const Event& event) { return event.bytes.size() == 65536; });
  ASSERT_NE(data, events.end());
  events.erase(data);
  const std::string capture = Save(events);
  EXPECT_THAT(FieldLines(capture, "mtk.expert.missing", "-e _ws.expert.message"),
              ElementsAre("64 KiB of the phone's packet are missing"));
  EXPECT_THAT(InfoLines(capture, "mtk.cmd.name == SHUTDOWN"), testing::SizeIs(1));
}

// Found by mutations: every byte of a hole was taken for a wrong answer of its own.
TEST_F(WiresharkDamage, AHoleIsNotReadByteByByte) {
  std::vector<Event> events = Session();
  const auto answer = std::find_if(events.begin(), events.end(),
                                   [](const Event& event) { return event.bytes == Bytes{0x5f}; });
  ASSERT_NE(answer, events.end());
  answer->bytes.clear();
  answer->length = 2'000'000;
  // And one where values without an echo should be.
  for (const Bytes& bytes :
       {Bytes{0xa0, 0x5f}, Bytes{0x0a, 0xf5}, Bytes{0x50, 0xaf}, Bytes{0x05, 0xfa}}) {
    events.push_back(BytesEvent(Direction::kToPhone, ByteSpan(bytes).first(1)));
    events.push_back(BytesEvent(Direction::kToHost, ByteSpan(bytes).last(1)));
  }
  for (const Bytes& bytes : {Bytes{0xd3}, Bytes{0, 1, 2, 3}, Bytes{0, 0x20, 0, 0}}) {
    events.push_back(BytesEvent(Direction::kToPhone, bytes));
    events.push_back(BytesEvent(Direction::kToHost, bytes));
  }
  events.push_back(BytesEvent(Direction::kToHost, Bytes{0, 0}));
  events.push_back(BytesEvent(Direction::kToPhone, {}));
  events.back().length = 2'000'000;
  events.push_back(BytesEvent(Direction::kToPhone, Bytes{0xfd}));
  events.push_back(BytesEvent(Direction::kToHost, Bytes{0xfd, 0x65, 0x80, 0, 0}));
  const std::string capture = Save(events);
  EXPECT_THAT(
      FieldLines(capture, "mtk.expert.handshake", "-e frame.number -e mtk.expert.handshake"),
      ElementsAre("8 1"));
  EXPECT_THAT(
      FieldLines(capture, "mtk.cmd.name == WRITE16_NO_ECHO || mtk.hw_code", "-e _ws.col.Info"),
      ElementsAre("GET_HW_CODE -> 6580, ok", "WRITE16_NO_ECHO", "GET_HW_CODE -> 6580, ok"));
  EXPECT_THAT(
      FieldLines(capture, "mtk.expert.resync && frame.cap_len == 64", "-e _ws.expert.message"),
      ElementsAre(testing::HasSubstr("more than 2000 fields")));
}

// One session after another, each with faults of its own, as phones on ever new addresses.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {
    for (const char* name : {"preloader", "brom", "xflash", "xml", "writes"}) {
      sessions_.push_back(Transfers(WireSession(name)));
    }
    sessions_.push_back(Transfers(Recording("mt6577", "--snap 64", "EMMC_USER:0x0+8K")));
    sessions_.push_back(Transfers(Recording("mt6573", "--snap 64", "NAND:0x80000+8K")));
  }

  std::vector<Event> Next() {
    std::vector<Event> events = sessions_[Below(random_, sessions_.size())];
    if (Below(random_, 4) == 0) {
      events.erase(events.begin() + 1,
                   events.begin() + static_cast<std::ptrdiff_t>(1 + Below(random_, events.size())));
    }
    for (Event& event : events) event.digest.clear();
    for (std::uint64_t count = Below(random_, 6); count > 0; --count) Mutate(events);
    return events;
  }

 private:
  void Mutate(std::vector<Event>& events) {
    if (events.size() < 2) return;
    // The attachment in front stays.
    const auto at =
        events.begin() + static_cast<std::ptrdiff_t>(1 + Below(random_, events.size() - 1));
    switch (Below(random_, 7)) {
      case 0:
        events.erase(at);
        return;
      case 1:
        events.insert(at, *(events.begin() +
                            static_cast<std::ptrdiff_t>(1 + Below(random_, events.size() - 1))));
        return;
      case 2:
        if (!at->bytes.empty()) at->bytes.Own()[Below(random_, at->bytes.size())] = Byte();
        return;
      case 3:  // captured in part
        at->bytes.resize(Below(random_, at->bytes.size() + 1));
        return;
      case 4:  // shorter
        at->bytes.resize(Below(random_, at->bytes.size() + 1));
        at->length = at->bytes.size();
        return;
      case 5:  // longer than it says
        at->length += Below(random_, 2'000'000);
        return;
      default: {
        Bytes noise(Below(random_, 40));
        std::generate(noise.begin(), noise.end(), [this] { return Byte(); });
        events.insert(
            at,
            BytesEvent(Below(random_, 2) == 0 ? Direction::kToHost : Direction::kToPhone, noise));
      }
    }
  }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Below(random_, 256)); }

  Random random_;
  std::vector<std::vector<Event>> sessions_;
};

class WiresharkMutations : public WiresharkDamage,
                           public testing::WithParamInterface<std::uint64_t> {};

TEST_P(WiresharkMutations, NeverFail) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  Mutator mutator(GetParam());
  std::vector<Event> events;
  std::size_t transfers = 0;
  for (int session = 0; session < 60; ++session) {
    const std::vector<Event> mutated = mutator.Next();
    transfers += mutated.size();
    events.insert(events.end(), mutated.begin(), mutated.end());
  }
  const std::string capture = Save(events);
  // Dissect() fails the test on any Lua error. With -2 every record is also drawn by itself.
  const std::string fields = "-e frame.number -e _ws.col.Info -e _ws.expert.message";
  const std::vector<std::string> once = FieldLines(capture, "mtk", fields);
  EXPECT_GT(once.size(), transfers / 2);
  EXPECT_EQ(once, FieldLines(capture, "mtk", fields, "-2"));
}

INSTANTIATE_TEST_SUITE_P(Seeds, WiresharkMutations, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace mtkrig::traces
