#include "emulator/phone/boot_mode.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "protocol/wire/brom.h"
#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using std::chrono::milliseconds;

std::shared_ptr<Profile> SecuredProfile() {
  auto profile = TestProfile();
  profile->security.target_config = protocol::brom::kSecureBoot;
  return profile;
}

// Says a text and returns the answer as text; READY of before is taken first.
std::string SayText(Bench& bench, std::string_view text) {
  bench.Output();
  const std::string hex = bench.SayBytes(
      protocol::ByteSpan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  const auto bytes = Bytes(hex);
  return {bytes.begin(), bytes.end()};
}

std::string OutputAsText(Bench& bench) {
  const auto bytes = Bytes(bench.Output());
  return {bytes.begin(), bytes.end()};
}

void ExpectGoneAfter(Bench& bench, milliseconds time) {
  bench.Pass(time - milliseconds(1));
  EXPECT_NE(bench.phone.usb(), nullptr);
  bench.Pass(milliseconds(1));
  EXPECT_TRUE(bench.phone.gone());
}

TEST(PreloaderBootMode, FastbootIsAnsweredAndThePhoneLeavesASecondLater) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "FASTBOOT"), "TOOBTSAF");
  ExpectGoneAfter(bench, milliseconds(1000));
}

TEST(PreloaderBootMode, MetaGivesTheParameterFiveMillisecondsAndWaitsForDisconnect) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "METAMETA"), "");
  bench.Pass(milliseconds(5));
  EXPECT_EQ(OutputAsText(bench), "ATEMATEM");
  bench.Pass(milliseconds(900));
  EXPECT_EQ(SayText(bench, "DISCONNECT"), "");
  ExpectGoneAfter(bench, milliseconds(1000));
}

TEST(PreloaderBootMode, MetaWithItsParameterIsAnsweredAtOnce) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "METAMETA"), "");
  EXPECT_EQ(bench.Say("04000000 01000000 010000c0"), "4154454d4154454d");
}

TEST(PreloaderBootMode, MetaWithoutDisconnectBootsAllTheSame) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "ADVEMETA"), "ATEMEVDX");
  ExpectGoneAfter(bench, milliseconds(2000));
}

TEST(PreloaderBootMode, FactoryModesAreAnswered) {
  Bench factory(TestProfile());
  SayText(factory, "FACTFACT");
  factory.Pass(milliseconds(5));
  EXPECT_EQ(OutputAsText(factory), "TCAFTCAF");
  Bench menu(TestProfile());
  SayText(menu, "FACTORYM");
  menu.Pass(milliseconds(5));
  EXPECT_EQ(OutputAsText(menu), "MYROTCAF");
  ExpectGoneAfter(menu, milliseconds(1000));
}

TEST(PreloaderBootMode, AtCommandsKnowNormalBootOnly) {
  Bench normal(TestProfile());
  EXPECT_EQ(SayText(normal, "AT+NBOOT"), "AT+OK");
  Bench other(TestProfile());
  EXPECT_EQ(SayText(other, "AT+RESET"), "AT+UNKONWN");
  EXPECT_TRUE(other.phone.gone());
}

TEST(PreloaderBootMode, OtherBytesLetItBootInSilence) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "HELLOWOR"), "");
  EXPECT_TRUE(bench.phone.gone());
}

TEST(PreloaderBootMode, ASecuredPhoneForbidsAllButFastboot) {
  Bench meta(SecuredProfile());
  EXPECT_EQ(SayText(meta, "METAMETA"), "METAFORB");
  EXPECT_TRUE(meta.phone.gone());
  Bench fastboot(SecuredProfile());
  EXPECT_EQ(SayText(fastboot, "FASTBOOT"), "TOOBTSAF");
}

TEST(PreloaderBootMode, InPartsItIsTheSameWithReadyInBetween) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "FAST"), "READY");
  EXPECT_EQ(SayText(bench, "BOOT"), "TOOBTSAF");
}

TEST(PreloaderBootMode, TheHandshakeMayStillComeInsteadOfTheRest) {
  Bench bench(TestProfile());
  EXPECT_EQ(SayText(bench, "FAST"), "READY");
  EXPECT_EQ(bench.Say("a0 a0 0a 50 05"), "5ff5affa");
}

}  // namespace
}  // namespace mtkrig::emulator::test
