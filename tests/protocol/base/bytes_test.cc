#include "protocol/base/bytes.h"

#include <gmock/gmock.h>

#include <array>

namespace mtkrig::protocol {
namespace {

TEST(Bytes, LoadsBothEndians) {
  const std::array<std::uint8_t, 4> bytes = {0x12, 0x34, 0x56, 0x78};
  EXPECT_EQ(LoadBe<std::uint32_t>(bytes), 0x12345678U);
  EXPECT_EQ(LoadLe<std::uint32_t>(bytes), 0x78563412U);
  EXPECT_EQ(LoadBe<std::uint16_t>(bytes), 0x1234U);
}

TEST(Bytes, StoresWhatItLoads) {
  std::array<std::uint8_t, 8> bytes = {};
  StoreBe<std::uint64_t>(bytes, 0x0102030405060708U);
  EXPECT_THAT(bytes, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  StoreLe<std::uint64_t>(bytes, 0x0102030405060708U);
  EXPECT_THAT(bytes, testing::ElementsAre(8, 7, 6, 5, 4, 3, 2, 1));
}

TEST(ByteReader, StopsAtTheEndWithoutMoving) {
  const std::array<std::uint8_t, 3> bytes = {0xaa, 0xbb, 0xcc};
  ByteReader reader(bytes, Endian::kBig);
  EXPECT_EQ(reader.Take<std::uint16_t>(), 0xaabb);
  EXPECT_EQ(reader.Take<std::uint16_t>(), std::nullopt);
  EXPECT_EQ(reader.position(), 2U);
  EXPECT_EQ(reader.Take<std::uint8_t>(), 0xcc);
  EXPECT_FALSE(reader.Skip(1));
}

TEST(ByteWriter, AppendsFields) {
  ByteWriter writer(Endian::kBig);
  const std::array<std::uint8_t, 2> tail = {9, 8};
  writer.Put<std::uint8_t>(1).Put<std::uint16_t>(0x0203).PutZeros(1).PutBytes(tail);
  EXPECT_THAT(writer.bytes(), testing::ElementsAre(1, 2, 3, 0, 9, 8));
}

TEST(Bytes, HexIsLowerCase) {
  const std::array<std::uint8_t, 2> bytes = {0xA0, 0x5F};
  EXPECT_EQ(ToHex(bytes), "a05f");
}

}  // namespace
}  // namespace mtkrig::protocol
