#include "emulator/usbip/usbip_server.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "tests/emulator/usbip/server_fixture.h"

namespace mtkrig::emulator {
namespace {

using namespace std::chrono_literals;
using protocol::ErrorCode;

// The descriptor of this process whose connection comes from that port; negative for none.
int ServersEndOf(std::uint16_t port) {
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer = {};
    socklen_t size = sizeof(peer);
    auto* any = reinterpret_cast<sockaddr*>(&peer);
    if (::getpeername(fd, any, &size) == 0 && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == port) {
      return fd;
    }
  }
  return -1;
}

TEST_F(UsbipServerTest, ListsAndCloses) {
  Start();
  SocketClient client(server_->port());
  client.Send(kDevlistRequest);
  ExpectReply(client, FromHex("0111 0005 00000000 00000002") + PreloaderDevice("1-1") +
                          FromHex("0a000000 02020100") + PreloaderDevice("1-2", 2) +
                          FromHex("0a000000 02020100"));
  EXPECT_TRUE(client.SeesEnd());
}

TEST_F(UsbipServerTest, CarriesTransfersBothWays) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  client.Send(SubmitIn(1, 512) + SubmitOut(2, {0xa0}));
  ExpectReply(client, SubmitReply(2, 0, 1));
  PhoneSends(0, {0x5f});
  ExpectReply(client, SubmitReply(1, 0, 1, {0x5f}));
  client.Send(SubmitIn(3, 512) + Unlink(4, 3));
  ExpectReply(client, UnlinkReply(4, -104));
}

TEST_F(UsbipServerTest, StallsWhatIsHaltedAndEndsTransfersAtAReset) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  client.Send(Submit(1, 0, 0, 0, "0203000081000000") + SubmitIn(2, 64));  // halt of 81
  ExpectReply(client, SubmitReply(1, 0, 0) + SubmitReply(2, -32, 0));
  client.Send(Submit(3, 0, 0, 0, "0201000081000000") + SubmitIn(4, 64));
  ExpectReply(client, SubmitReply(3, 0, 0));
  // A reset of the port ends what was pending, and leaves the device configured as the kernel's own
  // server does.
  client.Send(Submit(5, 0, 0, 0, "2303040001000000") + Submit(6, 1, 0, 1, "8008000000000100"));
  ExpectReply(client, SubmitReply(4, -71, 0) + SubmitReply(5, 0, 0) + SubmitReply(6, 0, 1, {1}));
  client.Send(SubmitIn(7, 64));
  PhoneSends(0, {0x5f});
  ExpectReply(client, SubmitReply(7, 0, 1, {0x5f}));
}

TEST_F(UsbipServerTest, RefusesSecondHost) {
  Start();
  SocketClient first(server_->port());
  ExpectImport(first, "1-1");
  SocketClient second(server_->port());
  second.Send(ImportRequest("1-1"));
  ExpectReply(second, FromHex("0111 0003 00000002"));
  EXPECT_TRUE(second.SeesEnd());
}

TEST_F(UsbipServerTest, ClientsThatFightForAPhoneHaveItOneAtATime) {
  Start();
  constexpr int kWins = 20;
  std::atomic<int> holders = 0;
  const auto fight = [&](std::uint8_t name) {
    for (int win = 0; win < kWins; ++win) {
      const auto client = ImportWhenFree("1-1");
      ASSERT_NE(client, nullptr);
      EXPECT_EQ(++holders, 1);
      client->Send(SubmitOut(1, {name}));
      ExpectReply(*client, SubmitReply(1, 0, 1));
      --holders;
      if (win % 2 == 0) client->Abort();
    }
  };
  std::thread first(fight, 1);
  std::thread second(fight, 2);
  fight(3);
  first.join();
  second.join();
  OnServer([&] { EXPECT_EQ(phones_[0]->written.size(), 3U * kWins); });
}

TEST_F(UsbipServerTest, ServesTwoPhonesAtOnce) {
  Start();
  SocketClient first(server_->port());
  SocketClient second(server_->port());
  ExpectImport(first, "1-1");
  ExpectImport(second, "1-2");
  first.Send(SubmitIn(1, 512));
  second.Send(SubmitIn(1, 512, kSecondDevice) + SubmitOut(2, {2}, kSecondDevice));
  ExpectReply(second, SubmitReply(2, 0, 1));
  PhoneSends(1, {0x22});
  ExpectReply(second, SubmitReply(1, 0, 1, {0x22}));
  PhoneSends(0, {0x11});
  ExpectReply(first, SubmitReply(1, 0, 1, {0x11}));
}

