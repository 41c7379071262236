// Legacy agent, stage 1: its greeting, the configuration, DRAM, and the upload of stage 2.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/wire/legacy_da.h"
#include "traces/decode/agent_exchanges.h"
#include "traces/decode/decoders.h"
#include "traces/decode/modern_agent.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

namespace legacy_da = protocol::legacy_da;

constexpr std::uint16_t kMaxNandIds = 64;
constexpr std::size_t kCidSize = 16;
constexpr std::uint32_t kMaxDramSettings = 0x10000;
constexpr std::uint32_t kMaxStage2 = 0x1000000;

// Statuses are numbers up to this. What is above is something else, because the recording lacks
// bytes in front of it.
constexpr std::uint32_t kMaxStatus = 0xffff;

Task<std::optional<std::uint32_t>> TakeStatus(Conversation& line, std::string_view name) {
  const auto status = co_await line.ToldPhone<std::uint32_t>();
  line.Field(name, status ? AgentStatusText(*status) : std::string(line.missing()));
  if (status && *status > kMaxStatus) {
    co_await line.Unexpected(fmt::format("{:08x} is no status of {}", *status, name));
  }
  co_return status;
}

Task<void> TakeNandIds(Conversation& line) {
  const auto count = co_await line.KnownPhone<std::uint16_t>("the number of NAND ids");
  if (count > kMaxNandIds) co_await line.Unexpected(fmt::format("{} NAND ids", count));
  const Data ids = co_await line.Take(kPhone, std::size_t{count} * 2,
                                      {.keep = std::size_t{kMaxNandIds} * 2, .told = true});
  const bool any =
      std::any_of(ids.bytes.begin(), ids.bytes.end(), [](std::uint8_t byte) { return byte != 0; });
  if (any) {
    line.Field("NAND ids", protocol::ToHex(ids.bytes));
  } else {
    line.Rest(kPhone, ids.bytes, ids.offset, Role::kProtocol);
  }
}

// Each of its four words comes byte-reversed (S).
Task<void> TakeCid(Conversation& line) {
  Data cid = co_await line.Take(kPhone, kCidSize,
                                {.role = Role::kIdentity, .keep = kCidSize, .told = true});
  for (std::size_t at = 0; at + 4 <= cid.bytes.size(); at += 4) {
    std::reverse(cid.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 cid.bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4);
  }
  line.Field("CID", cid.whole ? protocol::ToHex(cid.bytes) : std::string(line.missing()),
             FieldKind::kIdentity);
}

Task<void> TakeVersion(Conversation& line) {
  const auto major = co_await line.ToldPhone<std::uint8_t>();
  const auto minor = co_await line.ToldPhone<std::uint8_t>();
  line.Field("version",
             major && minor ? fmt::format("{}.{}", *major, *minor) : std::string(line.missing()));
  co_await line.Phone<std::uint8_t>("baseband chip");
}

// What follows c0: storage and version, or on MT6573 the version alone, whose first byte is not
// zero as that of a status is (S). False if the host goes on in packets: it is another agent.
Task<bool> DecodeGreeting(Conversation& line) {
  line.Begin(Layer::kStage1, "greeting");
  co_await line.ToldPhone<std::uint8_t>();
  const Direction side = co_await line.First();
  std::uint8_t next = 0;
  line.Look(side, {&next, 1});
  if (next == kModernMagic[0]) {
    line.Rename("sync");
    line.End();
    co_return false;
  }
  if (side == kHost) co_await line.Unexpected("the host speaks before the agent's greeting");
  if (next == 0) {
    co_await TakeStatus(line, "NAND");
    co_await TakeNandIds(line);
    co_await TakeStatus(line, "eMMC");
    co_await TakeCid(line);
    co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of the storage");
  }
  co_await TakeVersion(line);
  line.End();
  co_return true;
}

// What some chips want behind the common part.
void TellExtra(Conversation& line, ByteSpan extra) {
  if (extra.empty()) return;
  const std::string_view name = [&]() -> std::string_view {
    switch (line.state().hw_code.value_or(0)) {
      case 0x6592:
        return "GPT solution";
      case 0x6583:
      case 0x6589:
        return "force DRAM";
      case 0x6582:
        return "new combo";
      case 0x6580:
      case 0x8163:
      case 0x8127:
        return "SLC settings";
      default:
        return "more";
    }
  }();
  line.Field(name, protocol::ToHex(extra));
}

// The length of a configuration depends on the chip and on the host, so it ends where the phone
// answers.
Task<void> DecodeConfiguration(Conversation& line) {
  constexpr std::size_t kMaxExtra = 64;
  const Direction first = co_await line.First();
  line.Begin(Layer::kStage1, "configuration");
  if (first == kPhone) co_await line.Unexpected("the phone goes on behind its greeting");
  co_await line.Host<std::uint8_t>("boot ROM");
  co_await line.Host<std::uint8_t>("preloader");
  co_await line.Host<std::uint16_t>("NOR");
  co_await line.Host<std::uint8_t>("NAND");
  co_await line.Host<std::uint32_t>("NAND timing");
  co_await line.Host<std::uint8_t>("BMT flag");
  co_await line.Host<std::uint32_t>("BMT blocks");
  co_await line.Host<std::uint8_t>("charging");
  co_await line.Host<std::uint8_t>("reset keys");
  co_await line.Host<std::uint8_t>("clock");
  co_await line.Host<std::uint8_t>("boot channel");
  std::vector<std::uint8_t> extra;
  for (;;) {
    const Direction side = co_await line.First();
    if (side == kPhone) break;
    if (extra.size() >= kMaxExtra) co_await line.Unexpected("the configuration does not end");
    const bool told = line.TransferLeft(kHost) <= kMaxExtra;
    const Data more = co_await line.TakeTransfer(kHost, {.keep = kMaxExtra, .told = told});
    extra.insert(extra.end(), more.bytes.begin(), more.bytes.end());
  }
  TellExtra(line, extra);
  const auto dram = co_await TakeStatus(line, "DRAM");
  if (dram == legacy_da::kStatusDramNotReady) {
    co_await TakeStatus(line, "eMMC");
    co_await TakeCid(line);
    co_await TakeStatus(line, "NAND");
    co_await TakeNandIds(line);
  } else if (dram && *dram != 0) {
    line.Problem(Outcome::kRefused, "the configuration was not accepted");
  } else {
    // MT6592 has more to say (M); the others wait for the host.
    line.Whole();
    for (Direction side = co_await line.First(); side == kPhone; side = co_await line.First()) {
      co_await line.Phone<std::uint32_t>();
    }
  }
  line.End();
}

