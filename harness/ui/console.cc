#include "harness/ui/console.h"

#include <fmt/ostream.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "harness/text.h"
#include "harness/ui/output_terminal.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kCyan = "\x1b[1;36m";
constexpr std::string_view kReset = "\x1b[0m";

std::size_t TerminalWidth() {
  struct ::winsize size {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string_view Environment(const char* name) {
  // Read before any thread is started.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

ConsoleOptions DetectTerminal() {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const bool dumb = Environment("TERM").empty() || Environment("TERM") == "dumb";
  ConsoleOptions options;
  options.color = terminal && !dumb && Environment("NO_COLOR").empty();
  options.progress = terminal && !dumb ? ProgressStyle::kBar : ProgressStyle::kLines;
  options.width = TerminalWidth;
  if (terminal) {
    options.error_columns = [] {
      return std::optional<std::size_t>(TerminalWidth());
    };
  }
  options.output_columns = [] {
    return DetectOutputTerminal().width;
  };
  return options;
}

Console::Console(std::ostream& out, std::ostream& err, const protocol::Clock& clock,
                 ConsoleOptions options)
    : out_(out),
      err_(err),
      options_(std::move(options)),
      progress_(err, clock, options_.progress, options_.width) {}

bool Console::OutputIsLost() {
  const std::lock_guard lock(mutex_);
  return out_.fail() || options_.output_error() != 0;
}

void Console::PrintText(std::string_view text) {
  if (options_.json || options_.quiet) return;
  const std::lock_guard lock(mutex_);
  progress_.Clear();
  out_ << text;
}

void Console::PrintProse(std::string_view text) {
  PrintText(WrapLines(text, options_.output_columns()));
}

void Console::PrintTable(const Table& table) {
  PrintText(FitTable(table, options_.output_columns()));
}

void Console::PrintDocument(std::string_view text) {
  if (options_.json) return;
  const std::lock_guard lock(mutex_);
  progress_.Clear();
  out_ << text;
}

void Console::Note(std::string_view text) {
  if (options_.quiet) return;
  const std::lock_guard lock(mutex_);
  progress_.Clear();
  // A note may have several lines; nothing else in it drives the terminal.
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    err_ << WrapLines(Printable(text.substr(begin, end - begin)), options_.error_columns()) << "\n";
    begin = end + 1;
  }
  err_.flush();
}

void Console::Warn(std::string_view text, std::string_view source, int line) {
  const std::lock_guard lock(mutex_);
  warnings_.push_back({{"text", text},
                       {"file", source.empty() ? Json() : Json(source)},
                       {"line", line > 0 ? Json(line) : Json()}});
  std::string where;
  if (!source.empty() && line > 0) {
    where = fmt::format("{}:{}: ", source, line);
  } else if (!source.empty()) {
    where = fmt::format("{}: ", source);
  }
  PrintMarked("warning:", kYellow, where + std::string(text));
}

void Console::PrintError(const Error& error) {
  const std::lock_guard lock(mutex_);
  PrintMarked("error:", kRed, error.Describe());
  if (!error.hint().empty()) PrintMarked("hint:", kCyan, error.hint());
}

void Console::PrintJson(const Json& document) {
  const std::lock_guard lock(mutex_);
  progress_.Clear();
  out_ << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n" << std::flush;
}

void Console::PrintMarked(std::string_view mark, std::string_view color, std::string_view text) {
  progress_.Clear();
  // The mark has a blank behind it, so the first line begins with it whole.
  const std::string lines =
      WrapLines(fmt::format("{} {}", mark, Printable(text)), options_.error_columns());
  if (options_.color) {
    fmt::print(err_, "{}{}{}{}\n", color, mark, kReset, lines.substr(mark.size()));
  } else {
    fmt::print(err_, "{}\n", lines);
  }
  err_.flush();
}

Json ErrorToJson(const Error& error) {
  return {
      {"code", protocol::ErrorCodeName(error.code())},
      {"message", error.message()},
      {"operation", error.operation().empty() ? Json() : Json(error.operation())},
      {"device_status", error.device_status() ? Json(*error.device_status()) : Json()},
      {"offset", error.offset() ? Json(*error.offset()) : Json()},
      {"hint", error.hint().empty() ? Json() : Json(error.hint())},
  };
}

}  // namespace mtkrig::harness
