#pragma once

// ContentCheck: whether contents are the same of which two recordings lack different bytes: where
// one is whole and the other was cut, or more was kept by one than by the other. The bytes of the
// one are held against the digests that the other has of its transfers, and digests of the same
// transfer against each other. That takes a second reading of both, which begins with the first
// step that needs it.
//
// Content is found by its place in the step's content, so it makes no difference how either side
// was split into transfers and packets. Memory does not grow with the recordings.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "traces/decode/byte_comparison.h"
#include "traces/decode/step.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

class ContentHolder;

struct ContentVerdict {
  enum class Known : std::uint8_t {
    kNothing,
    kSamples,  // no difference, and some digests are of samples
    kSame,     // every byte
  };
  Known known = Known::kNothing;
  std::optional<FieldDifference> difference;  // the first
};

class ContentCheck {
 public:
  // Opens a recording anew, from its start.
  using Open = std::function<Result<std::unique_ptr<TraceReader>>()>;
  ContentCheck(Open a, Open b);
  ~ContentCheck();
  ContentCheck(const ContentCheck&) = delete;
  ContentCheck& operator=(const ContentCheck&) = delete;

  // Of two steps with as much content. Each call has steps behind those of the last one. A
  // difference has this name. kNothing where a recording cannot be read again.
  ContentVerdict Compare(const Step& a, const Step& b, std::string_view name);

 private:
  Open open_a_;
  Open open_b_;
  // By which side has more of a step's content, each once it is needed.
  std::unique_ptr<ContentHolder> more_in_a_;
  std::unique_ptr<ContentHolder> more_in_b_;
};

}  // namespace mtkrig::traces
