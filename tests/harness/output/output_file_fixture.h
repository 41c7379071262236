#pragma once

// An image of which a test writes as much as it likes, and what it left in its folder.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/output/output_file.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {

inline constexpr std::uint64_t kSize = 3'000'000;

class OutputFileTest : public ::testing::Test {
 protected:
  OutputFileTest() {
    for (std::size_t i = 0; i < kSize; ++i) {
      image_.push_back(static_cast<std::uint8_t>(i * 7 + i / 255));
    }
  }

  OutputRequest Request() const {
    OutputRequest request;
    request.target = directory_ / "boot.img";
    request.range = {protocol::FlashRegion::kEmmcUser, 0x988000, kSize};
    request.device.fingerprint = "phone-a";
    return request;
  }
  OutputRequest Resume() const {
    OutputRequest request = Request();
    request.resume = true;
    return request;
  }
  ByteSpan Image(std::size_t from, std::size_t count) const {
    return ByteSpan(image_).subspan(from, count);
  }
  // A read that ended after `count` bytes, as a pulled cable ends it.
  void Interrupt(std::size_t count) const {
    auto output = OutputFile::Open(Request());
    ASSERT_TRUE(output) << output.error().Describe();
    ASSERT_TRUE((*output)->Append(Image(0, count)));
    EXPECT_EQ((*output)->Suspend(), count);
  }
  bool IsWholeImage() const {
    const std::string content = Slurp(directory_ / "boot.img");
    return std::equal(content.begin(), content.end(), image_.begin(), image_.end(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  }
  std::string ImageHash() const {
    Sha256 hash;
    hash.Update(image_);
    return *hash.HexDigest();
  }

  TemporaryDirectory directory_;
  std::vector<std::uint8_t> image_;
};

}  // namespace mtkrig::harness
