#include "device/serial_transport.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "tests/device/fake_root.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeRoot;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

// The phone's end of a pseudo terminal, which a link in the root names as /dev would.
class Pty {
 public:
  explicit Pty(const std::filesystem::path& link) : link_(link) {
    master_.Reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_EQ(::grantpt(master_.get()), 0);
    EXPECT_EQ(::unlockpt(master_.get()), 0);
    std::array<char, 64> name = {};
    EXPECT_EQ(::ptsname_r(master_.get(), name.data(), name.size()), 0);
    std::filesystem::create_symlink(name.data(), link_);
  }
  ~Pty() { Unplug(); }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void Unplug() {
    std::error_code ignored;
    std::filesystem::remove(link_, ignored);
    master_.Reset();
  }
  void Send(const Bytes& bytes) {
    ASSERT_EQ(::write(master_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  Bytes Receive(std::size_t size) {
    Bytes bytes(size);
    std::size_t at = 0;
    while (at < size) {
      const ssize_t count = ::read(master_.get(), bytes.data() + at, size - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    bytes.resize(at);
    return bytes;
  }

 private:
  std::filesystem::path link_;
  UniqueFd master_;
};

class SerialTransportTest : public ::testing::Test {
 protected:
  SerialTransportTest() : node_(root_.path() / "ttyACM0") {}
  Result<std::unique_ptr<SerialTransport>> Open(Duration wait = 0s) {
    return SerialTransport::Open({.path = node_.string()}, wait, &stop_, &observer_, root_.path());
  }

  // Plugs the phone in as soon as it is waited for.
  class PluggingObserver final : public DiscoveryObserver {
   public:
    void OnWaiting(std::string_view text) override {
      lines.emplace_back(text);
      if (on_waiting) on_waiting();
    }
    void OnFound(std::string_view text) override { lines.emplace_back(text); }
    std::vector<std::string> lines;
    std::function<void()> on_waiting;
  };

  FakeRoot root_;
  std::filesystem::path node_;
  Cancellation stop_;
  PluggingObserver observer_;
};

TEST_F(SerialTransportTest, CarriesEveryByteBothWays) {
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  EXPECT_EQ((*transport)->info().moniker, "serial:" + node_.string());
  // Among them all that a terminal would take for itself: ^C, ^D, ^S, ^Q, CR, LF, DEL, 0xff.
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  ASSERT_TRUE((*transport)->Write(all, 5s).has_value());
  EXPECT_EQ(phone.Receive(all.size()), all);
  phone.Send(all);
  Bytes back(all.size());
  ASSERT_TRUE((*transport)->ReadExact(back, 5s).has_value());
  EXPECT_EQ(back, all);
}

TEST_F(SerialTransportTest, TimesOutAndReadsWhatComesLater) {
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  Bytes buffer(4);
  EXPECT_EQ((*transport)->ReadSome(buffer, 0s).error().code(), ErrorCode::kTimeout);
  phone.Send({0x5f});
  ASSERT_TRUE((*transport)->ReadSome(buffer, 5s).has_value());
  EXPECT_EQ(buffer[0], 0x5f);
}

TEST_F(SerialTransportTest, TimesOutWhenThePhoneTakesNoMore) {
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  const auto written = (*transport)->Write(Bytes(1 << 20), 50ms);
  EXPECT_EQ(written.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(written.error().message(), HasSubstr("of 1048576 bytes"));
}

TEST_F(SerialTransportTest, IsDisconnectedByAHangup) {
  auto phone = std::make_unique<Pty>(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  phone.reset();
  Bytes buffer(4);
  EXPECT_EQ((*transport)->ReadSome(buffer, 60s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ((*transport)->Write(buffer, 60s).error().code(), ErrorCode::kDisconnected);
}

TEST_F(SerialTransportTest, IsDisconnectedByAHangupInAWrite) {
  auto phone = std::make_unique<Pty>(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  EXPECT_FALSE((*transport)->Write(Bytes(1 << 20), 10ms).has_value());  // the line is full now
  phone.reset();
  EXPECT_EQ((*transport)->Write(Bytes(1 << 20), 60s).error().code(), ErrorCode::kDisconnected);
}

TEST_F(SerialTransportTest, StopsOnRequest) {
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  stop_.Cancel();
  Bytes buffer(4);
  EXPECT_EQ((*transport)->ReadSome(buffer, 60s).error().code(), ErrorCode::kCancelled);
}

TEST_F(SerialTransportTest, WaitsForTheNodeAndSaysSo) {
  std::unique_ptr<Pty> phone;
  observer_.on_waiting = [&] {
    phone = std::make_unique<Pty>(node_);
  };
  auto transport = Open(60s);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  EXPECT_THAT(observer_.lines, ElementsAre("the serial port " + node_.string(), node_.string()));
}

TEST_F(SerialTransportTest, StopsWaitingForTheNodeOnRequest) {
  observer_.on_waiting = [this] {
    stop_.Cancel();
  };
  EXPECT_EQ(Open(60s).error().code(), ErrorCode::kCancelled);
}

TEST_F(SerialTransportTest, SaysThatThereIsNoNode) {
  const auto transport = Open();
  EXPECT_EQ(transport.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(transport.error().hint(), HasSubstr("cdc_acm"));
}

TEST_F(SerialTransportTest, RefusesAFileThatIsNoSerialPort) {
  root_.File("ttyACM0", "not a port");
  EXPECT_EQ(Open().error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SerialTransportTest, RefusesFoldersAndFifosWithoutWaiting) {
  root_.Folder("ttyACM0");
  EXPECT_EQ(Open(60s).error().code(), ErrorCode::kInvalidArgument);
  std::filesystem::remove(node_);
  ASSERT_EQ(::mkfifo(node_.c_str(), 0600), 0);
  EXPECT_EQ(Open(60s).error().code(), ErrorCode::kInvalidArgument);
  std::filesystem::remove(node_);
  std::filesystem::create_symlink("/dev/null", node_);
  EXPECT_EQ(Open(60s).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SerialTransportTest, StopsAReadOnRequestOfAnotherThread) {
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  std::thread other([this] { stop_.Cancel(); });
  Bytes buffer(1);
  EXPECT_EQ((*transport)->ReadExact(buffer, 60s).error().code(), ErrorCode::kCancelled);
  other.join();
}

TEST_F(SerialTransportTest, CarriesBytesWhileThePhoneSendsByItself) {
  constexpr std::size_t kPieces = 500;
  const Bytes piece(1000, 0x5a);
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  std::thread sending([&] {
    for (std::size_t i = 0; i < kPieces; ++i) phone.Send(piece);
  });
  Bytes buffer(kPieces * piece.size());
  EXPECT_TRUE((*transport)->ReadExact(buffer, 60s).has_value());
  EXPECT_EQ(std::count(buffer.begin(), buffer.end(), 0x5a),
            static_cast<std::ptrdiff_t>(buffer.size()));
  sending.join();
}

TEST_F(SerialTransportTest, SaysThatAnotherProgramHasThePort) {
  Pty phone(node_);
  auto first = Open();
  ASSERT_TRUE(first.has_value());
  const auto second = Open();
  EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
  EXPECT_THAT(second.error().hint(), HasSubstr("ModemManager"));
}

TEST_F(SerialTransportTest, GivesThePortBack) {
  Pty phone(node_);
  { ASSERT_TRUE(Open().has_value()); }
  EXPECT_TRUE(Open().has_value());
}

TEST_F(SerialTransportTest, FollowsThePhoneThroughAHangup) {
  auto phone = std::make_unique<Pty>(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  phone.reset();
  Pty next(node_);
  const auto reconnected = (*transport)->Reconnect(60s);
  ASSERT_TRUE(reconnected.has_value()) << reconnected.error().Describe();
  next.Send({1});
  Bytes buffer(1);
  EXPECT_TRUE((*transport)->ReadExact(buffer, 5s).has_value());
}

TEST_F(SerialTransportTest, SaysThatThePhoneDidNotEnumerateAgain) {
  Pty phone(node_);
  auto transport = Open();
  ASSERT_TRUE(transport.has_value());
  EXPECT_EQ((*transport)->Reconnect(10ms).error().code(), ErrorCode::kTimeout);
}

}  // namespace
}  // namespace mtkrig::device
