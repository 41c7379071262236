// A whole session, byte for byte, and what may go wrong in it.

#include "protocol/engine/session.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "protocol/engine/da_archive.h"
#include "protocol/engine/region_access.h"
#include "tests/protocol/engine/archive_builder.h"
#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/recording_observer.h"

namespace mtkrig::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CollectingSink final : public ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    bytes.insert(bytes.end(), data.begin(), data.end());
    return Ok();
  }
  std::vector<std::uint8_t> bytes;
};

DaArchive Archive() {
  return *DaArchive::Parse(BuildArchive({{.hw_code = 0x6580}}));
}

std::vector<std::uint8_t> Sector(std::uint8_t seed, std::size_t size = 512) {
  std::vector<std::uint8_t> sector(size);
  for (std::size_t i = 0; i < size; ++i) sector[i] = static_cast<std::uint8_t>(seed + i * 3);
  return sector;
}

// A packet of data with its checksum, worked out with a plain loop.
std::vector<std::uint8_t> Packet(std::vector<std::uint8_t> data) {
  unsigned sum = 0;
  for (const std::uint8_t byte : data) sum += byte;
  data.push_back(static_cast<std::uint8_t>(sum >> 8));
  data.push_back(static_cast<std::uint8_t>(sum));
  return data;
}

class SessionTest : public testing::Test {
 protected:
  ~SessionTest() override { EXPECT_TRUE(script_.done()) << script_.Rest(); }

  void ScriptConnect(std::string_view hw_code = "6580", std::string_view config = "00000000") {
    script_.Host("a0").Phone("5f").Host("0a").Phone("f5").Host("50").Phone("af");
    script_.Host("05").Phone("fa");
    script_.Host("fd").Phone("fd").Phone(hw_code).Phone("0000");
    script_.Host("fc").Phone("fc 8a00 ca01 0001 0000");
    script_.Host("fe").Phone("01").Host("ff").Phone("05");
    script_.Host("d8").Phone("d8").Phone(config).Phone("0000");
  }
  void ScriptStart(std::string_view usb_status = "5a 01") {
    script_.Echo("d4").Echo("10007000").Host("00000001").Phone("00000001 0001");
    script_.Host("22000064").Phone("22000064 0001");
    script_.Echo("d7").Echo("00200000").Echo("00000048").Host("00000010").Phone("00000010 0000");
    const DaArchive archive = Archive();
    const auto& regions = archive.entries()[0].regions;
    const ByteSpan stage1 = archive.Data(regions[1]);
    unsigned sum = 0;
    for (std::size_t i = 0; i < stage1.size(); ++i) {
      sum ^= static_cast<unsigned>(stage1[i]) << (i % 2 * 8);
    }
    script_.Host({stage1.begin(), stage1.end()});
    script_.Phone({static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum), 0, 0});
    script_.Echo("d5").Host("00200000").Phone("00200000 0000");
    script_.Phone(kEmmcGreeting).Host("5a").Phone("03 02 8d").Host(kMt6580Config);
    script_.Phone("00000000").Host("80000000 00001008 00001000").Phone("5a");
    const ByteSpan stage2 = archive.Data(regions[2]);
    script_.Host({stage2.begin(), stage2.begin() + 0x1000}).Phone("5a");
    script_.Host({stage2.begin() + 0x1000, stage2.end()}).Phone("5a");
    script_.Host("5a").Phone("5a").Phone(EmmcReport()).Host("72").Phone(usb_status);
  }
  void ScriptRead(std::string_view part, std::string_view address, std::string_view length,
                  const std::vector<std::uint8_t>& data) {
    script_.Host("60").Phone("5a").Host(part).Phone("5a");
    script_.Host("d6 0c 02").Host(address).Host(length).Phone("5a").Host("00100000");
    script_.Phone(Packet(data)).Host("5a");
  }
  void Connect(SessionOptions options = {}) {
    auto session = Session::Connect(script_, observer_, std::move(options));
    ASSERT_TRUE(session.has_value()) << session.error().Describe();
    session_ = *std::move(session);
  }
  void Start() {
    ScriptConnect();
    ScriptStart();
    Connect();
    const auto started = session_->StartAgent(Archive());
    ASSERT_TRUE(started.has_value()) << started.error().Describe();
  }

  ScriptedTransport script_;
  RecordingObserver observer_;
  std::unique_ptr<Session> session_;
  CollectingSink sink_;
};

