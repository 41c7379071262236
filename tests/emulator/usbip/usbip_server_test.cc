#include "emulator/usbip/usbip_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "emulator/usbip/control_client.h"
#include "tests/emulator/usbip/fake_phone.h"
#include "tests/emulator/usbip/socket_client.h"

namespace mtkrig::emulator {
namespace {

using namespace std::chrono_literals;
using protocol::ErrorCode;
using testing::ElementsAreArray;
using testing::HasSubstr;

// A server of two phones, on a thread of its own.
class UsbipServerTest : public testing::Test {
 protected:
  ~UsbipServerTest() override { Stop(); }

  void Start(UsbipServerOptions options = {}) {
    options.port = 0;
    std::vector<ServedPhone> served;
    for (FakePhone*& phone : phones_) {
      auto owned = std::make_unique<FakePhone>();
      phone = owned.get();
      served.push_back({.phone = std::move(owned), .schedule = {}});
    }
    auto server = UsbipServer::Create(std::move(options), std::move(served));
    ASSERT_TRUE(server.has_value()) << server.error().Describe();
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }
  // Does something to the phones where they are served, and waits for it.
  void OnServer(const std::function<void()>& work) {
    std::promise<void> done;
    server_->Post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  void PhoneSends(int phone, const Bytes& transfer) {
    OnServer([&] { phones_.at(static_cast<std::size_t>(phone))->output.Send(transfer); });
  }
  static void ExpectImport(SocketClient& client, std::string_view bus_id) {
    ASSERT_TRUE(client.Send(ImportRequest(bus_id)));
    const Bytes reply = client.Receive(320);
    ASSERT_EQ(reply.size(), 320U);
    EXPECT_EQ(Bytes(reply.begin(), reply.begin() + 8), FromHex("0111 0003 00000000"));
  }
  // Imports a phone that another client is just letting go.
  std::unique_ptr<SocketClient> ImportWhenFree(std::string_view bus_id) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
      auto client = std::make_unique<SocketClient>(server_->port());
      client->Send(ImportRequest(bus_id));
      if (client->Receive(8) == FromHex("0111 0003 00000000")) {
        client->Receive(312);
        return client;
      }
    }
    ADD_FAILURE() << bus_id << " does not become free";
    return nullptr;
  }
  static void ExpectReply(SocketClient& client, const Bytes& expected) {
    EXPECT_THAT(client.Receive(expected.size()), ElementsAreArray(expected));
  }

