#include "protocol/engine/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/brom_client.h"
#include "protocol/engine/chips.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/legacy_da_client.h"
#include "protocol/engine/region_access.h"
#include "protocol/layout/gpt.h"
#include "protocol/layout/mbr.h"
#include "protocol/layout/pmt.h"
#include "protocol/wire/brom.h"

namespace mtkrig::protocol {
namespace {

// The largest piece of flash that a table parser may ask for at once.
constexpr std::uint64_t kMaxTableRead = std::uint64_t{64} << 20;
constexpr std::uint32_t kSectorSize = 512;
constexpr std::uint32_t kMaxReadPacket = 1U << 24;

// Tables are read without telling of each read: their ranges mean nothing to a user, and all of it
// is one step of the session.
class QuietObserver final : public Observer {
 public:
  explicit QuietObserver(Observer& observer) : observer_(observer) {}
  void OnPhase(Phase phase, std::string_view detail) override {
    if (!quiet_ || phase != Phase::kRead) observer_.OnPhase(phase, detail);
  }
  void OnProgress(std::uint64_t done, std::uint64_t total) override {
    if (!quiet_) observer_.OnProgress(done, total);
  }
  void OnNote(std::string_view text) override { observer_.OnNote(text); }
  void OnWarning(std::string_view text) override { observer_.OnWarning(text); }
  void set_quiet(bool quiet) { quiet_ = quiet; }

 private:
  Observer& observer_;
  bool quiet_ = false;
};

class VectorSink final : public ByteSink {
 public:
  explicit VectorSink(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  Result<void> Append(ByteSpan data) override {
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    return Ok();
  }

 private:
  std::vector<std::uint8_t>& bytes_;
};

Error WrongState(std::string_view what) {
  return Error(ErrorCode::kInvalidArgument, std::string(what));
}

class SessionImpl final : public Session {
 public:
  SessionImpl(Transport& device, Observer& observer, SessionOptions options)
      : guard_(device),
        observer_(observer),
        options_(std::move(options)),
        brom_(guard_, observer_, options_.reply_timeout) {}

  Result<void> Open();

  const DeviceIdentity& identity() const override { return identity_; }
  Result<void> StartAgent(const DaArchive& archive) override;
  const StorageReport& storage() const override { return storage_; }
  Result<PartitionTable> ReadPartitionTable() override;
  Result<void> Read(const FlashRange& range, ByteSink& sink) override;
  Result<void> Finish(FinishMode mode) override;

 private:
  enum class State { kIdentified, kRunning, kBroken, kFinished };

  Result<const Chip*> CheckChip() const;
  Result<void> LoadStage1(const DaArchive& archive, const AgentChoice& choice);
  Result<void> SetUpUsb();
  Result<void> CheckRunning() const;
  Result<void> CheckRange(const FlashRange& range) const;
  Result<void> ReadAligned(const FlashRange& range, ByteSink& sink);
  Result<PartitionTable> ReadTable();
  void NoteLinearTable(const PartitionTable& table);
  Result<std::optional<PartitionTable>> ReadTableFromFlash(std::vector<std::string>& reasons);
  RangeReader MainRegionReader();
  // Passes a failure on, after which the phone's place in the conversation is unknown.
  template <typename T>
  Result<T> Settle(Result<T> result);

