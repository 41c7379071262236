#include "protocol/base/error.h"

#include <gtest/gtest.h>

#include "protocol/base/result.h"

namespace mtkrig::protocol {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return Error(ErrorCode::kInvalidArgument, "odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  TRY_ASSIGN(const int half, Half(value));
  TRY_ASSIGN(const int quarter, Half(half));
  return quarter;
}

TEST(Error, DescribesOperationStatusAndOffset) {
  const Error error = Error(ErrorCode::kDeviceRefused, "the phone refused the agent")
                          .WithDeviceStatus(0x1d0d)
                          .During("SEND_DA")
                          .AtOffset(0x40);
  EXPECT_EQ(error.Describe(),
            "SEND_DA: the phone refused the agent (device status 0x1d0d, at offset 0x40)");
}

TEST(Error, InnermostOperationAndOffsetWin) {
  const Error error =
      Error(ErrorCode::kTimeout, "silence").During("READ").AtOffset(1).During("job");
  EXPECT_EQ(Error(error).AtOffset(2).Describe(), "READ: silence (at offset 0x1)");
}

TEST(Result, TryPassesTheErrorOn) {
  EXPECT_EQ(*Quarter(12), 3);
  const auto failed = Quarter(6);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mtkrig::protocol
