// Names of hosts. The name service is the test's own, and answers when the test lets it.

#include "device/usbip_resolve.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <future>

namespace mtkrig::device::usbip {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

LookUp Answers(int status) {
  return [status](const char*, const char*, const addrinfo*, addrinfo**) {
    errno = EMFILE;
    return status;
  };
}

// A name service that says nothing until it is let.
class SlowService {
 public:
  LookUp look_up(Cancellation* cancels = nullptr) {
    return [state = state_, cancels](const char*, const char* service, const addrinfo* hints,
                                     addrinfo** found) {
      if (cancels != nullptr) cancels->Cancel();
      state->released.wait();
      const int status = ::getaddrinfo("::1", service, hints, found);
      state->over.set_value();
      return status;
    };
  }
  // It answers, and nobody waits for the addresses any more.
  void Release() {
    state_->let.set_value();
    state_->over.get_future().wait();
  }

 private:
  struct State {
    std::promise<void> let;
    std::shared_future<void> released{let.get_future()};
    std::promise<void> over;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class ResolveTest : public ::testing::Test {
 protected:
  Result<AddressList> Ask(const std::string& host, Duration wait, const LookUp& look_up) {
    return Resolve(host, 3240, Deadline(clock_, wait), &stop_, look_up);
  }
  SteadyClock clock_;
  Cancellation stop_;
};

TEST_F(ResolveTest, AnAddressNeedsNoNameService) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto addresses = Ask(host, 0s, Answers(EAI_FAIL));
    ASSERT_TRUE(addresses.has_value()) << addresses.error().Describe();
    EXPECT_NE(addresses->get(), nullptr);
  }
}

TEST_F(ResolveTest, ANameIsLookedUp) {
  std::string asked;
  const auto addresses =
      Ask("rig", 1h,
          [&asked](const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
            asked = std::string(node) + " " + service;
            return ::getaddrinfo("::1", service, hints, found);
          });
  ASSERT_TRUE(addresses.has_value()) << addresses.error().Describe();
  EXPECT_EQ(asked, "rig 3240");
  ASSERT_NE(addresses->get(), nullptr);
  EXPECT_EQ((*addresses)->ai_family, AF_INET6);
}

TEST_F(ResolveTest, AMisspeltNameIsToldAtOnce) {
  const auto addresses = Ask("rgi", 1h, Answers(EAI_NONAME));
  ASSERT_FALSE(addresses.has_value());
  EXPECT_EQ(addresses.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(addresses.error().message(), HasSubstr("there is no host \"rgi\""));
}

TEST_F(ResolveTest, ANameServiceThatFailsSaysNothingAboutTheName) {
  const auto again = Ask("rig", 1h, Answers(EAI_AGAIN));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), ErrorCode::kTransport);
  EXPECT_THAT(again.error().message(), HasSubstr("\"rig\" cannot be looked up"));
  const auto system = Ask("rig", 1h, Answers(EAI_SYSTEM));
  ASSERT_FALSE(system.has_value());
  EXPECT_THAT(system.error().message(), HasSubstr("Too many open files"));
}

TEST_F(ResolveTest, ASlowNameServiceDoesNotOutlastTheDeadline) {
  SlowService service;
  const auto addresses = Ask("rig", 0s, service.look_up());
  ASSERT_FALSE(addresses.has_value());
  EXPECT_EQ(addresses.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(addresses.error().message(), HasSubstr("where \"rig\" is"));
  service.Release();
}

TEST_F(ResolveTest, StopsOnRequest) {
  SlowService service;
  const auto addresses = Ask("rig", 1h, service.look_up(&stop_));
  ASSERT_FALSE(addresses.has_value());
  EXPECT_EQ(addresses.error().code(), ErrorCode::kCancelled);
  service.Release();
}

}  // namespace
}  // namespace mtkrig::device::usbip
