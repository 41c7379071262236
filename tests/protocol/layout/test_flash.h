#pragma once

// Flash in memory, and the tables that tests put there.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/layout/crc32.h"
#include "protocol/layout/range_reader.h"

namespace mtkrig::protocol {

// Pages that were written, over zeros. A read past the end is an error, as the phone's would be.
class TestFlash {
 public:
  explicit TestFlash(std::uint64_t size) : size_(size) {}

  void Write(std::uint64_t offset, ByteSpan data) {
    for (const std::uint8_t byte : data) bytes_[offset++] = byte;
  }
  void Write(std::uint64_t offset, std::string_view text) {
    for (const char c : text) bytes_[offset++] = static_cast<std::uint8_t>(c);
  }
  template <typename T>
  void WriteLe(std::uint64_t offset, T value) {
    Write(offset, ByteWriter(Endian::kLittle).Put(value).bytes());
  }
  std::uint8_t& operator[](std::uint64_t offset) { return bytes_[offset]; }

  RangeReader reader() {
    return [this](std::uint64_t offset, std::uint64_t length) -> Result<std::vector<std::uint8_t>> {
      ++reads;
      if (offset > size_ || length > size_ - offset) {
        return Error(ErrorCode::kDeviceRefused, "past the end").AtOffset(offset);
      }
      std::vector<std::uint8_t> data(length);
      for (auto it = bytes_.lower_bound(offset); it != bytes_.end() && it->first < offset + length;
           ++it) {
        data[it->first - offset] = it->second;
      }
      return data;
    };
  }
  std::vector<std::uint8_t> Read(std::uint64_t offset, std::uint64_t length) {
    return *reader()(offset, length);
  }

  int reads = 0;

 private:
  std::uint64_t size_;
  std::map<std::uint64_t, std::uint8_t> bytes_;
};

}  // namespace mtkrig::protocol
