#include "harness/trace/trace_input.h"

#include <utility>

#include "traces/formats/open_trace.h"

namespace mtkrig::harness {

void AddTraceInput(CLI::App& command, TraceInput& input) {
  command
      .add_option("FILE", input.file,
                  "A capture or recording (.pcapng, .pcap, .wire), or a debug log of another tool")
      ->required();
  AddTraceChoice(command, input);
}

void AddTraceChoice(CLI::App& command, TraceInput& input) {
  command
      .add_option("--from", input.device,
                  "Which device of a capture: BUS:ADDRESS or a port such as 1-1.4; of an strace "
                  "log: the serial port's path or descriptor")
      ->type_name("DEVICE");
  command
      .add_option("--format", input.format, "What the file is, where its content could be several")
      ->check(CLI::IsMember(traces::FormatNames()))
      ->type_name("NAME");
}

Result<InputOpener> OpenerOf(const TraceInput& input) {
  TRY_ASSIGN(std::shared_ptr<const traces::Content> content, traces::OpenFileContent(input.file));
  return InputOpener([content = std::move(content), device = input.device, format = input.format] {
    return traces::OpenTraceContent(content, {.device = device, .format = format});
  });
}

Result<std::unique_ptr<traces::TraceReader>> OpenInput(const TraceInput& input) {
  return traces::OpenTrace(input.file, {.device = input.device, .format = input.format});
}

}  // namespace mtkrig::harness
