#include "traces/replay/payload_digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string_view>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::Counting;

std::string Digest(DigestKind kind, ByteSpan data) {
  PayloadDigest digest(kind);
  digest.Update(data);
  const auto text = digest.Text();
  return text ? *text : text.error().Describe();
}

Bytes Text(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(PayloadDigest, IsThatOfThePublishedAlgorithms) {
  EXPECT_EQ(Digest(DigestKind::kSha256, Text("abc")),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // The values that xxhsum -H2 prints.
  EXPECT_EQ(Digest(DigestKind::kXxh3, {}), "xxh3-128:99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(Digest(DigestKind::kXxh3, Text("a")), "xxh3-128:a96faf705af16834e6c632b61e964e1f");
  Bytes longer(10000);
  for (std::size_t i = 0; i < longer.size(); ++i) longer[i] = static_cast<std::uint8_t>(i % 251);
  EXPECT_EQ(Digest(DigestKind::kXxh3, longer), "xxh3-128:89dec82a789965e61cb3abee1c2fc1c4");
  EXPECT_EQ(Digest(DigestKind::kNone, Text("a")), "");
}

// The sample of bytes of `data` at these places, `piece` each, under this name.
std::string SampleOf(const Bytes& data, const std::vector<std::size_t>& places, std::size_t piece,
                     std::string_view name) {
  Bytes sample;
  for (const std::size_t at : places) {
    sample.insert(sample.end(), data.begin() + static_cast<std::ptrdiff_t>(at),
                  data.begin() + static_cast<std::ptrdiff_t>(at + piece));
  }
  std::string digest = Digest(DigestKind::kXxh3, sample);
  return digest.replace(0, std::string_view("xxh3-128:").size(), name);
}

TEST(PayloadDigest, TheSampleIsSixteenBytesOfEveryBlockEachTimeElsewhere) {
  const Bytes data = Counting(4 * 2048 + 200);
  // Pieces 0, 37, 74 and 111 of the four blocks; piece 148 - 128 of the fifth is beyond the end.
  EXPECT_EQ(Digest(DigestKind::kSampled, data),
            SampleOf(data, {0, 2048 + 37 * 16, 2 * 2048 + 74 * 16, 3 * 2048 + 111 * 16}, 16,
                     "xxh3-128/16-2048:"));
}

TEST(PayloadDigest, NoBlockCanBeAnotherOne) {
  const Bytes data = Counting(100000);
  const std::string digest = Digest(DigestKind::kSampled, data);
  for (std::size_t block = 0; block + 2048 <= data.size(); block += 2048) {
    Bytes other = data;
    for (std::size_t i = 0; i < 2048; ++i) other[block + i] ^= 0x55;
    EXPECT_NE(Digest(DigestKind::kSampled, other), digest) << block;
  }
}

TEST(PayloadDigest, TheThinSampleIsSixtyFourBytesOfEveryBlockEachTimeElsewhere) {
  const Bytes data = Counting(3 * 16384 + 100);
  // Lines 0, 37 and 10 of the three blocks (37 * k mod 64); line 47 of the fourth is beyond the
  // end.
  EXPECT_EQ(Digest(DigestKind::kSparse, data),
            SampleOf(data, {0, 16384 + 37 * 64, 2 * 16384 + 74 * 64}, 64, "xxh3-128/16384:"));
}

TEST(PayloadDigest, PiecesDoNotCount) {
  const Bytes data = Counting(40000);
  for (const DigestKind kind :
       {DigestKind::kSampled, DigestKind::kSparse, DigestKind::kXxh3, DigestKind::kSha256}) {
    const std::string whole = Digest(kind, data);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      std::mt19937_64 random(seed);
      PayloadDigest digest(kind);
      for (std::size_t at = 0; at < data.size();) {
        const std::size_t most = seed % 2 == 0 ? 100 : 6000;
        const std::size_t count = std::min<std::size_t>(random() % most, data.size() - at);
        digest.Update(ByteSpan(data).subspan(at, count));
        at += count;
      }
      EXPECT_EQ(digest.Text().value_or("failed"), whole) << "seed " << seed;
    }
  }
}

TEST(PayloadDigest, StartsOverAfterReset) {
  for (const DigestKind kind :
       {DigestKind::kSampled, DigestKind::kSparse, DigestKind::kXxh3, DigestKind::kSha256}) {
    PayloadDigest digest(kind);
    digest.Update(Counting(5000, 3));
    digest.Reset();
    digest.Update(Counting(5000));
    EXPECT_EQ(digest.Text().value_or("failed"), Digest(kind, Counting(5000)));
  }
}

TEST(PayloadDigest, TheSampleTellsImagesAndOffsetsApart) {
  Bytes data = Counting(1 << 20);
  const std::string digest = Digest(DigestKind::kSampled, data);
  EXPECT_NE(Digest(DigestKind::kSampled, ByteSpan(data).first(data.size() - 4 * 16384)), digest);
  std::rotate(data.begin(), data.begin() + 512, data.end());
  EXPECT_NE(Digest(DigestKind::kSampled, data), digest);
}

TEST(DigestKindOf, KnowsTheFormsAndNothingElse) {
  const std::string sha(64, 'a');
  const std::string xxh(32, '0');
  EXPECT_EQ(DigestKindOf(sha), DigestKind::kSha256);
  EXPECT_EQ(DigestKindOf("sha256:" + sha), DigestKind::kSha256);
  EXPECT_EQ(DigestKindOf("xxh3-128:" + xxh), DigestKind::kXxh3);
  EXPECT_EQ(DigestKindOf("xxh3-128/16384:" + xxh), DigestKind::kSparse);
  EXPECT_EQ(DigestKindOf("xxh3-128/16-2048:" + xxh), DigestKind::kSampled);
  for (const std::string& bad :
       {std::string(), std::string("sha256:"), "sha256:" + xxh, "xxh3-128:" + sha, "md5:" + xxh,
        std::string(64, 'G'), "xxh3-128/4096:" + xxh}) {
    EXPECT_FALSE(DigestKindOf(bad).has_value()) << bad;
  }
}

TEST(SameDigest, TheNameOfSha256MayBeLeftOut) {
  const std::string sha(64, 'a');
  EXPECT_TRUE(SameDigest(sha, "sha256:" + sha));
  EXPECT_FALSE(SameDigest(sha, "sha256:" + std::string(64, 'b')));
  EXPECT_FALSE(SameDigest("xxh3-128:" + sha, sha));
}

}  // namespace
}  // namespace mtkrig::traces