  ReadOnlyTransport guard_;
  QuietObserver observer_;
  SessionOptions options_;
  BromClient brom_;
  DeviceIdentity identity_;
  State state_ = State::kIdentified;
  std::unique_ptr<LegacyDaClient> agent_;
  StorageReport storage_;
};

Result<void> SessionImpl::Open() {
  observer_.OnPhase(Phase::kHandshake, guard_.info().moniker);
  TRY(brom_.Handshake(options_.handshake_timeout));
  observer_.OnPhase(Phase::kIdentify, "");
  auto identity = brom_.Identify();
  if (!identity) return std::move(identity).error().During("identify");
  identity_ = *std::move(identity);
  return Ok();
}

template <typename T>
Result<T> SessionImpl::Settle(Result<T> result) {
  if (result) return result;
  // A refusal is a whole exchange, and a bad argument never reached the phone.
  const ErrorCode code = result.error().code();
  if (code != ErrorCode::kDeviceRefused && code != ErrorCode::kInvalidArgument &&
      code != ErrorCode::kUnsupported) {
    state_ = State::kBroken;
  }
  return result;
}

// The chip's row, if this version of mtkrig can start an agent on it.
Result<const Chip*> SessionImpl::CheckChip() const {
  const Chip* chip = FindChip(identity_.hw_code);
  if (chip == nullptr) {
    return Error(ErrorCode::kUnsupported,
                 fmt::format("chip with hw code {:04x} is not known to mtkrig", identity_.hw_code))
        .WithHint("Please report it with the output of mtkrig identify and the phone's model.");
  }
  if (chip->protocol != AgentProtocol::kLegacy) {
    return Error(ErrorCode::kUnsupported,
                 fmt::format("agents of {} speak the {} protocol, which this version of mtkrig "
                             "does not speak",
                             chip->name, AgentProtocolName(chip->protocol)))
        .WithHint("This version reads chips of the MT65xx family and their neighbours.");
  }
  if ((identity_.target_config & brom::kSlaRequired) != 0) {
    return Error(ErrorCode::kSecured,
                 fmt::format("the phone demands serial link authentication (SLA) before it takes "
                             "an agent (target config {:08x})",
                             identity_.target_config))
        .WithHint(
            "Only the phone's vendor can sign the challenge. mtkrig does not go around a phone's "
            "protection; use the vendor's own service tool.");
  }
  return chip;
}

Result<void> SessionImpl::LoadStage1(const DaArchive& archive, const AgentChoice& choice) {
  const AgentRegion& stage1 = *choice.stage1;
  observer_.OnPhase(Phase::kSendAgent, fmt::format("stage 1, 0x{:x} bytes at 0x{:08x}",
                                                   stage1.length, stage1.address));
  TRY(brom_.SendDa(stage1.address, archive.Data(stage1), stage1.signature_length));
  return brom_.JumpDa(stage1.address);
}

Result<void> SessionImpl::SetUpUsb() {
  TRY_ASSIGN(auto speed, agent_->CheckUsbStatus());
  if (speed == legacy_da::UsbSpeed::kFull) {
    if (options_.switch_to_high_speed) {
      TRY(agent_->SwitchToHighSpeed(options_.slow_timeout));
      TRY_ASSIGN(speed, agent_->CheckUsbStatus());
    } else {
      observer_.OnWarning("the phone runs at USB full speed: reading takes about 1 s per MiB");
    }
  }
  storage_.usb_speed = static_cast<std::uint8_t>(speed);
  return Ok();
}

Result<void> SessionImpl::StartAgent(const DaArchive& archive) {
  if (state_ != State::kIdentified) return WrongState("the agent of this session was started");
  // Of a chip that is not known either, an archive's list says what it is made for.
  if (FindChip(identity_.hw_code) == nullptr) TRY(archive.Choose(identity_));
  TRY_ASSIGN(const Chip* chip, CheckChip());
  TRY_ASSIGN(const AgentChoice choice, archive.Choose(identity_));
  if (!choice.note.empty()) observer_.OnNote(choice.note);
  state_ = State::kBroken;  // until the agent runs, there is no way back
  observer_.OnPhase(Phase::kWatchdog, "");
  TRY(brom_.DisableWatchdog(*chip));
  TRY(LoadStage1(archive, choice));
  observer_.OnPhase(Phase::kStage1, "");
  agent_ = std::make_unique<LegacyDaClient>(
      guard_, observer_, *chip, LegacyTimeouts{options_.reply_timeout, options_.slow_timeout});
  TRY(agent_->StartStage1(identity_, options_.preloader_image));
  observer_.OnPhase(Phase::kStage2, fmt::format("stage 2, 0x{:x} bytes at 0x{:08x}",
                                                choice.stage2->length, choice.stage2->address));
  TRY_ASSIGN(storage_, agent_->StartStage2(choice.stage2->address, archive.Data(*choice.stage2)));
  TRY(SetUpUsb());
  state_ = State::kRunning;
  return Ok();
}

Result<void> SessionImpl::CheckRunning() const {
  switch (state_) {
    case State::kRunning:
      return Ok();
    case State::kIdentified:
      return WrongState("the agent was not started");
    case State::kFinished:
      return WrongState("the session was finished");
    case State::kBroken:
      break;
  }
  return Error(ErrorCode::kProtocol, "an earlier failure left the phone in the middle of a command")
      .WithHint("Unplug the phone, start it anew and run the command again, with --resume.");
}

Result<void> SessionImpl::CheckRange(const FlashRange& range) const {
  const std::uint64_t size = RegionSize(storage_.sizes, range.region);
  if (size == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("this phone has no {}", FlashRegionName(range.region)))
        .During("READ");
  }
  if (range.offset > size || range.length > size - range.offset) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("0x{:x} bytes at 0x{:x} reach past the end of {}, which has 0x{:x} "
                             "bytes",
                             range.length, range.offset, FlashRegionName(range.region), size))
        .During("READ");
  }
  return Ok();
}