TEST_F(SessionTest, RunsFromHandshakeToFinish) {
  Start();
  EXPECT_EQ(session_->identity().chip_name, "MT6580");
  EXPECT_EQ(RegionSize(session_->storage().sizes, FlashRegion::kEmmcUser), 0x1d2000000U);
  EXPECT_EQ(ToHex(session_->storage().cid), "7001004d4d433034470205e7bcfc50b3");
  EXPECT_EQ(session_->storage().usb_speed, 1);
  ScriptRead("08", "0000000000988000", "0000000000000200", Sector(5));
  ASSERT_TRUE(session_->Read({FlashRegion::kEmmcUser, 0x988000, 0x200}, sink_).has_value());
  EXPECT_EQ(sink_.bytes, Sector(5));
  ScriptRead("01", "0000000000000000", "0000000000000200", Sector(9));
  ASSERT_TRUE(session_->Read({FlashRegion::kEmmcBoot1, 0, 0x200}, sink_).has_value());
  script_.Host("d9").Phone("5a").Host("00000000").Phone("5a");
  ASSERT_TRUE(session_->Finish(FinishMode::kPowerOff).has_value());
  EXPECT_THAT(observer_.phases,
              ElementsAre(Phase::kHandshake, Phase::kIdentify, Phase::kWatchdog, Phase::kSendAgent,
                          Phase::kStage1, Phase::kStage2, Phase::kStorageReport, Phase::kRead,
                          Phase::kRead, Phase::kFinish));
}

TEST_F(SessionTest, IsTheSameHoweverRepliesAreSplit) {
  for (const auto split :
       {ScriptedTransport::Split::kBytewise, ScriptedTransport::Split::kJoined}) {
    script_.set_split(split);
    Start();
    sink_.bytes.clear();
    ScriptRead("08", "0000000000000000", "0000000000000200", Sector(1));
    ASSERT_TRUE(session_->Read({FlashRegion::kEmmcUser, 0, 0x200}, sink_).has_value());
    EXPECT_EQ(sink_.bytes, Sector(1));
  }
}

TEST_F(SessionTest, ReadsWholeSectorsForARangeThatHasNone) {
  Start();
  ScriptRead("08", "0000000000000200", "0000000000000400", Sector(3, 0x400));
  ASSERT_TRUE(session_->Read({FlashRegion::kEmmcUser, 0x3ff, 0x10}, sink_).has_value());
  const auto expected = Sector(3, 0x400);
  EXPECT_EQ(sink_.bytes,
            std::vector<std::uint8_t>(expected.begin() + 0x1ff, expected.begin() + 0x20f));
}

TEST_F(SessionTest, ReadsNothingForAnEmptyRange) {
  Start();
  EXPECT_TRUE(session_->Read({FlashRegion::kEmmcUser, 0, 0}, sink_).has_value());
}