TEST_F(UsbipServerTest, LargeTransfersArriveWhole) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  Bytes data(std::size_t{3} << 20);
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<std::uint8_t>(i * 31 + i / 509);
  client.Send(SubmitOut(1, data));
  ExpectReply(client, SubmitReply(1, 0, static_cast<std::uint32_t>(data.size())));
  OnServer([&] { EXPECT_TRUE(phones_[0]->written == data); });
  PhoneSends(0, data);
  client.Send(SubmitIn(2, 1 << 20) + SubmitIn(3, 1 << 20) + SubmitIn(4, 1 << 20) +
              SubmitIn(5, 512));
  Bytes got;
  for (std::uint32_t id = 2; id <= 4; ++id) {
    ExpectReply(client, SubmitReply(id, 0, 1 << 20));
    got = std::move(got) + client.Receive(1 << 20);
  }
  EXPECT_TRUE(got == data);
  ExpectReply(client, SubmitReply(5, 0, 0));
}

TEST_F(UsbipServerTest, FinInTheMiddleOfAnUrbFreesThePhone) {
  Start();
  {
    SocketClient client(server_->port());
    ExpectImport(client, "1-1");
    Bytes half = SubmitOut(1, Bytes(4096, 1));
    half.resize(1000);
    client.Send(SubmitIn(2, 512) + half);
    client.Close();
  }
  const auto next = ImportWhenFree("1-1");
  ASSERT_NE(next, nullptr);
  next->Send(SubmitOut(1, {7}));
  ExpectReply(*next, SubmitReply(1, 0, 1));
  OnServer([&] { EXPECT_THAT(phones_[0]->written, testing::ElementsAre(7)); });
}

TEST_F(UsbipServerTest, RstInTheMiddleOfAnUrbFreesThePhone) {
  Start();
  {
    SocketClient client(server_->port());
    ExpectImport(client, "1-1");
    Bytes half = SubmitIn(1, 512);
    half.resize(20);
    client.Send(SubmitIn(2, 512) + half);
    client.Abort();
  }
  ASSERT_NE(ImportWhenFree("1-1"), nullptr);
}

TEST_F(UsbipServerTest, RstWhileDataIsOnItsWayFreesThePhone) {
  Start();
  {
    SocketClient client(server_->port());
    ExpectImport(client, "1-1");
    PhoneSends(0, Bytes(std::size_t{8} << 20, 0x55));
    for (std::uint32_t id = 0; id < 8; ++id) client.Send(SubmitIn(id, 1 << 20));
    EXPECT_EQ(client.Receive(1000).size(), 1000U);
    client.Abort();
  }
  ASSERT_NE(ImportWhenFree("1-1"), nullptr);
}

// What the kernel does about a host that lost its power shows in these settings only.
TEST_F(UsbipServerTest, AHostThatIsGoneIsNotWaitedForForEver) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  const int fd = ServersEndOf(client.local_port());
  ASSERT_GE(fd, 0);
  const auto setting = [fd](int level, int name) {
    int value = 0;
    socklen_t size = sizeof(value);
    return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : 0;
  };
  EXPECT_EQ(setting(SOL_SOCKET, SO_KEEPALIVE), 1) << "while nothing is sent";
  EXPECT_LE(setting(IPPROTO_TCP, TCP_KEEPIDLE), 60);
  EXPECT_GT(setting(IPPROTO_TCP, TCP_USER_TIMEOUT), 0) << "while data is on its way";
  EXPECT_LE(setting(IPPROTO_TCP, TCP_USER_TIMEOUT), 600000);
}

TEST_F(UsbipServerTest, HundredReconnects) {
  Start();
  for (std::uint8_t round = 0; round < 100; ++round) {
    const auto client = ImportWhenFree("1-1");
    ASSERT_NE(client, nullptr);
    client->Send(SubmitIn(1, 64) + SubmitOut(2, {round}));
    ExpectReply(*client, SubmitReply(2, 0, 1));
    PhoneSends(0, {round});
    ExpectReply(*client, SubmitReply(1, 0, 1, {round}));
  }
}

TEST_F(UsbipServerTest, UnplugEndsTheConnectionAndPlugBringsThePhoneBack) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  client.Send(SubmitIn(1, 64) + SubmitOut(2, {1}));
  ExpectReply(client, SubmitReply(2, 0, 1));
  OnServer([&] { phones_[0]->Unplug(); });
  EXPECT_TRUE(client.SeesEnd());
  SocketClient list(server_->port());
  list.Send(kDevlistRequest);
  ExpectReply(list, FromHex("0111 0005 00000000 00000001") + PreloaderDevice("1-2", 2));
  OnServer([&] { phones_[0]->Plug(); });
  SocketClient again(server_->port());
  again.Send(ImportRequest("1-1"));
  ExpectReply(again, ImportReply("1-1", 3));
}

TEST_F(UsbipServerTest, LastWordsOfAPhoneThatLeavesArrive) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  OnServer([&] { phones_[0]->leaves_bus_when_written = true; });
  client.Send(SubmitOut(1, {0xd9}));
  ExpectReply(client, SubmitReply(1, 0, 1));
  EXPECT_TRUE(client.SeesEnd());
}

