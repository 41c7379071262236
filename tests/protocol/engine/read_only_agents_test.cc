// The guard before agents that do not do what it asks of them: that refuse, do not know a command,
// or have said more than the host has read.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/protocol/engine/effect_phone.h"
#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/guard_expectations.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using Bytes = std::vector<std::uint8_t>;

// The report and stage 2's ack are still unread.
void ToUnreadReport(GuardBench& bench) {
  bench.ToBrom();
  bench.ToJump();
  bench.ToStage2Upload();
  bench.Play("80000000 00000004 00001000", "5a");
  bench.Play("0a 0b 0c 0d", "5a");
  bench.script.Host("5a").Phone("5a").Phone(EmmcReport());
  ASSERT_TRUE(bench.Send("5a").has_value());
}

TEST(ReadOnlyAgents, NothingLeavesBeforeTheFinalAckIsRead) {
  GuardBench bench;
  ToUnreadReport(bench);
  const auto sent = bench.Send("d6 0c 02 ffffffffffffff00 0000000000000006");
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code(), ErrorCode::kWriteRefused);
  EXPECT_THAT(sent.error().message(), HasSubstr("still owes an answer"));
  ExpectLatched(bench, "unread ack");
}

TEST(ReadOnlyAgents, NothingLeavesBeforeTheWholeReportIsRead) {
  const std::size_t size = EmmcReport().size();
  for (std::size_t read = 0; read < size; ++read) {
    GuardBench bench;
    ToUnreadReport(bench);
    bench.Read(1 + read);
    ExpectRefused(bench, "72");
    if (HasFatalFailure()) return;
  }
  GuardBench bench;
  ToUnreadReport(bench);
  bench.Read(1 + size);
  bench.Play("72", "5a 01");
}

TEST(ReadOnlyAgents, EveryLayoutOfTheReportIsKnown) {
  for (const bool wide : {false, true}) {
    for (const std::string_view extra : {"", "00000000"}) {
      for (const std::size_t nand_ids : {0U, 1U, 7U, 64U}) {
        GuardBench bench;
        bench.ToAgent(EmmcReport(wide, nand_ids, extra));
        bench.Play("72", "5a 01");
      }
    }
  }
}

TEST(ReadOnlyAgents, NothingLeavesAfterAReportThatIsNone) {
  Bytes without_end = EmmcReport();
  without_end.back() = 0;
  for (const Bytes& report : {without_end, EmmcReport(true, 7, "", "cf")}) {
    GuardBench bench;
    bench.ToAgent(report);
    ExpectLatched(bench, "report");
  }
}

TEST(ReadOnlyAgents, AStaleAckIsNoAckOfRead) {
  // READ of a bad address with stage 2's ack and report unread. The agent
  // nacks, the host reads the old ack, and the agent takes one byte for the answer to its nack.
  EffectPhone phone(EffectPhone::Agent::kRefusesRead);
  ReadOnlyTransport guard(phone);
  const auto session = EffectPhone::SessionOfMt6580();
  Bytes buffer(64);
  for (std::size_t i = 0; i < session.size(); ++i) {
    if (i == EffectPhone::kWatchdogStep) {
      ASSERT_TRUE(
          guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
    }
    ASSERT_TRUE(guard.Write(session[i], 1s).has_value());
    if (i + 1 == session.size()) break;
    while (guard.ReadSome(buffer, 0ms).has_value()) {
    }
  }
  EXPECT_EQ(guard.Write(Hex("d6 0c 02 ffffffffffffff00 0000000000000006"), 1s).error().code(),
            ErrorCode::kWriteRefused);
  ASSERT_TRUE(guard.ReadSome(std::span(buffer).first(1), 1s).has_value());
  EXPECT_EQ(guard.Write(Hex("0061d400"), 1s).error().code(), ErrorCode::kWriteRefused);
  EXPECT_TRUE(phone.effects().empty()) << phone.effects().front();
}

TEST(ReadOnlyAgents, EveryCommandOwesItsAnswer) {
  for (const std::string_view command : {"72", "7a 10001000", "d8 10002000"}) {
    GuardBench bench;
    bench.ToAgent();
    bench.script.Host(command);
    ASSERT_TRUE(bench.Send(command).has_value());
    ExpectRefused(bench, "72");
  }
  GuardBench part;
  part.ToAgent();
  part.Play("60", "5a");
  part.script.Host("08");
  ASSERT_TRUE(part.Send("08").has_value());
  ExpectRefused(part, "72");
  GuardBench reason;
  reason.ToAgent();
  reason.Play("d6 0c 02 0000000000000000 0000000000000004", "a5");
  reason.Play("a5", "000000");
  ExpectRefused(reason, "72");
}

TEST(ReadOnlyAgents, NothingLeavesAfterAnAnswerToNothing) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("72", "5a 01");
  bench.script.Phone("5a");
  bench.Read(1);
  ExpectLatched(bench, "unasked ack");
}

