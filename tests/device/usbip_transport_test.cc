#include "device/usbip_transport.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/device/fake_usb.h"
#include "tests/device/script_stream.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using testing::Bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Hex;
using testing::Script;
using testing::ScriptNetwork;

constexpr int kPipe = -32;
constexpr int kConnReset = -104;
constexpr int kShutdown = -108;
constexpr int kProto = -71;

std::string Text(std::span<const std::uint8_t> bytes) {
  return protocol::ToHex(bytes);
}

// Where the opening of Script::Opened() leaves off: two listeners, 7 and 8, wait for a packet each.
struct Session {
  explicit Session(Script script, const Cancellation* cancellation = nullptr)
      : network({std::move(script)}) {
    auto opened = network.Open(0s, cancellation);
    EXPECT_TRUE(opened.has_value()) << opened.error().Describe();
    if (opened) transport = *std::move(opened);
  }
  ScriptNetwork network;
  std::unique_ptr<UsbipTransport> transport;
};

TEST(UsbipTransport, OpensAPhoneByteForByte) {
  Session session(Script::Opened());
  EXPECT_EQ(session.transport->info().moniker, "usbip:rig/1-1");
  EXPECT_EQ(session.transport->info().usb_id, (UsbId{0x0e8d, 0x2000}));
}

TEST(UsbipTransport, OpensAPhoneWhateverTheNetworkCutsTheMessagesInto) {
  for (const std::size_t chunk : {1U, 3U, 47U, 49U}) {
    ScriptNetwork network({Script::Opened()});
    network.chunk = chunk;
    auto opened = network.Open();
    EXPECT_TRUE(opened.has_value()) << chunk << ": " << opened.error().Describe();
  }
}

TEST(UsbipTransport, ReadsShortPacketsAndListensAgain) {
  Script script = Script::Opened();
  script.Answer(Script::SubmitReply(7, 0, 5) + Text(Hex("5245414459")))
      .Answer(Script::SubmitReply(8, 0, 0))  // a zero-length packet shows nowhere
      .Expect(Script::Submit(9, true, 1, 512))
      .Expect(Script::Submit(10, true, 1, 512));
  Session session(std::move(script));
  Bytes buffer(16);
  auto count = session.transport->ReadSome(buffer, 1s);
  ASSERT_TRUE(count.has_value());
  EXPECT_EQ(*count, 5U);
  EXPECT_EQ(buffer[4], 'Y');
  EXPECT_EQ(session.transport->ReadSome(buffer, 1s).error().code(), ErrorCode::kTimeout);
}

TEST(UsbipTransport, AsksForExactlyWhatALargeReadMisses) {
  Script script = Script::Opened();
  Bytes data(1 << 20);
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<std::uint8_t>(i * 13 + (i >> 8));
  const unsigned sizes[] = {512, 512, 524288, 523264};
  for (unsigned i = 2; i < 4; ++i) script.Expect(Script::Submit(7 + i, true, 1, sizes[i]));
  script.Expect(Script::Submit(11, true, 1, 512)).Expect(Script::Submit(12, true, 1, 512));
  std::size_t at = 0;
  for (unsigned i = 0; i < 4; ++i) {
    script.Answer(Script::SubmitReply(7 + i, 0, sizes[i]));
    const auto first = data.begin() + static_cast<std::ptrdiff_t>(at);
    script.AnswerBytes(Bytes(first, first + sizes[i]));
    at += sizes[i];
  }
  Session session(std::move(script));
  session.network.chunk = 100'000;
  Bytes buffer(data.size());
  ASSERT_TRUE(session.transport->ReadExact(buffer, 1s).has_value());
  EXPECT_TRUE(buffer == data);
  EXPECT_EQ(session.network.elapsed(), 0s);
}

