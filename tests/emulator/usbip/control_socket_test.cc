#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "emulator/usbip/control_client.h"
#include "tests/emulator/usbip/server_fixture.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;
using namespace std::chrono_literals;
using testing::HasSubstr;

// A socket of that name, bound or connected by hand.
sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

// One who connects and says nothing unless told to.
class RawControlClient {
 public:
  explicit RawControlClient(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    constexpr timeval kSafetyNet = {.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kSafetyNet, sizeof(kSafetyNet));
    const sockaddr_un address = AddressOf(path);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ~RawControlClient() { ::close(socket_); }
  RawControlClient(const RawControlClient&) = delete;
  RawControlClient& operator=(const RawControlClient&) = delete;

  void Send(std::string_view text) const {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // What comes until a line is complete; empty at the end.
  std::string Line() const {
    std::string line;
    char c = 0;
    while (line.empty() || line.back() != '\n') {
      if (::recv(socket_, &c, 1, 0) != 1) return {};
      line.push_back(c);
    }
    return line;
  }
  bool SeesEnd() const {
    char c = 0;
    return ::recv(socket_, &c, 1, 0) == 0;
  }

 private:
  int socket_;
};

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
  const sockaddr_un address = AddressOf(path_);
  ASSERT_EQ(::connect(rude, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string endless(1000, 'x');
  EXPECT_EQ(::send(rude, endless.data(), endless.size(), MSG_NOSIGNAL), 1000);
  char answer = 0;
  EXPECT_LE(::recv(rude, &answer, 1, 0), 0) << "the connection ends, and there is no answer";
  ::close(rude);
  EXPECT_TRUE(SendControlCommand(path_, "status").has_value());
}

TEST_F(ControlSocketTest, IdleClientsLockNobodyOut) {
  Start({.control_path = path_});
  std::vector<std::unique_ptr<RawControlClient>> idle;
  for (int i = 0; i < 8; ++i) {
    idle.push_back(std::make_unique<RawControlClient>(path_));
    // All are known to the server; the first has spoken last.
    idle.back()->Send("plug\n");
    EXPECT_EQ(idle.back()->Line(), "ok\n");
  }
  idle[0]->Send("plug\n");
  EXPECT_EQ(idle[0]->Line(), "ok\n");
  const auto answer = SendControlCommand(path_, "status");
  EXPECT_TRUE(answer.has_value()) << answer.error().Describe();
  EXPECT_TRUE(idle[1]->SeesEnd()) << "the one that was silent longest";
  idle[0]->Send("plug\n");
  EXPECT_EQ(idle[0]->Line(), "ok\n");
}

TEST_F(ControlSocketTest, SilentClientIsSentAwayAfterAWhile) {
  Start({.control_path = path_, .setup_time = 200ms});
  const RawControlClient silent(path_);
  EXPECT_TRUE(silent.SeesEnd());
  const RawControlClient half(path_);
  half.Send("stat");
  EXPECT_TRUE(half.SeesEnd()) << "half a line is none";
}

// A server that ends is there, and another path would not help.
TEST_F(ControlSocketTest, AnEndWithoutAnAnswerIsToldAsSuch) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(path_);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  std::thread closer([listener] { ::close(::accept(listener, nullptr, nullptr)); });
  const auto answer = SendControlCommand(path_, "status");
  closer.join();
  ::close(listener);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kIo);
  EXPECT_THAT(answer.error().message(), HasSubstr("ended the conversation"));
  EXPECT_THAT(answer.error().hint(), testing::Not(HasSubstr("--control")));
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

TEST_F(ControlSocketTest, TakesThePlaceOfADeadServer) {
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(path_);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(dead);
  const auto refused = SendControlCommand(path_, "status");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
  Start({.control_path = path_});
  EXPECT_TRUE(SendControlCommand(path_, "status").has_value());
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
