// Getting at a phone of a USB/IP server: waiting until it is exported, what the server says
// instead.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "device/usbip_transport.h"
#include "tests/device/script_stream.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using testing::Bytes;
using ::testing::HasSubstr;
using testing::Script;
using testing::ScriptNetwork;

constexpr const char* kImportRequest =
    "0111 8003 00000000"
    "312d310000000000 0000000000000000 0000000000000000 0000000000000000";

TEST(UsbipTransport, SaysWhatTheServerExportsInstead) {
  Script refused;
  refused.Expect(kImportRequest).Answer("0111 0003 00000004");
  Script list;
  Bytes record = Script::ImportReply("3-2", 0x0003);
  record.erase(record.begin(), record.begin() + 8);
  list.Expect("0111 8005 00000000")
      .Answer("0111 0005 00000000 00000001")
      .AnswerBytes(record)
      .Answer("02020100 0a000000");
  ScriptNetwork network({refused, list});
  auto opened = network.Open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().hint(), HasSubstr("3-2 (0e8d:0003)"));
}

TEST(UsbipTransport, WaitsUntilTheBusIdIsExported) {
  Script refused;
  refused.Expect(kImportRequest).Answer("0111 0003 00000004");
  ScriptNetwork network({refused, refused, refused, Script::Opened()});
  EXPECT_TRUE(network.Open(10s).has_value());
  EXPECT_EQ(network.elapsed(), 150ms);
}

class WaitingLines final : public DiscoveryObserver {
 public:
  void OnWaiting(std::string_view text) override { lines.emplace_back(text); }
  void OnFound(std::string_view text) override { lines.emplace_back(text); }
  std::vector<std::string> lines;
};

Script RefusedImport(std::string_view status) {
  Script script;
  script.Expect(kImportRequest).Answer(fmt::format("0111 0003 {}", status));
  return script;
}
Script EmptyList() {
  Script script;
  script.Expect("0111 8005 00000000").Answer("0111 0005 00000000 00000000");
  return script;
}

TEST(UsbipTransport, SaysWhileItWaitsWhatTheServerSaid) {
  WaitingLines observer;
  ScriptNetwork absent({RefusedImport("00000004"), EmptyList(), Script::Opened()});
  EXPECT_TRUE(absent.Open(10s, nullptr, &observer).has_value());
  ASSERT_EQ(observer.lines.size(), 2U);
  EXPECT_THAT(observer.lines[0], HasSubstr("the server exports no device 1-1"));
  EXPECT_THAT(observer.lines[0], HasSubstr("the server exports nothing now"));
  observer.lines.clear();
  ScriptNetwork busy({RefusedImport("00000002"), Script::Opened()});
  EXPECT_TRUE(busy.Open(10s, nullptr, &observer).has_value());
  ASSERT_EQ(observer.lines.size(), 2U);
  EXPECT_THAT(observer.lines[0], HasSubstr("in use by another client"));
}

TEST(UsbipTransport, AServerThatSaysNothingDoesNotOutlastTheWait) {
  Script silent;
  silent.Expect(kImportRequest);
  ScriptNetwork network({silent});
  EXPECT_EQ(network.Open(3s).error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(network.elapsed(), 3s);
}

TEST(UsbipTransport, ADescriptorThatDoesNotComeDoesNotOutlastTheWait) {
  Script script;
  script.Expect(kImportRequest).AnswerBytes(Script::ImportReply("1-1", 0x2000));
  script.Expect(Script::Submit(1, true, 0, 18, "80 06 0001 0000 1200"));
  ScriptNetwork network({script});
  const auto opened = network.Open(300ms);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(network.elapsed(), 300ms);
}

TEST(UsbipTransport, TheReasonSurvivesTheAttemptThatTheEndOfTheWaitCutsOff) {
  WaitingLines observer;
  Script silent;
  silent.Expect(kImportRequest);
  ScriptNetwork network({RefusedImport("00000004"), EmptyList(), silent});
  const auto opened = network.Open(1s, nullptr, &observer);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().hint(), HasSubstr("exports nothing"));
  EXPECT_EQ(network.elapsed(), 1s);
}

TEST(UsbipTransport, ReportsADeviceThatAnotherClientUses) {
  Script busy;
  busy.Expect(kImportRequest).Answer("0111 0003 00000002");
  ScriptNetwork network({busy});
  EXPECT_EQ(network.Open().error().code(), ErrorCode::kBusy);
}

TEST(UsbipTransport, DoesNotWaitForAServerThatIsNotThere) {
  ScriptNetwork network({});
  EXPECT_EQ(network.Open(10s).error().code(), ErrorCode::kTransport);
  EXPECT_EQ(network.connections, 1);
}

TEST(UsbipTransport, DoesNotWaitForAHostThatDoesNotExist) {
  int asked = 0;
  const auto connect = [&asked](const Deadline&,
                                const Cancellation*) -> Result<std::unique_ptr<usbip::Stream>> {
    ++asked;
    return Error(ErrorCode::kNotFound, "there is no host \"rgi\"");
  };
  const auto opened =
      UsbipTransport::Open({.host = "rgi", .port = 3240, .bus_id = "1-1"}, 10s, nullptr, nullptr,
                           connect, std::make_unique<SteadyClock>());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().message(), HasSubstr("rgi"));
  EXPECT_EQ(asked, 1);
}

TEST(UsbipTransport, RefusesAnotherProtocol) {
  Script http;
  http.Expect(kImportRequest).Answer("48545450 2f312e31");
  ScriptNetwork network({http});
  EXPECT_EQ(network.Open(10s).error().code(), ErrorCode::kProtocol);
}

TEST(UsbipTransport, TimesOutOnAServerThatSaysNothing) {
  Script silent;
  silent.Expect(kImportRequest);
  ScriptNetwork network({silent});
  EXPECT_EQ(network.Open(10s).error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(network.elapsed(), 5s);
}

}  // namespace
}  // namespace mtkrig::device