enum class SettingsForm { kInfoAndLength, kLength, kBothLengths, kUnknown };

SettingsForm FormOf(std::uint32_t version) {
  switch (version) {
    case 0x0a:
    case 0x0b:
      return SettingsForm::kInfoAndLength;
    case 0x0c:
    case 0x0d:
      return SettingsForm::kLength;
    case 0x0f:
    case 0x10:
    case 0x11:
    case 0x14:
    case 0x15:
    case 0xffffffff:  // version 0
      return SettingsForm::kBothLengths;
    default:
      return SettingsForm::kUnknown;
  }
}

// DRAM settings, from boot ROM only (M). The kind of the checksum is not known.
Task<void> DecodeEnableDram(Conversation& line) {
  constexpr std::uint32_t kWithTimings = 0x0d;
  line.Begin(Layer::kStage1, "ENABLE_DRAM");
  co_await line.ToldHost<std::uint8_t>();
  const auto version = co_await line.KnownHost<std::uint32_t>("the version of the settings");
  line.Hex("version", version == 0xffffffff ? 0 : version);
  const bool acked = co_await TakeAck(line, "the version");
  if (!acked) {
    line.End();
    co_return;
  }
  const SettingsForm form = FormOf(version);
  if (form == SettingsForm::kUnknown) {
    co_await line.Unexpected("settings of this version are not known");
  }
  if (form == SettingsForm::kInfoAndLength) {
    co_await line.Take(kPhone, kCidSize, {.role = Role::kIdentity});
  }
  auto length = co_await line.KnownPhone<std::uint32_t>("the length that the phone wants");
  line.Hex("wanted", length);
  co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of the length");
  if (form == SettingsForm::kBothLengths && line.state().hw_code != 0x8127) {
    length = co_await line.KnownHost<std::uint32_t>("the length of the settings");
    line.Hex("length", length);
  }
  if (length > kMaxDramSettings) co_await line.Unexpected("settings that are too long");
  co_await line.Take(kHost, length, {.role = Role::kAgent, .content = true});
  co_await line.Phone<std::uint16_t>("checksum");
  co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of the checksum");
  co_await line.Host<std::uint32_t>("order");
  const auto result = co_await line.Phone<std::uint32_t>("result");
  if (result && *result != 0) line.Problem(Outcome::kFailed, "the DRAM does not work");
  co_await line.Phone<std::uint8_t>("type");
  co_await line.Phone<std::uint8_t>("chip select");
  co_await line.Phone<std::uint64_t>("size");
  if (version == kWithTimings) co_await line.Take(kPhone, std::size_t{5} * 4);
  line.End();
}

// Each packet is acknowledged; then both sides send an ack, in either order (M, F). False if the
// phone refuses.
Task<bool> DecodeUpload(Conversation& line) {
  line.Begin(Layer::kStage1, "LOAD_STAGE2");
  co_await line.Host<std::uint32_t>("address");
  const auto length = co_await line.KnownHost<std::uint32_t>("the length of stage 2");
  line.Hex("length", length);
  const auto packet = co_await line.KnownHost<std::uint32_t>("the packet length");
  line.Hex("packet length", packet);
  const bool acked = co_await TakeAck(line, "the place for stage 2");
  if (!acked) {
    line.End();
    co_return false;
  }
  if (packet == 0 || length > kMaxStage2) co_await line.Unexpected("no upload has this length");
  for (std::uint32_t left = length; left > 0;) {
    const std::uint32_t count = std::min(left, packet);
    co_await line.Take(kHost, count, {.role = Role::kAgent, .content = true});
    co_await line.Expect(kPhone, legacy_da::kAck, "the ack of a packet");
    left -= count;
  }
  co_await line.Expect(kPhone, legacy_da::kAck, "the ack of stage 2");
  co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of stage 2");
  line.End();
  co_return true;
}

}  // namespace

Task<void> DecodeStage1(Conversation& line) {
  const bool legacy = co_await DecodeGreeting(line);
  if (!legacy) co_return;
  co_await DecodeConfiguration(line);
  for (bool loaded = false; !loaded;) {
    co_await line.Await(kHost, 1);
    std::uint8_t next = 0;
    line.Look(kHost, {&next, 1});
    // An address ends in a zero byte or more, but begins with no such command.
    if (next == static_cast<std::uint8_t>(legacy_da::Command::kEnableDram)) {
      co_await DecodeEnableDram(line);
    } else {
      loaded = co_await DecodeUpload(line);
    }
  }
  line.state().partner = Partner::kAgent;
  co_await DecodeStorageReport(line);
}

}  // namespace mtkrig::traces
