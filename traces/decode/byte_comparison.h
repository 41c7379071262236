#pragma once

// What the digests of two recordings tell of bytes that both have at the same place.

#include <optional>
#include <string>
#include <string_view>

#include "traces/decode/step.h"

namespace mtkrig::traces {

struct FieldDifference {
  std::string name;
  std::string a;  // "(none)" where that side lacks the field
  std::string b;
};

// Neither of the two where the bytes are the same.
struct BytesVerdict {
  std::optional<FieldDifference> difference;
  std::string_view unknown = {};  // why they cannot be compared
};

// Why bytes cannot be told to be the same although the digests of all that was cut agree.
inline constexpr std::string_view kOfSamples = "the digests of what was cut are of samples";

// Of rows of the same length, of which at least one lacks something. What the recordings have in
// common decides: digests of the transfers that were cut, the bytes that are there. A difference
// has this name.
BytesVerdict CompareMissing(const MissingBytes& a, const MissingBytes& b, std::string_view name);

// Of the bytes of one direction that no field tells; nullptr where a step has none.
BytesVerdict CompareRestBytes(const RestBytes* a, const RestBytes* b, std::string_view name);

}  // namespace mtkrig::traces
