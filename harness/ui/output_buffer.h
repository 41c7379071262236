#pragma once

// Standard output as a stream that remembers why it could not be written: std::cout knows only
// that.

#include <array>
#include <cstddef>
#include <streambuf>

namespace mtkrig::harness {

class OutputBuffer final : public std::streambuf {
 public:
  // The descriptor stays the caller's. What is not written when the buffer is destroyed is lost.
  explicit OutputBuffer(int fd);

  // An errno of the write that failed; 0 while none has. Nothing is written behind it.
  int error_number() const { return error_number_; }

 private:
  int_type overflow(int_type character) override;
  int sync() override;

  int fd_;
  int error_number_ = 0;
  std::array<char, std::size_t{64} << 10> buffer_{};
};

// To be called before anything is opened. Where a shell has closed standard input, output or error
// (2>&-), the next file would get its number, and what is printed would go into an image. What is
// put there instead can be neither read nor written.
void ReserveStandardDescriptors();

}  // namespace mtkrig::harness
