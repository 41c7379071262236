#include "harness/output/hashing_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace mtkrig::harness {
namespace {

using ::testing::ElementsAre;

// SHA-256 of nothing and of "abc", from FIPS 180-2.
constexpr const char* kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbcHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// Keeps what is written until `capacity` bytes, then is full: a disk for tests.
class MemoryFile final : public ByteFile {
 public:
  explicit MemoryFile(std::size_t capacity = SIZE_MAX) : capacity_(capacity) {}
  Result<void> Write(ByteSpan data) override {
    const std::size_t fits = std::min(data.size(), capacity_ - content.size());
    const ByteSpan kept = data.first(fits);
    content.insert(content.end(), kept.begin(), kept.end());
    if (fits < data.size()) return Error(ErrorCode::kNoSpace, "disk full");
    return Ok();
  }
  Result<void> Sync() override {
    ++syncs;
    if (sync_fails) return Error(ErrorCode::kIo, "sync failed");
    return Ok();
  }
  std::vector<std::uint8_t> content;
  int syncs = 0;
  bool sync_fails = false;

 private:
  std::size_t capacity_;
};

std::vector<std::uint8_t> Pattern(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return bytes;
}

std::string HashOf(ByteSpan data) {
  Sha256 hash;
  hash.Update(data);
  return *hash.HexDigest();
}

TEST(Sha256, KnownAnswers) {
  Sha256 hash;
  EXPECT_EQ(*hash.HexDigest(), kEmptyHash);
  hash.Update(std::vector<std::uint8_t>{'a'});
  EXPECT_TRUE(hash.HexDigest()) << "asking in between changes nothing";
  hash.Update(std::vector<std::uint8_t>{'b', 'c'});
  EXPECT_EQ(*hash.HexDigest(), kAbcHash);
}

TEST(HashingWriter, WritesEverythingInOrderWhateverTheSplit) {
  const std::vector<std::uint8_t> data = Pattern(5'000'001);
  for (const std::size_t piece : {std::size_t{65536}, std::size_t{1'000'003}, data.size()}) {
    MemoryFile file;
    HashingWriter writer(file, {}, UINT64_MAX / 2, nullptr);
    for (std::size_t at = 0; at < data.size(); at += piece) {
      ASSERT_TRUE(writer.Append(ByteSpan(data).subspan(at, std::min(piece, data.size() - at))));
    }
    ASSERT_TRUE(writer.Finish());
    EXPECT_TRUE(file.content == data) << "pieces of " << piece;
    EXPECT_EQ(writer.checkpoint()->bytes, data.size());
    EXPECT_EQ(writer.checkpoint()->sha256, HashOf(data));
    EXPECT_EQ(file.syncs, 1);
  }
}

TEST(HashingWriter, AnEmptyImageIsAnImage) {
  MemoryFile file;
  HashingWriter writer(file, {}, 100, nullptr);
  ASSERT_TRUE(writer.Finish());
  EXPECT_EQ(writer.checkpoint()->sha256, kEmptyHash);
}

TEST(HashingWriter, AFullDiskEndsTheWritingAndTellsTheProducer) {
  MemoryFile file(2'500'000);
  const std::vector<std::uint8_t> packet = Pattern(0x100000);
  HashingWriter writer(file, {}, UINT64_MAX / 2, nullptr);
  Result<void> outcome;
  int packets = 0;
  while (outcome && packets < 100) {
    outcome = writer.Append(packet);
    ++packets;
  }
  ASSERT_FALSE(outcome) << "the producer must not go on for ever";
  EXPECT_EQ(outcome.error().code(), ErrorCode::kNoSpace);
  EXPECT_EQ(writer.Finish().error().code(), ErrorCode::kNoSpace);
  // The prefix counts only what was written as a whole and hashed.
  const Result<Checkpoint> reached = writer.checkpoint();
  ASSERT_TRUE(reached);
  EXPECT_EQ(reached->bytes, 2U * 0x100000);
  EXPECT_EQ(reached->sha256, HashOf(ByteSpan(file.content).first(2U * 0x100000)));
}

TEST(HashingWriter, AFailedFlushIsAFailure) {
  MemoryFile file;
  file.sync_fails = true;
  HashingWriter writer(file, {}, UINT64_MAX / 2, nullptr);
  ASSERT_TRUE(writer.Append(Pattern(10)));
  EXPECT_EQ(writer.Finish().error().code(), ErrorCode::kIo);
}

TEST(HashingWriter, CheckpointsAreSyncedPrefixes) {
  MemoryFile file;
  std::vector<std::uint64_t> reached;
  std::vector<bool> synced;
  const std::vector<std::uint8_t> data = Pattern(0x500000);
  {
    HashingWriter writer(file, {}, 0x200000, [&](const Checkpoint& checkpoint) {
      reached.push_back(checkpoint.bytes);
      synced.push_back(file.syncs > 0);
      EXPECT_EQ(checkpoint.sha256, HashOf(ByteSpan(data).first(checkpoint.bytes)));
      return Ok();
    });
    ASSERT_TRUE(writer.Append(data));
    ASSERT_TRUE(writer.Finish());
  }
  EXPECT_THAT(reached, ElementsAre(0x200000, 0x400000));
  EXPECT_THAT(synced, ElementsAre(true, true));
}

TEST(HashingWriter, ContinuesTheHashOfAnEarlierRun) {
  const std::vector<std::uint8_t> data = Pattern(3000);
  MemoryFile file;
  HashingWriter::Start start;
  start.hash.Update(ByteSpan(data).first(1000));
  start.bytes = 1000;
  HashingWriter writer(file, std::move(start), UINT64_MAX / 2, nullptr);
  ASSERT_TRUE(writer.Append(ByteSpan(data).subspan(1000)));
  ASSERT_TRUE(writer.Finish());
  EXPECT_EQ(writer.checkpoint()->bytes, 3000U);
  EXPECT_EQ(writer.checkpoint()->sha256, HashOf(data));
}

}  // namespace
}  // namespace mtkrig::harness
