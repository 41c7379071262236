#pragma once

// Integers in byte strings. Readers are bounded: they never look past their span, and a short input
// is a value to handle, not undefined behaviour.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mtkrig::protocol {

using ByteSpan = std::span<const std::uint8_t>;

enum class Endian { kBig, kLittle };

// Requires data.size() >= sizeof(T); the caller has checked.
template <std::unsigned_integral T>
constexpr T Load(ByteSpan data, Endian endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    const std::size_t at = endian == Endian::kBig ? i : sizeof(T) - 1 - i;
    value = (value << 8) | data[at];
  }
  return static_cast<T>(value);
}
template <std::unsigned_integral T>
constexpr T LoadBe(ByteSpan data) {
  return Load<T>(data, Endian::kBig);
}
template <std::unsigned_integral T>
constexpr T LoadLe(ByteSpan data) {
  return Load<T>(data, Endian::kLittle);
}

// Requires out.size() >= sizeof(T).
template <std::unsigned_integral T>
constexpr void Store(std::span<std::uint8_t> out, T value, Endian endian) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    const std::size_t at = endian == Endian::kLittle ? i : sizeof(T) - 1 - i;
    out[at] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}
template <std::unsigned_integral T>
constexpr void StoreBe(std::span<std::uint8_t> out, T value) {
  Store(out, value, Endian::kBig);
}
template <std::unsigned_integral T>
constexpr void StoreLe(std::span<std::uint8_t> out, T value) {
  Store(out, value, Endian::kLittle);
}

// Takes fields from the front of a byte string.
class ByteReader {
 public:
  ByteReader(ByteSpan data, Endian endian) : data_(data), endian_(endian) {}

  // Empty when fewer bytes are left than asked for; the position then stays.
  template <std::unsigned_integral T>
  std::optional<T> Take() {
    if (left() < sizeof(T)) return std::nullopt;
    const T value = Load<T>(data_.subspan(position_, sizeof(T)), endian_);
    position_ += sizeof(T);
    return value;
  }
  std::optional<ByteSpan> TakeBytes(std::size_t count) {
    if (left() < count) return std::nullopt;
    const ByteSpan bytes = data_.subspan(position_, count);
    position_ += count;
    return bytes;
  }
  bool Skip(std::size_t count) { return TakeBytes(count).has_value(); }

  std::size_t position() const { return position_; }
  std::size_t left() const { return data_.size() - position_; }

 private:
  ByteSpan data_;
  Endian endian_;
  std::size_t position_ = 0;
};

// Appends fields to a byte string.
class ByteWriter {
 public:
  explicit ByteWriter(Endian endian) : endian_(endian) {}

  template <std::unsigned_integral T>
  ByteWriter& Put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    Store(std::span(bytes_).subspan(at), value, endian_);
    return *this;
  }
  ByteWriter& PutBytes(ByteSpan data) {
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    return *this;
  }
  ByteWriter& PutZeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::vector<std::uint8_t> Release() { return std::move(bytes_); }

 private:
  Endian endian_;
  std::vector<std::uint8_t> bytes_;
};

// Lower-case hex without separators: "a05f".
std::string ToHex(ByteSpan data);

}  // namespace mtkrig::protocol