Result<void> SessionImpl::ReadAligned(const FlashRange& range, ByteSink& sink) {
  const std::optional<RegionAccess> access = AccessOf(range.region);
  if (!access) {
    return Error(ErrorCode::kUnsupported, fmt::format("{} cannot be read through a legacy agent",
                                                      FlashRegionName(range.region)))
        .During("READ");
  }
  if (access->storage == legacy_da::Storage::kNand) {
    return agent_->ReadNand(range.offset, range.length, sink);
  }
  if (access->part) TRY(agent_->SwitchPart(*access->part));
  const std::uint32_t packet_length =
      std::min(options_.read_packet_length, access->max_packet_length);
  return agent_->Read(access->storage, range.offset, range.length, packet_length, sink);
}

Result<void> SessionImpl::Read(const FlashRange& range, ByteSink& sink) {
  TRY(CheckRunning());
  TRY(CheckRange(range));
  if (range.length == 0) return Ok();
  const std::string name = fmt::format("READ {}", FlashRegionName(range.region));
  observer_.OnPhase(Phase::kRead, fmt::format("0x{:x} bytes at 0x{:x} of {}", range.length,
                                              range.offset, FlashRegionName(range.region)));
  // Flash is read in whole sectors or pages.
  const std::uint64_t unit = range.region == FlashRegion::kNand && storage_.nand_page_size != 0
                                 ? storage_.nand_page_size
                                 : kSectorSize;
  const std::uint64_t size = RegionSize(storage_.sizes, range.region);
  FlashRange whole = range;
  whole.offset -= range.offset % unit;
  const std::uint64_t end = range.offset + range.length;
  const std::uint64_t aligned_end = std::min(size, end + (unit - end % unit) % unit);
  whole.length = aligned_end - whole.offset;
  Result<void> result = Ok();
  if (whole == range) {
    result = ReadAligned(range, sink);
  } else {
    TrimmingSink trimmed(sink, range.offset - whole.offset, range.length);
    result = ReadAligned(whole, trimmed);
  }
  if (result) return Ok();
  return Settle(Result<void>(std::move(result).error().During(name)));
}

RangeReader SessionImpl::MainRegionReader() {
  return [this](std::uint64_t offset, std::uint64_t length) -> Result<std::vector<std::uint8_t>> {
    if (length > kMaxTableRead) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("a partition table of 0x{:x} bytes", length));
    }
    std::vector<std::uint8_t> bytes;
    bytes.reserve(static_cast<std::size_t>(length));
    VectorSink sink(bytes);
    TRY(Read({storage_.main_region, offset, length}, sink));
    return bytes;
  };
}