TEST(UsbipTransport, KeepsAnswersThatComeWhileItWrites) {
  Script script = Script::Opened();
  script.Expect(Script::Submit(9, false, 1, 1) + "a0")
      .Answer(Script::SubmitReply(7, 0, 1) + "5f")
      .Answer(Script::SubmitReply(9, 0, 1))
      .Expect(Script::Submit(10, true, 1, 512));
  Session session(std::move(script));
  ASSERT_TRUE(session.transport->Write(Hex("a0"), 1s).has_value());
  Bytes buffer(1);
  ASSERT_TRUE(session.transport->ReadExact(buffer, 0s).has_value());
  EXPECT_EQ(buffer[0], 0x5f);
}

TEST(UsbipTransport, PipelinesALargeWrite) {
  Script script = Script::Opened();
  const Bytes data(600 * 1024, 0x77);
  const std::string piece = Text(Bytes(256 * 1024, 0x77));
  // All three are on their way before the first is answered.
  script.Expect(Script::Submit(9, false, 1, 262144) + piece)
      .Expect(Script::Submit(10, false, 1, 262144) + piece)
      .Expect(Script::Submit(11, false, 1, 90112) + Text(Bytes(88 * 1024, 0x77)))
      .Answer(Script::SubmitReply(9, 0, 262144))
      .Answer(Script::SubmitReply(10, 0, 262144))
      .Answer(Script::SubmitReply(11, 0, 90112));
  Session session(std::move(script));
  EXPECT_TRUE(session.transport->Write(data, 1s).has_value());
}

