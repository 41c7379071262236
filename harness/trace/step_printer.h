#pragma once

// StepPrinter: steps as lines on a terminal or in a file.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "traces/decode/step.h"

namespace mtkrig::harness {

struct StepPrinterOptions {
  bool verbose = false;  // all fields, sizes, latencies and bytes; requests of the enumeration too
  bool color = false;
  // Of the terminal: longer lines are cut, or broken with `verbose`. Nothing for a file or a pipe.
  std::optional<std::size_t> width = std::nullopt;
};

class StepPrinter {
 public:
  using Print = std::function<void(std::string_view)>;
  StepPrinter(const StepPrinterOptions& options, Print print);

  void Add(const traces::Step& step);
  // Prints what was held back, to count repetitions and for the order.
  void Finish();

 private:
  void Hold(const traces::Step& step);
  void PrintHeld();
  void PrintWaiting(std::optional<std::uint64_t> before);
  void PrintStep();
  void PrintPhase(const std::string& phase);
  void PrintDetails();
  std::string Head(const traces::Step& step) const;
  void PrintLine(std::string_view head, std::string_view name, std::string_view rest);
  void PrintWhole(std::string_view head, std::string_view name, std::string_view color,
                  std::string_view rest);
  void PrintBelow(std::string_view color, std::string_view text);
  std::string Colored(std::string_view color, std::string_view text) const;

  const StepPrinterOptions options_;
  const Print print_;
  std::optional<traces::Duration> began_;
  std::string phase_;
  std::deque<traces::Step> waiting_;  // notes that may have come within the next step
  std::optional<traces::Step> held_;
  std::uint64_t repeated_ = 0;
};

}  // namespace mtkrig::harness
