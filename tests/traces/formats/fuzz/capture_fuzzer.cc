// Any bytes as a pcapng or pcap capture, with and without a device chosen.

#include "fuzz_trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)
  for (const char* const device : {"", "1:5", "1-1"}) {
    const auto content = MemoryContent(Bytes(data, data + size), "input");
    Check(Drain(OpenTraceContent(content, {.device = device})));
  }
  return 0;
}
