#include "traces/replay/xxh3_update.h"

#include <xxhash.h>

namespace mtkrig::traces {
namespace {

void UpdateXxh3(void* state, const void* data, std::size_t size) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), data, size);
}

}  // namespace

Xxh3Update BestXxh3Update() {
#ifdef MTKRIG_XXH3_AVX2
  static const bool wide = __builtin_cpu_supports("avx2") != 0;
  if (wide) return UpdateXxh3Avx2;
#endif
  return UpdateXxh3;
}

}  // namespace mtkrig::traces
