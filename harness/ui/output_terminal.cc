#include "harness/ui/output_terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace mtkrig::harness {
namespace {

std::string_view Environment(const char* name) {
  // Read before any thread is started.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

OutputTerminal DetectOutputTerminal() {
  constexpr std::size_t kUsual = 80;
  if (::isatty(STDOUT_FILENO) != 1) return {};
  OutputTerminal terminal;
  const bool dumb = Environment("TERM").empty() || Environment("TERM") == "dumb";
  terminal.color = !dumb && Environment("NO_COLOR").empty();
  struct ::winsize size {};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  terminal.width = known ? size.ws_col : kUsual;
  return terminal;
}

bool OutputReaderIsGone() {
  // The kernel reports the end of the other side unasked, and at once.
  ::pollfd output = {.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

}  // namespace mtkrig::harness
