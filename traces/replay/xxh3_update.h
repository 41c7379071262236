#pragma once

// XXH3_128bits_update() of the library, or the same with wider registers where the processor has
// them: Debian's library is made for every x86-64, and takes twice the time.

#include <cstddef>

namespace mtkrig::traces {

using Xxh3Update = void (*)(void* state, const void* data, std::size_t size);

// The fastest for this processor. All of them do the same to a state, which is an XXH3_state_t.
Xxh3Update BestXxh3Update();

#ifdef MTKRIG_XXH3_AVX2
// Requires a processor with AVX2.
void UpdateXxh3Avx2(void* state, const void* data, std::size_t size);
#endif

}  // namespace mtkrig::traces
