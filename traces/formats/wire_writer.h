#pragma once

// Writes a session as .wire text. traces/README.md has the grammar.

#include <memory>
#include <optional>
#include <string>

#include "traces/formats/trace_output.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

class WireWriter final : public TraceWriter {
 public:
  // Writes the facts at once.
  static Result<std::unique_ptr<TraceWriter>> Create(std::unique_ptr<TraceOutput> output,
                                                     const SessionFacts& facts);
  ~WireWriter() override;
  WireWriter(const WireWriter&) = delete;
  WireWriter& operator=(const WireWriter&) = delete;

  Result<void> Add(const Event& event) override;
  Result<void> Flush() override { return output_->Flush(); }

 private:
  explicit WireWriter(std::unique_ptr<TraceOutput> output) : output_(std::move(output)) {}

  Result<void> Write(const std::string& text);
  // "[+120us ~80us] ", or nothing if no time passed.
  std::string TimeOf(const Event& event);

  std::unique_ptr<TraceOutput> output_;
  Duration last_time_{};
  bool first_ = true;
};

}  // namespace mtkrig::traces
