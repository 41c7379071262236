// Compiled with AVX2, so nothing may stand here that other files have, too: the linker might take
// this one's for them. The library's functions are this file's own by XXH_INLINE_ALL.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "traces/replay/xxh3_update.h"

namespace mtkrig::traces {

void UpdateXxh3Avx2(void* state, const void* data, std::size_t size) {
  // The library gives the type a name of this file's own, too.
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), data, size);
}

}  // namespace mtkrig::traces