  std::array<FakePhone*, 2> phones_ = {};
  std::unique_ptr<UsbipServer> server_;
  std::thread thread_;
};

TEST_F(UsbipServerTest, ListsAndCloses) {
  Start();
  SocketClient client(server_->port());
  client.Send(kDevlistRequest);
  ExpectReply(client, FromHex("0111 0005 00000000 00000002") + PreloaderDevice("1-1") +
                          FromHex("0a000000 02020100") + PreloaderDevice("1-2") +
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

TEST_F(UsbipServerTest, RefusesSecondHost) {
  Start();
  SocketClient first(server_->port());
  ExpectImport(first, "1-1");
  SocketClient second(server_->port());
  second.Send(ImportRequest("1-1"));
  ExpectReply(second, FromHex("0111 0003 00000002"));
  EXPECT_TRUE(second.SeesEnd());
}

TEST_F(UsbipServerTest, ServesTwoPhonesAtOnce) {
  Start();
  SocketClient first(server_->port());
  SocketClient second(server_->port());
  ExpectImport(first, "1-1");
  ExpectImport(second, "1-2");
  first.Send(SubmitIn(1, 512));
  second.Send(SubmitIn(1, 512) + SubmitOut(2, {2}));
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
  ExpectReply(list, FromHex("0111 0005 00000000 00000001") + PreloaderDevice("1-2"));
  OnServer([&] { phones_[0]->Plug(); });
  SocketClient again(server_->port());
  again.Send(ImportRequest("1-1"));
  ExpectReply(again, ImportReply("1-1", 2));
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
    other.Send(SubmitOut(id, {1}));
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
  good.Send(SubmitOut(1, {1}));
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

TEST_F(UsbipServerTest, WhoHasAPhoneMakesRoomForNobody) {
  Start({.max_connections = 1});
  SocketClient holder(server_->port());
  ExpectImport(holder, "1-1");
  SocketClient late(server_->port());
  EXPECT_TRUE(late.SeesEnd());
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
  EXPECT_EQ(foreign.error().code(), ErrorCode::kIo);
  const auto first = create({.port = 0});
  ASSERT_TRUE(first.has_value());
  const auto second = create({.port = (*first)->port()});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
}

class ControlSocketTest : public UsbipServerTest {
 protected:
  ControlSocketTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mtkrig-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = (folder_ / "control").string();
  }
  ~ControlSocketTest() override {
    Stop();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(ControlSocketTest, PlugsAndUnplugs) {
  Start({.control_path = path_});
  EXPECT_EQ(SendControlCommand(path_, "status").value(),
            "1-1 fake preloader plugged 0e8d:2000 free\n"
            "1-2 fake preloader plugged 0e8d:2000 free\n");
  SocketClient client(server_->port());
  ExpectImport(client, "1-1");
  EXPECT_EQ(SendControlCommand(path_, "unplug 1-1").value(), "");
  EXPECT_TRUE(client.SeesEnd());
  EXPECT_EQ(SendControlCommand(path_, "mode brom 1-1").value(), "");
  EXPECT_EQ(SendControlCommand(path_, "plug").value(), "");
  EXPECT_THAT(SendControlCommand(path_, "status").value(),
              HasSubstr("1-1 fake brom plugged 0e8d:0003 free\n"));
}

TEST_F(ControlSocketTest, ComplaintsComeBack) {
  Start({.control_path = path_});
  const auto answer = SendControlCommand(path_, "explode");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(answer.error().message(), HasSubstr("unknown command"));
}

TEST_F(ControlSocketTest, EndlessLineIsSentAway) {
  Start({.control_path = path_});
  const int rude = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::connect(rude, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string endless(1000, 'x');
  EXPECT_EQ(::send(rude, endless.data(), endless.size(), MSG_NOSIGNAL), 1000);
  char answer = 0;
  EXPECT_LE(::recv(rude, &answer, 1, 0), 0) << "the connection ends, and there is no answer";
  ::close(rude);
  EXPECT_TRUE(SendControlCommand(path_, "status").has_value());
}

TEST_F(ControlSocketTest, ALongLineIsRefusedBeforeItIsSent) {
  const auto answer = SendControlCommand(path_, "unplug " + std::string(1000, '1'));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(answer.error().message(), HasSubstr("longer"));
}

TEST_F(ControlSocketTest, ALineBreakDoesNotMakeTwoCommands) {
  Start({.control_path = path_});
  for (const std::string_view line : {"status\nunplug", "status\runplug", "plug 1-1\n"}) {
    const auto answer = SendControlCommand(path_, line);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  }
  OnServer([&] { EXPECT_TRUE(phones_[0]->plugged()) << "nothing of it was done"; });
}

TEST_F(ControlSocketTest, BelongsToItsUserAndGoesWithTheServer) {
  Start({.control_path = path_});
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & (S_IRWXG | S_IRWXO), 0U);
  Stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
  const auto answer = SendControlCommand(path_, "status");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kNotFound);
}

TEST_F(ControlSocketTest, ReplacesOnlyDeadSockets) {
  std::ofstream(path_) << "a file of somebody's";
  const auto over_file = UsbipServer::Create({.port = 0, .control_path = path_}, {});
  ASSERT_FALSE(over_file.has_value());
  EXPECT_EQ(over_file.error().code(), ErrorCode::kExists);
  std::filesystem::remove(path_);
  Start({.control_path = path_});
  const auto second = UsbipServer::Create({.port = 0, .control_path = path_}, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
  const auto too_long = UsbipServer::Create({.port = 0, .control_path = std::string(200, 'x')}, {});
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mtkrig::emulator
