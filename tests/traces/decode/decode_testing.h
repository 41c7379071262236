#pragma once

// Sessions for tests of the decoder: .wire text in, lines of steps out.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "traces/decode/step_decoder.h"
#include "traces/decode/step_text.h"

namespace mtkrig::traces::test {

using Bytes = std::vector<std::uint8_t>;

// The events of a session in .wire text; a failure of the test where it cannot be read.
std::vector<Event> EventsOf(std::string_view wire);

struct Decoded {
  std::vector<Step> steps;
  std::vector<Span> spans;
};
Decoded Decode(const std::vector<Event>& events);

// "boot ROM: GET_HW_CODE  hw code 0x6580" of each step.
std::vector<std::string> Lines(const std::vector<Step>& steps);
inline std::vector<std::string> LinesOf(std::string_view wire) {
  return Lines(Decode(EventsOf(wire)).steps);
}

// The same session in other transfers: kBytes events of one direction that follow each other are
// joined and cut at places that the seed chooses.
std::vector<Event> Resplit(const std::vector<Event>& events, std::uint64_t seed);

// Every byte of either direction has one span, and they stand in order.
void ExpectEverySpan(const std::vector<Event>& events, const std::vector<Span>& spans);

}  // namespace mtkrig::traces::test
