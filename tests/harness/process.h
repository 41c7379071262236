#pragma once

// A child process with its output in pipes.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::harness {

struct ProcessResult {
  int exit_code = -1;  // 128 + signal when one ended it
  std::string out;
  std::string err;
};

class Process {
 public:
  // Starts the program. Its standard input is /dev/null.
  explicit Process(const std::vector<std::string>& command);
  // Kills it if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Reads what the child prints until `text` stands in its standard error; false when the child
  // closed it before.
  bool ReadErrorUntil(std::string_view text);
  void Signal(int signal) const;
  // What was read of its standard error so far.
  const std::string& error_output() const { return result_.err; }
  // Reads the rest and waits for the end.
  ProcessResult Wait();

 private:
  bool PumpOnce();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  ProcessResult result_;
};

ProcessResult RunProcess(const std::vector<std::string>& command);

}  // namespace mtkrig::harness
