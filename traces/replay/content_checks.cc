#include "traces/replay/content_checks.h"

#include <fmt/format.h>

namespace mtkrig::traces {

std::string ContentChecks::Warning() const {
  if (sampled_bytes == 0) return {};
  return fmt::format(
      "{} bytes that the recording does not have were checked by samples only ({}), beside what it "
      "kept and the phone's 16-bit sums: a wrong image may pass, for other differences are not "
      "noticed; recording with --digest full keeps sums of every byte",
      sampled_bytes, sparse ? "64 bytes of every 16384" : "16 bytes of every 2048");
}

}  // namespace mtkrig::traces
