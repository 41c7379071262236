#pragma once

// ByteForms: strings of bytes, each with what stands in its place. Finds the longest that begins at
// a place in a time that depends neither on how many there are nor on what they begin with, so that
// a text is searched in linear time whatever the recording had for secrets.

#include <bitset>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace mtkrig::traces {

class ByteForms {
 public:
  using Form = std::pair<const std::string, std::string>;

  // `to` is as long as `from`, which has at least two bytes. Of two that are the same the first
  // counts.
  void Add(std::string from, std::string to);
  // The longest that `bytes` begin with, or null.
  const Form* Find(std::string_view bytes) const;
  bool empty() const { return forms_.empty(); }

 private:
  static std::size_t StartOf(std::string_view bytes) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 |
           static_cast<unsigned char>(bytes[1]);
  }

  std::map<std::string, std::string, std::less<>> forms_;
  std::bitset<65536> starts_;  // their first two bytes
  std::size_t longest_ = 0;
};

}  // namespace mtkrig::traces
