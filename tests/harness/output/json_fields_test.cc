#include "harness/output/json_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mtkrig::harness {
namespace {

std::string Why(std::string_view text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const auto json = ParseJsonObject(bytes);
  return json ? "" : json.error().message();
}

TEST(JsonFields, WhatIsNoObjectIsToldWithItsPlace) {
  EXPECT_EQ(Why("{\"a\": 1}"), "");
  EXPECT_EQ(Why(""), "it is empty");
  EXPECT_EQ(Why("[1]"), "it is no JSON object");
  EXPECT_EQ(Why("x"), "it is no JSON from line 1 on, byte 0");
  EXPECT_EQ(Why("{\n\n  x}"), "it is no JSON from line 3 on, byte 5");
  EXPECT_EQ(Why("{\n\"a\": "), "it is cut off in line 2, at byte 7");
  EXPECT_EQ(Why("{}\n}"), "it is no JSON from line 2 on, byte 3");
}

TEST(JsonFields, AFieldIsOfItsTypeOrNamed) {
  const nlohmann::ordered_json json = {{"text", "x"}, {"number", 5U}, {"minus", -1}, {"half", 0.5}};
  EXPECT_EQ(*TakeField<std::string>(json, "text"), "x");
  const auto five = TakeField<std::uint64_t>(json, "number");
  ASSERT_TRUE(five) << five.error().Describe();
  EXPECT_EQ(*five, 5U);
  const auto why = [&json](const char* key) {
    const auto number = TakeField<std::uint64_t>(json, key, "file 2: ");
    EXPECT_EQ(number.error().code(), ErrorCode::kInvalidInput);
    return number.error().message();
  };
  EXPECT_EQ(why("none"), "file 2: \"none\" is missing");
  EXPECT_EQ(why("text"), "file 2: \"text\" is not of the right type");
  EXPECT_EQ(why("minus"), "file 2: \"minus\" is not of the right type");
  EXPECT_EQ(why("half"), "file 2: \"half\" is not of the right type");
  EXPECT_FALSE(TakeField<std::string>("no object", "text"));
}

}  // namespace
}  // namespace mtkrig::harness