TEST_F(SessionTest, RefusesRangesBeyondTheFlashBeforeAskingThePhone) {
  Start();
  for (const FlashRange& range :
       {FlashRange{FlashRegion::kEmmcUser, 0x1d2000000, 1},
        FlashRange{FlashRegion::kEmmcUser, 0, 0x1d2000001},
        FlashRange{FlashRegion::kEmmcUser, UINT64_MAX, UINT64_MAX},
        FlashRange{FlashRegion::kNand, 0, 1}, FlashRange{FlashRegion::kUfsLu2, 0, 1}}) {
    EXPECT_EQ(session_->Read(range, sink_).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST_F(SessionTest, GoesOnAfterARefusedRead) {
  Start();
  script_.Host("60").Phone("5a").Host("03").Phone("a5");
  EXPECT_EQ(session_->Read({FlashRegion::kEmmcRpmb, 0, 0x200}, sink_).error().code(),
            ErrorCode::kDeviceRefused);
  ScriptRead("08", "0000000000000000", "0000000000000200", Sector(1));
  EXPECT_TRUE(session_->Read({FlashRegion::kEmmcUser, 0, 0x200}, sink_).has_value());
}

TEST_F(SessionTest, StopsAfterADamagedPacket) {
  Start();
  auto packet = Packet(Sector(1));
  packet[17] ^= 1;
  script_.Host("60").Phone("5a").Host("08").Phone("5a");
  script_.Host("d6 0c 02 0000000000000000 0000000000000200").Phone("5a").Host("00100000");
  script_.Phone(packet);
  EXPECT_EQ(session_->Read({FlashRegion::kEmmcUser, 0, 0x200}, sink_).error().code(),
            ErrorCode::kChecksum);
  EXPECT_TRUE(sink_.bytes.empty());
  const auto next = session_->Read({FlashRegion::kEmmcUser, 0, 0x200}, sink_);
  ASSERT_FALSE(next.has_value());
  EXPECT_THAT(next.error().hint(), HasSubstr("--resume"));
}

TEST_F(SessionTest, ExplainsSlaBeforeTouchingThePhone) {
  ScriptConnect("6580", "00000003");
  Connect();
  const auto started = session_->StartAgent(Archive());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kSecured);
  EXPECT_THAT(started.error().message(), HasSubstr("SLA"));
}

TEST_F(SessionTest, TriesSecureBootAndDaaPhones) {
  ScriptConnect("6580", "00000005");
  ScriptStart();
  Connect();
  EXPECT_TRUE(session_->StartAgent(Archive()).has_value());
}

TEST_F(SessionTest, NamesTheProtocolOfNewerChips) {
  ScriptConnect("0766");
  Connect();
  const auto started = session_->StartAgent(Archive());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(started.error().message(), HasSubstr("xflash"));
}

TEST_F(SessionTest, ReportsAChipItDoesNotKnow) {
  ScriptConnect("4242");
  Connect();
  EXPECT_THAT(session_->StartAgent(Archive()).error().message(), HasSubstr("4242"));
}

TEST_F(SessionTest, ReportsAnArchiveWithoutTheChip) {
  ScriptConnect("6582");
  Connect();
  const auto started = session_->StartAgent(Archive());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kNoAgentForChip);
  EXPECT_THAT(started.error().message(), HasSubstr("6580"));
}

TEST_F(SessionTest, WarnsOfFullSpeed) {
  ScriptConnect();
  ScriptStart("5a 00");
  Connect();
  ASSERT_TRUE(session_->StartAgent(Archive()).has_value());
  EXPECT_THAT(observer_.warnings, ElementsAre(HasSubstr("full speed")));
}

TEST_F(SessionTest, SwitchesToHighSpeedOnRequest) {
  ScriptConnect();
  ScriptStart("5a 00");
  script_.Host("70 01").Phone("5a").ExpectReconnect().Host("72").Phone("5a 01");
  SessionOptions options;
  options.switch_to_high_speed = true;
  Connect(options);
  ASSERT_TRUE(session_->StartAgent(Archive()).has_value());
  EXPECT_EQ(session_->storage().usb_speed, 1);
}

TEST_F(SessionTest, RefusesCallsOutOfOrder) {
  ScriptConnect();
  Connect();
  EXPECT_EQ(session_->Read({FlashRegion::kEmmcUser, 0, 1}, sink_).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(session_->ReadPartitionTable().error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(session_->Finish(FinishMode::kReboot).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SessionTest, RefusesPacketLengthsThatAreNone) {
  for (const std::uint32_t length : {0U, 0x1000001U}) {
    SessionOptions options;
    options.read_packet_length = length;
    EXPECT_EQ(Session::Connect(script_, observer_, options).error().code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST_F(SessionTest, TakesTheTableThatTheAgentHandsOut) {
  Start();
  // Two entries of 0x58 bytes: a 64-byte name, u64 size, u64 offset, u64 flags.
  ByteWriter table(Endian::kLittle);
  const auto put = [&](std::string_view name, std::uint64_t size, std::uint64_t offset) {
    for (const char c : name) table.Put(static_cast<std::uint8_t>(c));
    table.PutZeros(64 - name.size()).Put(size).Put(offset).Put(std::uint64_t{0});
  };
  put("MBR", 0x80000, 0x0);
  put("BOOTIMG", 0x600000, 0x980000);
  script_.Host("a5").Phone("5a 000000b0").Host("5a").Phone(table.bytes()).Host("5a");
  const auto result = session_->ReadPartitionTable();
  ASSERT_TRUE(result.has_value()) << result.error().Describe();
  EXPECT_EQ(result->source, TableSource::kPmt);
  const Partition* boot = result->Find("boot");
  ASSERT_NE(boot, nullptr);
  EXPECT_EQ(boot->offset, 0x980000U);
  EXPECT_EQ(boot->size, 0x600000U);
  EXPECT_TRUE(observer_.notes.empty()) << "its numbers are offsets";
}

TEST_F(SessionTest, NotesThatATableIsLinearAndDoesNotWarnOfIt) {
  Start();
  ByteWriter table(Endian::kLittle);
  const auto put = [&](std::string_view name, std::uint64_t size, std::uint64_t offset) {
    for (const char c : name) table.Put(static_cast<std::uint8_t>(c));
    table.PutZeros(64 - name.size()).Put(size).Put(offset).Put(std::uint64_t{0});
  };
  put("MBR", 0x80000, 0x600000);
  put("BOOTIMG", 0x600000, 0xf88000);
  script_.Host("a5").Phone("5a 000000b0").Host("5a").Phone(table.bytes()).Host("5a");
  const auto result = session_->ReadPartitionTable();
  ASSERT_TRUE(result.has_value()) << result.error().Describe();
  EXPECT_THAT(observer_.notes,
              ElementsAre("the phone's table counts in the linear space, where EMMC_USER begins at "
                          "0x600000"));
  EXPECT_TRUE(observer_.warnings.empty());
}

// Nothing but the identification is in the script: not even the watchdog's register is written.
TEST_F(SessionTest, RefusesADamagedAgentBeforeThePhoneGetsAnything) {
  ScriptConnect();
  Connect();
  for (const EntrySpec& entry : {EntrySpec{.hw_code = 0x6580, .stage1_address = 0x10000000},
                                 EntrySpec{.hw_code = 0x6580, .stage2_address = 0x10000000}}) {
    const auto archive = DaArchive::Parse(BuildArchive({entry}));
    ASSERT_TRUE(archive.has_value());
    const auto started = session_->StartAgent(*archive);
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(started.error().message(), HasSubstr("outside the memory for agents of MT6580"));
  }
}

TEST_F(SessionTest, NotesWhichAgentOfSeveralItTook) {
  ScriptConnect();
  ScriptStart();
  Connect();
  const auto archive = DaArchive::Parse(
      BuildArchive({{.hw_code = 0x6580, .hw_version = 0xc900, .entry_region_index = 1},
                    {.hw_code = 0x6580, .hw_version = 0xc000, .entry_region_index = 1}}));
  ASSERT_TRUE(archive.has_value());
  const auto started = session_->StartAgent(*archive);
  ASSERT_TRUE(started.has_value()) << started.error().Describe();
  EXPECT_THAT(observer_.notes, ElementsAre(HasSubstr("c900/0000 is used")));
}

}  // namespace
}  // namespace mtkrig::protocol