TEST(UsbipTransport, UnlinksAWriteThatThePhoneDoesNotTake) {
  Script script = Script::Opened();
  script.Expect(Script::Submit(9, false, 1, 1) + "a0")
      .Expect(Script::Unlink(10, 9))
      .Answer(Script::UnlinkReply(10, kConnReset))
      .Expect(Script::Submit(11, false, 1, 1) + "0a")
      .Answer(Script::SubmitReply(11, 0, 1));
  Session session(std::move(script));
  auto written = session.transport->Write(Hex("a0"), 300ms);
  EXPECT_EQ(written.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(session.network.elapsed(), 300ms);
  EXPECT_TRUE(session.transport->Write(Hex("0a"), 300ms).has_value());
}

TEST(UsbipTransport, TakesAWriteForDoneThatEndedWhileItWasUnlinked) {
  Script script = Script::Opened();
  script.Expect(Script::Submit(9, false, 1, 1) + "a0")
      .Expect(Script::Unlink(10, 9))
      .Answer(Script::SubmitReply(9, 0, 1))
      .Answer(Script::UnlinkReply(10, 0));
  Session session(std::move(script));
  EXPECT_TRUE(session.transport->Write(Hex("a0"), 300ms).has_value());
}

TEST(UsbipTransport, UnlinksLargeReadsAfterATimeoutAndKeepsWhatCameMeanwhile) {
  Script script = Script::Opened();
  script.Expect(Script::Submit(9, true, 1, 3072))
      .Expect(Script::Submit(10, true, 1, 512))
      .Expect(Script::Submit(11, true, 1, 512));
  // The newest first; 7 ends by itself just then.
  script.Expect(Script::Unlink(12, 11))
      .Expect(Script::Unlink(13, 10))
      .Expect(Script::Unlink(14, 9))
      .Expect(Script::Unlink(15, 8))
      .Expect(Script::Unlink(16, 7))
      .Answer(Script::UnlinkReply(12, kConnReset))
      .Answer(Script::UnlinkReply(13, kConnReset))
      .Answer(Script::UnlinkReply(14, kConnReset))
      .Answer(Script::UnlinkReply(15, kConnReset))
      .Answer(Script::SubmitReply(7, 0, 2) + "beef")
      .Answer(Script::UnlinkReply(16, 0))
      .Expect(Script::Submit(17, true, 1, 512))
      .Expect(Script::Submit(18, true, 1, 512));
  Session session(std::move(script));
  Bytes buffer(4096);
  auto count = session.transport->ReadSome(buffer, 1s);
  ASSERT_TRUE(count.has_value()) << count.error().Describe();
  EXPECT_THAT(std::span(buffer).subspan(0, *count), ElementsAre(0xbe, 0xef));
}

// Each of them alone is harmless, and without an end they would keep the client from its deadline.
TEST(UsbipTransport, RefusesEndlessAnswersToUnlinksThatNobodyAskedFor) {
  Script script = Script::Opened();
  for (unsigned i = 0; i < 100; ++i) script.Answer(Script::UnlinkReply(1000 + i, 0));
  Session session(std::move(script));
  Bytes buffer(1);
  EXPECT_EQ(session.transport->ReadExact(buffer, 1s).error().code(), ErrorCode::kProtocol);
}

TEST(UsbipTransport, ClearsAStalledEndpointAndReadsOn) {
  Script script = Script::Opened();
  script.Answer(Script::SubmitReply(7, kPipe, 0))
      .Expect(Script::Unlink(9, 8))
      .Answer(Script::UnlinkReply(9, kConnReset))
      .Expect(Script::Submit(10, false, 0, 0, "02 01 0000 8100 0000"))
      .Answer(Script::SubmitReply(10, 0, 0))
      .Expect(Script::Submit(11, true, 1, 512))
      .Expect(Script::Submit(12, true, 1, 512))
      .Answer(Script::SubmitReply(11, 0, 1) + "5a")
      .Expect(Script::Submit(13, true, 1, 512));
  Session session(std::move(script));
  Bytes buffer(2);
  auto count = session.transport->ReadSome(buffer, 1s);
  ASSERT_TRUE(count.has_value()) << count.error().Describe();
  EXPECT_EQ(buffer[0], 0x5a);
}

TEST(UsbipTransport, ReportsAWriteThatThePhoneStalls) {
  Script script = Script::Opened();
  script.Expect(Script::Submit(9, false, 1, 2) + "0102")
      .Answer(Script::SubmitReply(9, kPipe, 0))
      .Expect(Script::Submit(10, false, 0, 0, "02 01 0000 0100 0000"))
      .Answer(Script::SubmitReply(10, 0, 0));
  Session session(std::move(script));
  EXPECT_EQ(session.transport->Write(Hex("0102"), 1s).error().code(), ErrorCode::kTransport);
}

TEST(UsbipTransport, IsDisconnectedWhenTheServerSaysThatThePhoneIsGone) {
  Script script = Script::Opened();
  script.Answer(Script::SubmitReply(7, 0, 1) + "5a").Answer(Script::SubmitReply(8, kShutdown, 0));
  // What came before is read first.
  script.Expect(Script::Submit(9, true, 1, 512));
  Session session(std::move(script));
  Bytes buffer(1);
  ASSERT_TRUE(session.transport->ReadExact(buffer, 1s).has_value());
  EXPECT_EQ(session.transport->ReadSome(buffer, 1s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(session.transport->Write(buffer, 1s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(session.network.elapsed(), 0s);
}

TEST(UsbipTransport, IsDisconnectedWhenTheServerCloses) {
  // In the middle of each part of a reply: header, data, and between two.
  for (const char* part : {"", "00000003 000000",
                           "00000003 00000007 00000000 00000000 00000000 "
                           "00000000 00000004 00000000 00000000 00000000 "
                           "0000000000000000 5a5a"}) {
    Script script = Script::Opened();
    script.Answer(part).Close();
    Session session(std::move(script));
    Bytes buffer(4);
    EXPECT_EQ(session.transport->ReadExact(buffer, 1s).error().code(), ErrorCode::kDisconnected)
        << part;
    EXPECT_EQ(session.network.elapsed(), 0s);
  }
}

TEST(UsbipTransport, ReadsOnAfterSomeFailedTransfersButNotForEver) {
  Script script = Script::Opened();
  for (unsigned i = 0; i < 8; ++i) {
    script.Answer(Script::SubmitReply(7 + i, kProto, 0));
    if (i < 7) script.Expect(Script::Submit(9 + i, true, 1, 512));
  }
  Session session(std::move(script));
  Bytes buffer(4);
  auto count = session.transport->ReadSome(buffer, 1s);
  EXPECT_EQ(count.error().code(), ErrorCode::kTransport);
  EXPECT_THAT(count.error().message(), HasSubstr("Protocol error"));
}

TEST(UsbipTransport, StopsOnRequest) {
  Cancellation stop;
  Session session(Script::Opened(), &stop);
  stop.Cancel();
  Bytes buffer(1);
  EXPECT_EQ(session.transport->ReadSome(buffer, 10s).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(session.network.elapsed(), 0s);
}

struct Hostile {
  const char* what;
  std::string bytes;
};

class HostileServer : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileServer, IsLeftWithAProtocolError) {
  Script script = Script::Opened();
  script.Answer(GetParam().bytes);
  Session session(std::move(script));
  Bytes buffer(4096);
  auto count = session.transport->ReadSome(std::span(buffer).subspan(0, 8), 1s);
  ASSERT_FALSE(count.has_value());
  EXPECT_EQ(count.error().code(), ErrorCode::kProtocol) << count.error().Describe();
  EXPECT_EQ(session.transport->ReadSome(buffer, 1s).error().code(), ErrorCode::kDisconnected);
}

INSTANTIATE_TEST_SUITE_P(
    Replies, HostileServer,
    ::testing::Values(Hostile{"unknown transfer", Script::SubmitReply(99, 0, 0)},
                      Hostile{"a transfer that is over", Script::SubmitReply(1, 0, 0)},
                      Hostile{"out of order", Script::SubmitReply(8, 0, 0)},
                      Hostile{"longer than asked for", Script::SubmitReply(7, 0, 513)},
                      Hostile{"as long as memory", Script::SubmitReply(7, 0, 0x7fffffff)},
                      Hostile{"negative length", Script::SubmitReply(7, 0, 0xffffffff)},
                      Hostile{"positive status", Script::SubmitReply(7, 5, 0)},
                      Hostile{"status without a meaning", Script::SubmitReply(7, -2147483647, 0)},
                      Hostile{"unknown command", "00000009" + std::string(88, '0')}));

TEST(UsbipTransport, IgnoresAReplyToAnUnlinkThatNobodyAskedFor) {
  Script script = Script::Opened();
  script.Answer(Script::UnlinkReply(7, kConnReset))
      .Answer(Script::SubmitReply(7, 0, 1) + "5a")
      .Expect(Script::Submit(9, true, 1, 512));
  Session session(std::move(script));
  Bytes buffer(1);
  EXPECT_TRUE(session.transport->ReadExact(buffer, 1s).has_value());
}

TEST(UsbipTransport, FollowsThePhoneToItsNextEnumeration) {
  Script first = Script::Opened();
  first.AnswerLater(400ms, "").Close();
  Script away;
  away.Expect(
          "0111 8003 00000000"
          "312d310000000000 0000000000000000 0000000000000000 0000000000000000")
      .Answer("0111 0003 00000004");
  ScriptNetwork network({first, away, Script::Opened()});
  auto transport = network.Open();
  ASSERT_TRUE(transport.has_value());
  auto reconnected = (*transport)->Reconnect(5s);
  EXPECT_TRUE(reconnected.has_value()) << reconnected.error().Describe();
  EXPECT_EQ(network.elapsed(), 450ms);
}

TEST(UsbipTransport, SaysThatThePhoneDidNotEnumerateAgain) {
  Session session(Script::Opened());
  auto reconnected = session.transport->Reconnect(2s);
  EXPECT_EQ(reconnected.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(session.network.elapsed(), 2s);
}

}  // namespace
}  // namespace mtkrig::device
