#include "protocol/layout/address_space.h"

#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

Partition At(FlashRegion region, std::uint64_t offset, std::uint64_t linear) {
  Partition partition;
  partition.region = region;
  partition.offset = offset;
  partition.linear_address = linear;
  return partition;
}

const std::vector<Partition> kOld = {At(FlashRegion::kEmmcBoot1, 0, 0),
                                     At(FlashRegion::kEmmcUser, 0x4000, 0x604000)};

TEST(AddressSpace, LinearToRegionAndBack) {
  const AddressSpace space = AddressSpace::FromPartitions(kOld);
  EXPECT_EQ(*space.Resolve(0xf88000), (FlashAddress{FlashRegion::kEmmcUser, 0x988000}));
  EXPECT_EQ(*space.Resolve(0x5fffff), (FlashAddress{FlashRegion::kEmmcBoot1, 0x5fffff}));
  EXPECT_EQ(space.LinearOf({FlashRegion::kEmmcUser, 0x988000}), 0xf88000U);
  EXPECT_EQ(space.LinearOf({FlashRegion::kEmmcBoot1, 0x40000}), 0x40000U);
  EXPECT_FALSE(space.linear_is_physical());
}

TEST(AddressSpace, WhatNoWindowShowsHasNoAddress) {
  const AddressSpace space = AddressSpace::FromPartitions(kOld);
  EXPECT_EQ(space.LinearOf({FlashRegion::kEmmcBoot2, 0}), std::nullopt);
  EXPECT_EQ(space.LinearOf({FlashRegion::kEmmcBoot1, 0x600000}), std::nullopt);
  EXPECT_EQ(space.LinearOf({FlashRegion::kEmmcUser, UINT64_MAX}), std::nullopt);
  const auto nowhere = AddressSpace().Resolve(0);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().code(), ErrorCode::kNotFound);
}

TEST(AddressSpace, UserAreaWinsWhereRegionsShareAddresses) {
  const std::vector<Partition> shared = {At(FlashRegion::kEmmcBoot1, 0, 0),
                                         At(FlashRegion::kEmmcUser, 0, 0)};
  const AddressSpace space = AddressSpace::FromPartitions(shared);
  EXPECT_EQ(space.Resolve(0x1000)->region, FlashRegion::kEmmcUser);
  EXPECT_TRUE(space.linear_is_physical());
}

TEST(AddressSpace, TailsAreFFFF) {
  EXPECT_TRUE(IsTailAddress(0xffff0000));
  EXPECT_TRUE(IsTailAddress(0xffffffff));
  EXPECT_FALSE(IsTailAddress(0xfffeffff));
  EXPECT_FALSE(IsTailAddress(0x1ffff0000));
}

}  // namespace
}  // namespace mtkrig::protocol
