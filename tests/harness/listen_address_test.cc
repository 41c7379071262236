#include "harness/commands/listen_address.h"

#include <gmock/gmock.h>

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddress, TakesEveryWayInWhichOneIsWritten) {
  struct Case {
    const char* text;
    const char* shown;
  };
  for (const auto& [text, shown] : {
           Case{"", "127.0.0.1:3240"},
           Case{"40003", "127.0.0.1:40003"},
           Case{":40003", "127.0.0.1:40003"},
           Case{"localhost", "127.0.0.1:3240"},
           Case{"localhost:40003", "127.0.0.1:40003"},
           Case{"0.0.0.0", "0.0.0.0:3240"},
           Case{"192.0.2.7:1", "192.0.2.7:1"},
           Case{"::1", "[::1]:3240"},
           Case{"[::1]", "[::1]:3240"},
           Case{"[::1]:40003", "[::1]:40003"},
           Case{"[fe80::1%eth0]:65535", "[fe80::1%eth0]:65535"},
       }) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address.has_value()) << text << ": " << address.error().Describe();
    EXPECT_EQ(address->Text(), shown) << text;
  }
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const char* text :
       {"localhost:", "127.0.0.1:", "127.0.0.1:65536", "65536", "-1", "127.0.0.1:-1",
        "127.0.0.1: 1", "[::1", "[::1]3240", "[]:3240", "[127.0.0.1]:3240", "::1:", "1.2.3",
        "localhorst", "rig.lab:3240", "127.0.0.1:3240:1"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_EQ(address.error().code(), ErrorCode::kInvalidArgument) << text;
    EXPECT_THAT(address.error().message(), HasSubstr("--usbip")) << text;
    EXPECT_THAT(address.error().hint(), HasSubstr("[::1]:3240")) << text;
  }
}

TEST(ListenAddress, KnowsWhoGetsThereAndHow) {
  const auto reach = [](const char* text) {
    return ParseListenAddress(text)->reach();
  };
  EXPECT_EQ(reach("127.0.0.1"), Reach::kThisMachine);
  EXPECT_EQ(reach("127.9.9.9"), Reach::kThisMachine);
  EXPECT_EQ(reach("::1"), Reach::kThisMachine);
  EXPECT_EQ(reach("192.0.2.7"), Reach::kOneAddress);
  EXPECT_EQ(reach("2001:db8::1"), Reach::kOneAddress);
  EXPECT_EQ(reach("0.0.0.0"), Reach::kEveryAddress);
  EXPECT_EQ(reach("::"), Reach::kEveryAddress);
  EXPECT_EQ(ParseListenAddress("0.0.0.0")->LocalText(), "127.0.0.1:3240");
  EXPECT_EQ(ParseListenAddress("[::]:7")->LocalText(), "[::1]:7");
  EXPECT_EQ(ParseListenAddress("192.0.2.7")->LocalText(), "192.0.2.7:3240");
  EXPECT_EQ(ParseListenAddress("7")->AttachCommand("rig"),
            "usbip --tcp-port 7 attach -r rig -b 1-1");
  EXPECT_EQ(ParseListenAddress("")->AttachCommand("rig"), "usbip attach -r rig -b 1-1");
}

}  // namespace
}  // namespace mtkrig::harness
