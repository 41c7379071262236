// Any bytes as .wire text.

#include "fuzz_trace.h"
#include "traces/formats/wire_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)
  Check(Drain(OpenWire(*MemoryContent(Bytes(data, data + size), "input"))));
  return 0;
}
