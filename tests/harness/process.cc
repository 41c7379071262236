#include "tests/harness/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace mtkrig::harness {
namespace {

// Small, so that a child that prints much waits for its reader: tests can then act while it is in
// the middle of its work, without a clock.
constexpr int kPipeBytes = 4096;

void MakePipe(std::array<int, 2>& ends) {
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
}

[[noreturn]] void Exec(const std::vector<std::string>& command, int out, int err) {
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  // execv() takes pointers to non-const and changes nothing.
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

// False at the end of the stream.
bool Drain(int& fd, std::string& text) {
  std::array<char, 4096> chunk{};
  const ::ssize_t got = ::read(fd, chunk.data(), chunk.size());
  if (got > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
  }
  ::close(fd);
  fd = -1;
  return false;
}

}  // namespace

Process::Process(const std::vector<std::string>& command) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  MakePipe(out);
  MakePipe(err);
  pid_ = ::fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) Exec(command, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

bool Process::PumpOnce() {
  std::array<::pollfd, 2> fds = {{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  if (out_ < 0 && err_ < 0) return false;
  if (::poll(fds.data(), fds.size(), -1) < 0) return true;
  if (fds[0].revents != 0) Drain(out_, result_.out);
  if (fds[1].revents != 0) Drain(err_, result_.err);
  return true;
}

bool Process::ReadErrorUntil(std::string_view text) {
  while (result_.err.find(text) == std::string::npos) {
    if (err_ < 0 || !PumpOnce()) return false;
  }
  return true;
}

void Process::Signal(int signal) const {
  ::kill(pid_, signal);
}

ProcessResult Process::Wait() {
  while (PumpOnce()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result_;
}

ProcessResult RunProcess(const std::vector<std::string>& command) {
  return Process(command).Wait();
}

}  // namespace mtkrig::harness
