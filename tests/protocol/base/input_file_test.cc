// What a name on the command line may lead to: only what ends is read, and nothing is waited for
// without a bound.

#include "protocol/base/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace mtkrig::protocol {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class InputFile : public ::testing::Test {
 protected:
  InputFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mtkrig-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~InputFile() override { std::filesystem::remove_all(directory_); }

  std::string Path(std::string_view name) const { return (directory_ / name).string(); }
  static std::string Text(const Result<std::vector<std::uint8_t>>& read) {
    return read ? std::string(read->begin(), read->end())
                : fmt::format("{}: {}", ErrorCodeName(read.error().code()), read.error().message());
  }
  static std::string Read(const std::string& path, Duration silence = std::chrono::seconds(30)) {
    return Text(ReadInputFile(path, {1000, "scatter file", silence}));
  }

  std::filesystem::path directory_;
};

// A pipe as the shell makes it, under the name that `<(command)` has.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    CloseWriter();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  std::string name() const { return fmt::format("/dev/fd/{}", ends_[0]); }
  void Write(std::string_view text) const {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<::ssize_t>(text.size()));
  }
  void CloseWriter() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST_F(InputFile, ARegularFileIsReadWhole) {
  std::ofstream(Path("file")) << std::string(1000, 'x');
  EXPECT_EQ(Read(Path("file")), std::string(1000, 'x'));
  std::ofstream(Path("empty")).flush();
  EXPECT_EQ(Read(Path("empty")), "");
}

TEST_F(InputFile, WhatIsTooLargeIsRefused) {
  std::ofstream(Path("file")) << std::string(1001, 'x');
  EXPECT_THAT(Read(Path("file")), AllOf(HasSubstr("invalid-input"), HasSubstr(Path("file")),
                                        HasSubstr("too large for a scatter file")));
}

TEST_F(InputFile, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(Read(Path("none")), fmt::format("not-found: cannot open scatter file {}: No such file "
                                            "or directory",
                                            Path("none")));
}

TEST_F(InputFile, AFifoThatNobodyWritesIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(Read(Path("fifo")),
            fmt::format("invalid-input: cannot read scatter file {}: it is a FIFO", Path("fifo")));
}

TEST_F(InputFile, SocketsDevicesAndFoldersAreRefused) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = Path("socket");
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(&address.sun_path[0], path.data(), path.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const ::sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_THAT(Read(path), HasSubstr("it is a socket"));
  ::close(fd);
  EXPECT_THAT(Read("/dev/zero"), HasSubstr("character device"));
  EXPECT_THAT(Read("/dev/null"), HasSubstr("character device"));
  EXPECT_THAT(Read(directory_.string()), HasSubstr("it is a directory"));
}

TEST_F(InputFile, APipeOfTheShellIsReadToItsEnd) {
  Pipe pipe;
  pipe.Write("MBR 0x0\n");
  pipe.Write("BOOTIMG 0x80000\n");
  pipe.CloseWriter();
  EXPECT_EQ(Read(pipe.name()), "MBR 0x0\nBOOTIMG 0x80000\n");
}

TEST_F(InputFile, APipeThatStaysSilentIsGivenUp) {
  Pipe pipe;
  pipe.Write("MBR 0x0\n");
  EXPECT_EQ(Read(pipe.name(), Duration::zero()),
            fmt::format("io: nothing came through {} for 0 s", pipe.name()));
}

TEST_F(InputFile, APipeWithoutAnEndIsBounded) {
  Pipe pipe;
  pipe.Write(std::string(2000, 'x'));
  EXPECT_THAT(Read(pipe.name()), HasSubstr("too large"));
}

}  // namespace
}  // namespace mtkrig::protocol
