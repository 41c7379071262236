// Any bytes as a log of each tool, and as whatever they look like.

#include "tests/traces/formats/fuzz/fuzz_trace.h"
#include "traces/import/open_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)
  const auto content = MemoryContent(Bytes(data, data + size), "input");
  Check(Drain(OpenTraceContent(content, {})));
  for (const std::string& format : LogFormatNames()) {
    Check(Drain(OpenTraceContent(content, {.device = {}, .format = format})));
  }
  Check(Drain(OpenTraceContent(content, {.device = "3", .format = "strace"})));
  return 0;
}
