#include "harness/moniker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;

struct Named {
  const char* text;
  MonikerKind kind;
  const char* argument;
};

class EveryKind : public ::testing::TestWithParam<Named> {};

TEST_P(EveryKind, IsUnderstoodAndWrittenTheSameWay) {
  const Named& named = GetParam();
  const Result<Moniker> moniker = ParseMoniker(named.text);
  ASSERT_TRUE(moniker) << moniker.error().Describe();
  EXPECT_EQ(moniker->kind, named.kind);
  EXPECT_EQ(moniker->argument, named.argument);
  EXPECT_EQ(moniker->text(), named.text);
}

INSTANTIATE_TEST_SUITE_P(
    Moniker, EveryKind,
    ::testing::Values(
        Named{"emulator:mt6577", MonikerKind::kEmulator, "mt6577"},
        Named{"emulator:profiles/my phone.yaml", MonikerKind::kEmulator, "profiles/my phone.yaml"},
        Named{"usb", MonikerKind::kUsb, ""}, Named{"usb:1-1.4", MonikerKind::kUsb, "1-1.4"},
        Named{"usb:0e8d:2000", MonikerKind::kUsb, "0e8d:2000"},
        Named{"usbip:host/1-1", MonikerKind::kUsbip, "host/1-1"},
        Named{"usbip:rig/usbip-vudc.0", MonikerKind::kUsbip, "rig/usbip-vudc.0"},
        Named{"usbip:127.0.0.1:3240/1-1.2", MonikerKind::kUsbip, "127.0.0.1:3240/1-1.2"},
        Named{"serial:/dev/ttyACM0", MonikerKind::kSerial, "/dev/ttyACM0"},
        Named{"replay:a/session.pcapng", MonikerKind::kReplay, "a/session.pcapng"}));

struct Mistyped {
  const char* text;
  const char* hint;
};

class EveryMistake : public ::testing::TestWithParam<Mistyped> {};

TEST_P(EveryMistake, IsAnsweredWithWhatWasMeant) {
  const Result<Moniker> moniker = ParseMoniker(GetParam().text);
  ASSERT_FALSE(moniker);
  EXPECT_EQ(moniker.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(moniker.error().hint(), HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Moniker, EveryMistake,
    ::testing::Values(Mistyped{"emulater:mt6577", "did you mean emulator:mt6577?"},
                      Mistyped{"EMULATOR:mt6577", "did you mean emulator:mt6577?"},
                      Mistyped{"mt6577", "did you mean emulator:mt6577?"},
                      Mistyped{"MT6582", "did you mean emulator:MT6582?"},
                      Mistyped{"/dev/ttyACM0", "did you mean serial:/dev/ttyACM0?"},
                      Mistyped{"session.pcapng", "did you mean replay:session.pcapng?"},
                      Mistyped{"my.yaml", "did you mean emulator:my.yaml?"},
                      Mistyped{"ubs", "did you mean usb?"}, Mistyped{"phone", "a device is one of"},
                      Mistyped{"", "a device is one of"}, Mistyped{"emulator", "emulator:NAME"},
                      Mistyped{"usb:somewhere", "usb:BUS-PORT"},
                      Mistyped{"usbip:host", "usbip:HOST[:PORT]/BUSID"},
                      Mistyped{"serial:", "serial:PATH"}));

TEST(Moniker, ControlCharactersDoNotReachTheTerminal) {
  const Result<Moniker> moniker = ParseMoniker("x\x1b[2Jy");
  ASSERT_FALSE(moniker);
  EXPECT_EQ(moniker.error().Describe().find('\x1b'), std::string::npos);
  EXPECT_EQ(moniker.error().hint().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace mtkrig::harness
