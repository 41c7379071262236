#include "harness/trace/trace_input.h"

#include "traces/formats/open_trace.h"

namespace mtkrig::harness {

void AddTraceInput(CLI::App& command, TraceInput& input) {
  command.add_option("FILE", input.file, "A capture or recording: .pcapng, .pcap or .wire")
      ->required();
  AddTraceDevice(command, input.device);
}

void AddTraceDevice(CLI::App& command, std::string& device) {
  command
      .add_option("--from", device,
                  "Which device of a capture: BUS:ADDRESS or a port such as 1-1.4")
      ->type_name("DEVICE");
}

Result<std::unique_ptr<traces::TraceReader>> OpenInput(const TraceInput& input) {
  return traces::OpenTrace(input.file, {.device = input.device});
}

}  // namespace mtkrig::harness
