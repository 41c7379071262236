#include <gmock/gmock.h>

#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;

TEST(DecodeHandshake, FourBytesAndTheirComplements) {
  EXPECT_THAT(LinesOf("> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n"),
              ElementsAre("handshake: handshake"));
}

TEST(DecodeHandshake, ReadyBeforeAndBetween) {
  EXPECT_THAT(LinesOf("< \"READY\"\n< \"READY\"\n> a0\n< \"REA\"\n< \"DY\" 5f\n> 0a 50 05\n"
                      "< f5 af fa\n"),
              ElementsAre("handshake: READY  times 2", "handshake: handshake  READY 1"));
}

TEST(DecodeHandshake, AFirstByteThatIsSwallowedIsSentAgain) {
  EXPECT_THAT(LinesOf("> a0\n! timeout\n> a0\n! timeout\n> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n"
                      "> 05\n< fa\n"),
              ElementsAre("line: transfer to the host  failure timeout",
                          "line: transfer to the host  failure timeout",
                          "handshake: handshake  unanswered 2"));
}

TEST(DecodeHandshake, StartsOverAfterAWrongComplement) {
  EXPECT_THAT(LinesOf("> a0\n< 5f\n> 0a\n< 00\n> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n"),
              ElementsAre("handshake: handshake  wrong answers 1"));
}

TEST(DecodeHandshake, AnAgentThatStillRunsAnswersOtherwise) {
  EXPECT_THAT(LinesOf("> a0\n< bb\n> 72\n< 5a 01\n"),
              ElementsAre("handshake: handshake -- refused: an agent of an earlier session answers",
                          "agent: USB_CHECK_STATUS  speed high"));
}

TEST(DecodeHandshake, EndsWhenTheHostGoesOnWithoutIt) {
  EXPECT_THAT(LinesOf("> a0\n< 5f\n> 0a\n< f5\n> fd\n< fd 6580 0000\n"),
              ElementsAre("handshake: handshake -- unexpected: the host went on before the "
                          "handshake was done",
                          "boot ROM: GET_HW_CODE  hw code 0x6580"));
}

TEST(DecodeHandshake, ALongCutAnswerEndsItAtOnce) {
  // Byte by byte this took minutes.
  EXPECT_THAT(LinesOf("> a0\n< 5f ... 67108864\n> fd\n< fd 6580 0000\n"),
              testing::Contains("handshake: handshake -- unexpected: no answer is a complement"));
}

TEST(DecodeHandshake, ThatIsNotFinishedIsIncomplete) {
  EXPECT_THAT(LinesOf("> a0\n< 5f\n> 0a\n"),
              ElementsAre("handshake: handshake -- incomplete: the recording ends here"));
}

TEST(DecodeBootMode, NamesModeAndAnswer) {
  EXPECT_THAT(
      LinesOf("< \"READY\"\n> \"FASTBOOT\"\n< \"TOOBTSAF\"\n@ detach\n"),
      ElementsAre("handshake: READY  times 1",
                  "handshake: boot mode  mode FASTBOOT  answer TOOBTSAF", "line: detached"));
}

TEST(DecodeBootMode, TakesReadyParameterAndGoodbyeAlong) {
  EXPECT_THAT(LinesOf("> \"METAMETA\"\n< \"READY\"\n> 04000000 01000000 010000c0\n"
                      "< \"ATEMATEM\"\n> \"DISCONNECT\"\n"),
              ElementsAre("handshake: boot mode  mode METAMETA  answer ATEMATEM"));
}

TEST(DecodeBootMode, ARefusalIsOne) {
  EXPECT_THAT(LinesOf("> \"FACTFACT\"\n< \"METAFORB\"\n"),
              ElementsAre("handshake: boot mode  mode FACTFACT  answer METAFORB -- refused: a "
                          "secured phone forbids this mode"));
}

TEST(DecodeBootMode, AShortAnswerIsEnough) {
  EXPECT_THAT(LinesOf("> \"AT+NBOOT\"\n< \"AT+OK\"\n"),
              ElementsAre("handshake: boot mode  mode AT+NBOOT  answer AT+OK"));
}

TEST(DecodeBootMode, AnotherAnswerIsUnexpected) {
  EXPECT_THAT(LinesOf("> \"FASTBOOT\"\n< \"NO SUCH MODE\"\n"),
              testing::Contains("handshake: boot mode  mode FASTBOOT -- unexpected: the phone "
                                "answers something else"));
}

TEST(DecodeBootMode, WithoutAnAnswerIsIncomplete) {
  EXPECT_THAT(LinesOf("> \"FASTBOOT\"\n! timeout\n"),
              testing::Contains(testing::HasSubstr("boot mode  mode FASTBOOT -- incomplete")));
}

}  // namespace
}  // namespace mtkrig::traces::test
