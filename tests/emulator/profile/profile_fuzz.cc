// Whatever stands in a profile or a scatter file is answered with a phone or an error.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "emulator/profile/config_node.h"
#include "emulator/profile/config_reader.h"
#include "emulator/profile/scatter_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::emulator;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Contents are left out: they would read files of the machine that fuzzes.
  (void)ParseYaml(text, "fuzz");
  (void)ReadScatter(text, "fuzz");
  (void)ParseNumber(text);
  return 0;
}
