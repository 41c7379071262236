#pragma once

// The terminal, as commands see it: results on standard output, everything else on standard error.
// With --json standard output gets one document at the end, made of the same results and warnings.
// Thread-safe: the thread that watches for silence speaks too.

#include <fmt/format.h>

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base.h"
#include "harness/ui/progress.h"
#include "harness/ui/wrap.h"
#include "protocol/base/clock.h"

namespace mtkrig::harness {

struct ConsoleOptions {
  bool json = false;
  bool quiet = false;
  bool color = false;  // of standard error
  ProgressStyle progress = ProgressStyle::kLines;
  Progress::Width width = [] {
    return std::size_t{80};
  };
  // Of standard error, and of standard output: what is a terminal gets lines that fit.
  TerminalColumns error_columns = [] {
    return std::optional<std::size_t>();
  };
  TerminalColumns output_columns = [] {
    return std::optional<std::size_t>();
  };
  // An errno if standard output takes no more, EPIPE if nobody reads it; 0 while it does.
  std::function<int()> output_error = [] {
    return 0;
  };
};

// Color, progress style and columns for the process's own standard error and output: a bar on a
// terminal that can draw one, colors unless NO_COLOR is set (https://no-color.org).
ConsoleOptions DetectTerminal();

class Console {
 public:
  // The streams and the clock must outlive the console.
  Console(std::ostream& out, std::ostream& err, const protocol::Clock& clock,
          ConsoleOptions options);

  bool json() const { return options_.json; }
  // Whether nobody gets what is printed from now on: no reader, a full disk. What only prints may
  // end then; the end of the program tells why.
  bool OutputIsLost();
  // Of standard output, where it is a terminal.
  std::optional<std::size_t> output_columns() const { return options_.output_columns(); }

  // Part of the result for people. Silent with --json and --quiet. Sentences and tables are fitted
  // to a terminal, a text as such is not: a command to type, or what is fitted already.
  template <typename... Args>
  void Print(fmt::format_string<Args...> format, Args&&... args) {
    PrintProse(fmt::format(format, std::forward<Args>(args)...));
  }
  void PrintProse(std::string_view text);
  void PrintTable(const Table& table);
  void PrintText(std::string_view text);
  // A result that was asked for as such (a JSON or scatter file, a completion script): printed as
  // it is unless --json wraps it, --quiet or not.
  void PrintDocument(std::string_view text);
  // A line on what is going on. Silent with --quiet.
  void Note(std::string_view text);
  // Something odd that did not stop the work. `source` names the file it speaks of, or is empty;
  // `line` is 0 for none.
  void Warn(std::string_view text, std::string_view source = {}, int line = 0);
  void PrintError(const Error& error);

  // For --json.
  const nlohmann::ordered_json& warnings() const { return warnings_; }
  void PrintJson(const nlohmann::ordered_json& document);

  // Runs `use(progress)` under the console's lock.
  template <typename Use>
  void WithProgress(Use use) {
    const std::lock_guard lock(mutex_);
    use(progress_);
  }

 private:
  void PrintMarked(std::string_view mark, std::string_view color, std::string_view text);

  std::mutex mutex_;
  std::ostream& out_;
  std::ostream& err_;
  const ConsoleOptions options_;
  Progress progress_;
  nlohmann::ordered_json warnings_ = nlohmann::ordered_json::array();
};

// {"code", "message", "operation", "device_status", "offset", "hint"}; absent parts are null.
nlohmann::ordered_json ErrorToJson(const Error& error);

}  // namespace mtkrig::harness