TEST_F(UsbipServerTest, SlowReaderHoldsUpNobodyAndCostsLittle) {
  Start();
  constexpr std::size_t kTransfer = std::size_t{1} << 20;
  SocketClient slow(server_->port());
  ExpectImport(slow, "1-1");
  OnServer([&] {
    for (int i = 0; i < 64; ++i) phones_[0]->output.Send(Bytes(kTransfer, 0x44));
  });
  for (std::uint32_t id = 0; id < 200; ++id) slow.Send(SubmitIn(id, kTransfer));
  SocketClient other(server_->port());
  ExpectImport(other, "1-2");
  for (std::uint32_t id = 0; id < 200; ++id) {
    other.Send(SubmitOut(id, {1}, kSecondDevice));
    ExpectReply(other, SubmitReply(id, 0, 1));
  }
  // The slow one's phone still holds most of what was not read.
  OnServer([&] { EXPECT_TRUE(phones_[0]->has_output()); });
  ExpectReply(slow, SubmitReply(0, 0, kTransfer));
}

TEST_F(UsbipServerTest, FloodOfGarbageEndsOnlyItsOwnConnection) {
  Start();
  SocketClient good(server_->port());
  ExpectImport(good, "1-2");
  for (int round = 0; round < 20; ++round) {
    SocketClient bad(server_->port());
    if (round % 2 == 0) ExpectImport(bad, "1-1");
    bad.Send(Bytes(100000, static_cast<std::uint8_t>(round)));
    EXPECT_TRUE(bad.SeesEnd());
    ASSERT_NE(ImportWhenFree("1-1"), nullptr);
  }
  good.Send(SubmitOut(1, {1}, kSecondDevice));
  ExpectReply(good, SubmitReply(1, 0, 1));
}

TEST_F(UsbipServerTest, SilentClientIsSentAwayAfterAWhile) {
  Start({.setup_time = 400ms});
  SocketClient silent(server_->port());
  silent.Send({0x01});
  EXPECT_TRUE(silent.SeesEnd());
  SocketClient busy(server_->port());
  ExpectImport(busy, "1-1");
  SocketClient another(server_->port());
  EXPECT_TRUE(another.SeesEnd()) << "so the deadline of the first has passed as well";
  busy.Send(SubmitOut(1, {1}));
  ExpectReply(busy, SubmitReply(1, 0, 1));
}

TEST_F(UsbipServerTest, WhoAsksForNothingMakesRoomForTheNext) {
  Start({.max_connections = 3});
  std::vector<std::unique_ptr<SocketClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<SocketClient>(server_->port()));
    clients.back()->Send({0x01});
  }
  SocketClient late(server_->port());
  EXPECT_TRUE(clients[0]->SeesEnd()) << "the oldest without a phone";
  ExpectImport(late, "1-1");
}

// However many phones there are: each host has its connection, and others can still ask.
TEST_F(UsbipServerTest, WhoHasAPhoneTakesNobodysPlaceAndLosesNone) {
  Start({.max_connections = 1});
  SocketClient first(server_->port());
  ExpectImport(first, "1-1");
  SocketClient second(server_->port());
  ExpectImport(second, "1-2");
  SocketClient list(server_->port());
  list.Send(kDevlistRequest);
  ExpectReply(list, FromHex("0111 0005 00000000 00000000"));
  first.Send(SubmitOut(1, {1}));
  ExpectReply(first, SubmitReply(1, 0, 1));
  second.Send(SubmitOut(1, {1}, kSecondDevice));
  ExpectReply(second, SubmitReply(1, 0, 1));
}

TEST_F(UsbipServerTest, StopsInTheMiddleOfEverything) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  PhoneSends(0, Bytes(std::size_t{8} << 20, 0x55));
  for (std::uint32_t id = 0; id < 8; ++id) client.Send(SubmitIn(id, 1 << 20));
  SocketClient idle(server_->port());
  Stop();
  EXPECT_TRUE(idle.SeesEnd());
}

TEST_F(UsbipServerTest, PhoneActsByItselfAtItsTime) {
  Start();
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  client.Send(SubmitIn(1, 64) + SubmitOut(2, {1}));
  ExpectReply(client, SubmitReply(2, 0, 1));
  // The fake has had its say by the time that it is woken, and sends then.
  OnServer([&] {
    phones_[0]->next_wake = protocol::SteadyClock().Now() + 20ms;
    phones_[0]->when_woken = [&] {
      phones_[0]->output.Send({0x52});
    };
  });
  ExpectReply(client, SubmitReply(1, 0, 1, {0x52}));
}

TEST(UsbipServer, RefusesAddressesThatItCannotListenOn) {
  const auto create = [](UsbipServerOptions options) {
    return UsbipServer::Create(std::move(options), {});
  };
  const auto nonsense = create({.address = "localhorst"});
  ASSERT_FALSE(nonsense.has_value());
  EXPECT_EQ(nonsense.error().code(), ErrorCode::kInvalidArgument);
  const auto foreign = create({.address = "192.0.2.1", .port = 0});
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code(), ErrorCode::kNotFound);
  const auto first = create({.port = 0});
  ASSERT_TRUE(first.has_value());
  const auto second = create({.port = (*first)->port()});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
}

}  // namespace
}  // namespace mtkrig::emulator
