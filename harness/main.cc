#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "harness/app.h"
#include "harness/signals.h"
#include "harness/ui/output_buffer.h"
#include "harness/ui/output_terminal.h"

int main(int argc, char** argv) {
  mtkrig::harness::ReserveStandardDescriptors();
  // A closed pipe is an error of the stream, to be reported after files were put in order.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that reaches the shell's limit of sizes (ulimit -f).
  std::signal(SIGXFSZ, SIG_IGN);
  std::ios::sync_with_stdio(false);
  mtkrig::harness::OutputBuffer buffer(STDOUT_FILENO);
  std::ostream out(&buffer);
  // Results and what is said about them stand in their order on a terminal.
  std::cerr.tie(&out);
  mtkrig::protocol::Cancellation cancellation;
  const mtkrig::harness::SignalGuard guard(cancellation);
  const mtkrig::protocol::SteadyClock clock;
  mtkrig::harness::ConsoleOptions terminal = mtkrig::harness::DetectTerminal();
  terminal.output_error = [&buffer] {
    if (buffer.error_number() != 0) return buffer.error_number();
    return mtkrig::harness::OutputReaderIsGone() ? EPIPE : 0;
  };
  const int status =
      mtkrig::harness::RunApp(std::vector<std::string>(argv + 1, argv + argc),
                              {out, std::cerr, clock, cancellation, std::move(terminal)});
  std::cerr.tie(nullptr);
  return status;
}
