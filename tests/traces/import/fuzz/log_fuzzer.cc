// Any bytes as a log of each tool, and as whatever they look like.

#include "tests/traces/formats/fuzz/fuzz_trace.h"
#include "traces/import/log_importer.h"
#include "traces/import/open_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)
  const auto content = MemoryContent(Bytes(data, data + size), "input");
  Check(Drain(OpenTraceContent(content, {})));
  for (const std::string& format : LogFormatNames()) {
    const std::vector<Event> events =
        Drain(OpenTraceContent(content, {.device = {}, .format = format}));
    for (const Event& event : events) {
      if (event.length > kMaxToldLength) std::abort();
    }
    Check(events);
  }
  Check(Drain(OpenTraceContent(content, {.device = "3", .format = "strace"})));
  return 0;
}