TEST(ReadOnlyAgents, AReasonMayFollowARefusedTable) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("a5", "a5 00000bc4");
  bench.Play("a5", "bb");
  bench.Play("72", "5a 01");
  bench.Play("a5", "a5 00000bc4 00");
  ExpectLatched(bench, "more than a reason");
}

TEST(ReadOnlyAgents, APacketLengthIsNoCommand) {
  for (const std::string_view length : {"0061d400", "00d40000", "00000051", "00008000"}) {
    GuardBench bench;
    bench.ToAgent();
    bench.Play("d6 0c 02 0000000000000000 0000000000000004", "5a");
    ExpectRefused(bench, length);
  }
  GuardBench bench;
  bench.ToAgent();
  bench.Play("d6 0c 02 0000000000000000 0000000000000004", "5a");
  bench.Play("00100000", "00000000 0000");
}

TEST(ReadOnlyAgents, ARegistersAddressIsNoCommand) {
  for (const std::string_view command :
       {"7a 61d40000", "7a 10007000", "d8 00d46200", "d8 000000f6", "7a a0000000"}) {
    GuardBench bench;
    bench.ToAgent();
    ExpectRefused(bench, command);
  }
}

TEST(ReadOnlyAgents, ArgumentsAreJudgedBeforeTheyAreComplete) {
  // A fuzzer found that 7a 00 5a left, as long as the last byte was still to come.
  for (const std::string_view piece :
       {"7a 005a", "7a 61", "d8 000000f6", "db 0000d4", "db 00000000 00 d4", "d6 d4", "d6 0c d4",
        "70 61", "df d4", "df 0c 01 d4", "df 0c 01 00 00610000 00d40000 61"}) {
    GuardBench bench;
    bench.ToAgent(NandReport());
    ExpectRefused(bench, piece);
  }
  GuardBench length;
  length.ToAgent();
  length.Play("d6 0c 02 0000000000000000 0000000000000004", "5a");
  ExpectRefused(length, "0061");
}

TEST(ReadOnlyAgents, ARegisterReadThatIsNotKnownClosesTheLine) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("7a 10001000", "bb bb bb bb bb");
  ExpectLatched(bench, "unknown register read");
}

TEST(ReadOnlyAgents, AWatchdogsTimeIsNoCommand) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "db 0000d400 00 00 00 01");
}

TEST(ReadOnlyAgents, NandIsReadOnlyWhereItWasReported) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "df 0c 01 00 00610000 00d40000 00000000");
  GuardBench reported;
  reported.ToAgent(NandReport());
  reported.Play("df 0c 01 00 00610000 00d40000 00000000", "5a 00000800 00000040 00001000");
  ExpectRefused(reported, "00610000");
}

TEST(ReadOnlyAgents, FlashIsReadOnlyWhereItWasReported) {
  for (const std::string_view storage : {"00", "01", "03", "04"}) {
    GuardBench bench;
    bench.ToAgent();
    Bytes read = Hex("d6 0c");
    for (const std::uint8_t byte : Hex(storage)) read.push_back(byte);
    for (const std::uint8_t byte : Hex("0000000000000000 0000000000000004")) read.push_back(byte);
    ExpectRefused(bench, read);
  }
}

