// Any bytes as what Zstandard made of a trace: behind the magic number, anything.

#include <array>

#include "fuzz_trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)
  constexpr std::array<std::uint8_t, 4> kMagic = {0x28, 0xb5, 0x2f, 0xfd};
  Bytes bytes(data, data + size);
  bytes.resize(std::max(bytes.size(), kMagic.size()));
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  Check(Drain(OpenTraceContent(MemoryContent(std::move(bytes), "input"), {})));
  return 0;
}
