#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "harness/app.h"
#include "harness/signals.h"
#include "harness/ui/output_terminal.h"

int main(int argc, char** argv) {
  // A closed pipe is an error of the stream, to be reported after files were put in order.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that reaches the shell's limit of sizes (ulimit -f).
  std::signal(SIGXFSZ, SIG_IGN);
  std::ios::sync_with_stdio(false);
  mtkrig::protocol::Cancellation cancellation;
  const mtkrig::harness::SignalGuard guard(cancellation);
  const mtkrig::protocol::SteadyClock clock;
  return mtkrig::harness::RunApp(
      std::vector<std::string>(argv + 1, argv + argc),
      {std::cout, std::cerr, clock, cancellation, mtkrig::harness::DetectTerminal(),
       mtkrig::harness::OutputReaderIsGone});
}