// GPT, then a PMT that the agent did not hand out, then MBR and EBRs, which give no names.
Result<std::optional<PartitionTable>> SessionImpl::ReadTableFromFlash(
    std::vector<std::string>& reasons) {
  const RangeReader reader = MainRegionReader();
  const FlashRegion region = storage_.main_region;
  const std::uint64_t size = RegionSize(storage_.sizes, region);
  std::vector<std::string> warnings;
  const auto accept = [&](Result<PartitionTable> table) -> Result<std::optional<PartitionTable>> {
    TRY(CheckRunning());  // a parser's error is one thing, a broken line another
    if (table && !table->partitions.empty()) {
      for (const std::string& warning : warnings) observer_.OnWarning(warning);
      return std::optional(*std::move(table));
    }
    reasons.push_back(table ? "an empty table" : table.error().message());
    warnings.clear();
    return std::optional<PartitionTable>();
  };
  const bool emmc = region == FlashRegion::kEmmcUser;
  if (emmc) {
    TRY_ASSIGN(auto gpt, accept(ReadGpt(reader, size, kSectorSize, region, &warnings)));
    if (gpt) return gpt;
  }
  TRY_ASSIGN(auto pmt, accept(ReadPmtFromFlash(reader, size, &warnings)));
  if (pmt || !emmc) return pmt;
  return accept(ReadMbr(reader, size, &warnings));
}

Result<PartitionTable> SessionImpl::ReadTable() {
  std::vector<std::string> reasons;
  TRY_ASSIGN(const auto reply, Settle(agent_->ReadPmt()));
  if (!reply.empty()) {
    std::vector<std::string> warnings;
    auto table = ParsePmtReply(reply, storage_.sizes, &warnings);
    for (const std::string& warning : warnings) observer_.OnWarning(warning);
    if (table && !table->partitions.empty()) return table;
    reasons.push_back(table ? "an empty table" : table.error().message());
  }
  TRY_ASSIGN(auto table, ReadTableFromFlash(reasons));
  if (table) return *std::move(table);
  std::string tried;
  for (const std::string& reason : reasons) {
    tried += fmt::format("{}{}", tried.empty() ? "" : "; ", reason);
  }
  return Error(ErrorCode::kNotFound,
               fmt::format("the phone has no partition table that mtkrig can read ({})", tried))
      .WithHint("Give a scatter file of this phone's firmware (--scatter).");
}

// Every eMMC phone of the MT6577's time has such a table: no fault, but it explains the two kinds
// of address that a user meets.
void SessionImpl::NoteLinearTable(const PartitionTable& table) {
  for (const Partition& partition : table.partitions) {
    if (partition.region != storage_.main_region ||
        partition.linear_address.value_or(partition.offset) == partition.offset) {
      continue;
    }
    observer_.OnNote(
        fmt::format("the phone's table counts in the linear space, where {} begins at "
                    "0x{:x}",
                    FlashRegionName(partition.region),
                    partition.linear_address.value_or(0) - partition.offset));
    return;
  }
}

Result<PartitionTable> SessionImpl::ReadPartitionTable() {
  TRY(CheckRunning());
  observer_.OnPhase(Phase::kPartitionTable, "");
  observer_.set_quiet(true);
  auto table = ReadTable();
  observer_.set_quiet(false);
  if (!table) return std::move(table).error().During("partition table");
  NoteLinearTable(*table);
  return table;
}

Result<void> SessionImpl::Finish(FinishMode mode) {
  TRY(CheckRunning());
  observer_.OnPhase(Phase::kFinish, "");
  state_ = State::kFinished;
  return agent_->Finish(mode);
}

}  // namespace

Result<std::unique_ptr<Session>> Session::Connect(Transport& device, Observer& observer,
                                                  SessionOptions options) {
  if (options.read_packet_length == 0 || options.read_packet_length > kMaxReadPacket) {
    return WrongState(fmt::format("a read packet length of 0x{:x} bytes; use up to 0x{:x}",
                                  options.read_packet_length, kMaxReadPacket));
  }
  auto session = std::make_unique<SessionImpl>(device, observer, std::move(options));
  TRY(session->Open());
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace mtkrig::protocol