TEST(ReadOnlyAgents, ArgumentsOfWhatIsNotKnownCloseTheLine) {
  for (const std::string_view command : {"d6 0c 02 0000000000000000 0000000000000004",
                                         "df 0c 01 00 00000000 00001000 00000000", "70 01"}) {
    GuardBench bench;
    bench.ToAgent(NandReport());
    bench.Play(command, "bb");
    ExpectLatched(bench, std::string(command));
  }
  GuardBench early;  // refused before the arguments were taken
  early.ToAgent();
  early.Play("d6 0c 02 0000000000000000 0000000000000004", "a5");
  early.Play("a5", "bb bb bb bb");
  ExpectLatched(early, "early nack");
}

// Every argument byte of every command that is let through, changed to what writes, before each
// agent, for a host that reads everything, and for one that reads a byte for each turn after the
// last of stage 2, and for one that sends its turn in two pieces.
class EveryArgument : public testing::TestWithParam<EffectPhone::Agent> {
 protected:
  // `cut`: no turn of the command loop is sent in one go if it is longer than this.
  static void Run(const std::vector<Bytes>& turns, bool reads_all, std::size_t cut) {
    EffectPhone phone(GetParam());
    ReadOnlyTransport guard(phone);
    Bytes buffer(64);
    std::vector<Bytes> all = EffectPhone::SessionOfMt6580();
    const std::size_t session = all.size();
    all.insert(all.end(), turns.begin(), turns.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i == EffectPhone::kWatchdogStep) {
        ASSERT_TRUE(
            guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
      }
      const std::size_t first = i < session ? all[i].size() : std::min(cut, all[i].size());
      (void)guard.Write(ByteSpan(all[i]).first(first), 1s);
      if (first < all[i].size()) (void)guard.Write(ByteSpan(all[i]).subspan(first), 1s);
      if (!reads_all && i + 1 >= session) {
        if (i >= session) (void)guard.ReadSome(std::span(buffer).first(1), 0ms);
        continue;
      }
      while (guard.ReadSome(buffer, 0ms).has_value()) {
      }
    }
    ASSERT_TRUE(phone.in_agent());
    ASSERT_TRUE(phone.effects().empty()) << phone.effects().front();
  }
};

TEST_P(EveryArgument, ThatWritesIsHarmless) {
  const std::vector<std::vector<Bytes>> commands = {
      {Hex("7a 00000000")},
      {Hex("d8 00000000")},
      {Hex("df 0c 01 00 00000000 00001000 00000000"), Hex("00000001")},
      {Hex("60"), Hex("08")},
      {Hex("60 08")},
      {Hex("70 01")},
      {Hex("d6 0c 02 0000000000000000 0000000000000004"), Hex("00100000"), Hex("5a")},
      {Hex("d6 0c 02 0000000000000000 0000000000000004"), Hex("a5"), Hex("72")},
      {Hex("d9"), Hex("00000000")},
      {Hex("db 00000000 00 00 00 01")},
      {Hex("a5"), Hex("5a"), Hex("5a")},
      {Hex("72"), Hex("72")},
  };
  for (const std::vector<Bytes>& command : commands) {
    for (std::size_t turn = 0; turn < command.size(); ++turn) {
      for (std::size_t at = 0; at < command[turn].size(); ++at) {
        for (const std::uint8_t evil : Hex("51 61 62 7b a0 a4 d4 d7 de f6")) {
          for (const bool reads_all : {true, false}) {
            std::vector<Bytes> changed = command;
            changed[turn][at] = evil;
            for (const std::size_t cut : {changed[turn].size(), at + 1}) {
              if (cut == at + 1 && !reads_all) continue;
              Run(changed, reads_all, cut);
              if (HasFatalFailure()) {
                FAIL() << ToHex(changed[turn]) << (reads_all ? "" : ", unread answers")
                       << ", cut behind " << cut << " bytes";
              }
            }
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ReadOnlyAgents, EveryArgument, testing::ValuesIn(EffectPhone::kAgents),
                         [](const testing::TestParamInfo<EffectPhone::Agent>& test) {
                           return std::string(EffectPhone::NameOf(test.param));
                         });

}  // namespace
}  // namespace mtkrig::protocol
