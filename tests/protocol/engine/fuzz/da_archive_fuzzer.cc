// A DA archive is a file from the internet: nothing in it may read outside it.

#include <cstdlib>

#include "protocol/engine/chips.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mtkrig::protocol;  // NOLINT(google-build-using-namespace)
  const auto archive = DaArchive::Parse(ByteSpan(data, size));
  if (!archive) {
    if (archive.error().code() != ErrorCode::kInvalidInput) std::abort();
    return 0;
  }
  for (const AgentEntry& entry : archive->entries()) {
    for (const AgentRegion& region : entry.regions) {
      const ByteSpan bytes = archive->Data(region);
      if (!bytes.empty() && (bytes.data() == nullptr || bytes.back() > 0xff)) std::abort();
    }
  }
  for (const Chip& chip : AllChips()) {
    DeviceIdentity identity;
    identity.hw_code = chip.hw_code;
    const auto choice = archive->Choose(identity);
    if (!choice) continue;
    if (choice->stage2 != choice->stage1 + 1) std::abort();
    // What is chosen can be sent.
    for (const AgentRegion* region : {choice->stage1, choice->stage2}) {
      if (region->length == 0 || archive->Data(*region).size() != region->length) std::abort();
    }
  }
  return 0;
}
