// Stage 1 of the legacy agent in PhoneShadow: greeting, stage-2 configuration, DRAM set-up and the
// upload of stage 2.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/legacy_emi.h"
#include "protocol/engine/phone_shadow.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {
namespace {

constexpr std::uint32_t kMaxNandIds = 64;
constexpr std::uint32_t kStage2MaxPacket = 0x100000;

}  // namespace

void PhoneShadow::AtGreeting() {
  TakeFromDevice(4, &PhoneShadow::OnGreetingHead);
}

void PhoneShadow::OnGreetingHead() {
  if (taken_[0] != legacy_da::kSync) {
    return Refuse(fmt::format("the agent began with 0x{:02x} instead of 0xc0", taken_[0]));
  }
  // A NAND status, whose first byte is 0, or at once the version, as on MT6573.
  if (taken_[1] != 0) return AtStage2Config();
  TakeFromDevice(1 + 2, &PhoneShadow::OnNandCount);  // the status' last byte, then the count
}

void PhoneShadow::OnNandCount() {
  const auto count = LoadBe<std::uint16_t>(taken().subspan(1));
  if (count > kMaxNandIds) return Refuse(fmt::format("the agent tells of {} NAND ids", count));
  SkipFromDevice(std::uint64_t{count} * 2, &PhoneShadow::AtEmmcIds);
}

void PhoneShadow::AtEmmcIds() {
  SkipFromDevice(4 + 16, &PhoneShadow::AtGreetingAck);
}

void PhoneShadow::AtGreetingAck() {
  TakeFromHost(1, &PhoneShadow::OnGreetingAck);
}

void PhoneShadow::OnGreetingAck() {
  if (!HostAcked()) return;
  SkipFromDevice(3, &PhoneShadow::AtStage2Config);
}

void PhoneShadow::AtStage2Config() {
  SkipFromHost(Stage2ConfigSize(chip_->stage2), &PhoneShadow::AtDramAnswer);
}

void PhoneShadow::AtDramAnswer() {
  TakeFromDevice(4, &PhoneShadow::OnDramAnswer);
}

void PhoneShadow::OnDramAnswer() {
  const auto answer = LoadBe<std::uint32_t>(taken());
  if (answer == 0) {
    // MT6592 reports five more words (M).
    const std::uint64_t more = chip_->stage2 == Stage2Variant::kGptFlag ? 5 * 4 : 0;
    return SkipFromDevice(more, &PhoneShadow::AtStage2Upload);
  }
  if (answer != legacy_da::kStatusDramNotReady) {
    return Refuse(fmt::format("the agent reports 0x{:x} after its configuration", answer));
  }
  TakeFromDevice(4 + 16 + 4 + 2, &PhoneShadow::OnDramNandCount);
}

void PhoneShadow::OnDramNandCount() {
  const auto count = LoadBe<std::uint16_t>(taken().subspan(24));
  if (count > kMaxNandIds) return Refuse(fmt::format("the agent tells of {} NAND ids", count));
  SkipFromDevice(std::uint64_t{count} * 2, &PhoneShadow::AtEnableDram);
}

void PhoneShadow::AtEnableDram() {
  TakeFromHost(1 + 4, &PhoneShadow::OnEnableDram);
}

void PhoneShadow::OnEnableDram() {
  if (taken_[0] != static_cast<std::uint8_t>(legacy_da::Command::kEnableDram)) {
    return Refuse(fmt::format("agent command 0x{:02x} while DRAM is not set up", taken_[0]));
  }
  emi_version_ = LoadBe<std::uint32_t>(taken().subspan(1));
  if (EmiDialogueOf(emi_version_) == EmiDialogue::kUnknown) {
    return Refuse(fmt::format("DRAM settings of unknown version {}", emi_version_));
  }
  TakeFromDevice(1, &PhoneShadow::OnEnableDramAnswer);
}

void PhoneShadow::OnEnableDramAnswer() {
  if (taken_[0] != legacy_da::kAck) {
    return Refuse("the agent did not accept the version of the DRAM settings");
  }
  const std::size_t before = EmiDialogueOf(emi_version_) == EmiDialogue::kInfoThenLength ? 16 : 0;
  TakeFromDevice(before + 4, &PhoneShadow::OnDramLength);
}

void PhoneShadow::OnDramLength() {
  length_ = LoadBe<std::uint32_t>(taken().last(4));
  TakeFromHost(1, &PhoneShadow::OnDramLengthAck);
}

void PhoneShadow::OnDramLengthAck() {
  if (!HostAcked()) return;
  if (EmiHostTellsLength(emi_version_, chip_->hw_code)) {
    return TakeFromHost(4, &PhoneShadow::OnDramSettingsLength);
  }
  AtDramSettings();
}

void PhoneShadow::OnDramSettingsLength() {
  length_ = LoadBe<std::uint32_t>(taken());
  AtDramSettings();
}

void PhoneShadow::AtDramSettings() {
  if (length_ == 0 || length_ > kMaxEmiSize) {
    return Refuse(fmt::format("DRAM settings of 0x{:x} bytes", length_));
  }
  SkipFromHost(length_, &PhoneShadow::AtDramChecksum);
}

void PhoneShadow::AtDramChecksum() {
  SkipFromDevice(2, &PhoneShadow::AtDramStart);
}

void PhoneShadow::AtDramStart() {
  TakeFromHost(1 + 4, &PhoneShadow::OnDramStart);
}

void PhoneShadow::OnDramStart() {
  if (!HostAcked()) return;
  if (LoadBe<std::uint32_t>(taken().subspan(1)) != kEmiStart) {
    return Refuse("an unknown word where DRAM set-up is to start");
  }
  TakeFromDevice(4, &PhoneShadow::OnDramResult);
}

void PhoneShadow::OnDramResult() {
  if (LoadBe<std::uint32_t>(taken()) != 0) {
    return Refuse("the agent could not set up the phone's DRAM");
  }
  SkipFromDevice(EmiResultTailSize(emi_version_), &PhoneShadow::AtStage2Upload);
}

void PhoneShadow::AtStage2Upload() {
  TakeFromHost(4 + 4 + 4, &PhoneShadow::OnStage2Header);
}

void PhoneShadow::OnStage2Header() {
  const auto address = LoadBe<std::uint32_t>(taken());
  const auto length = LoadBe<std::uint32_t>(taken().subspan(4));
  packet_length_ = LoadBe<std::uint32_t>(taken().subspan(8));
  if (length == 0 || !chip_->stage2_window.Contains(address, length)) {
    return Refuse(fmt::format("stage 2 of 0x{:x} bytes to 0x{:08x}, outside the memory for agents",
                              length, address));
  }
  if (packet_length_ == 0 || packet_length_ > kStage2MaxPacket) {
    return Refuse(fmt::format("stage 2 in packets of 0x{:x} bytes", packet_length_));
  }
  data_left_ = length;
  TakeFromDevice(1, &PhoneShadow::OnStage2HeaderAck);
}

void PhoneShadow::OnStage2HeaderAck() {
  if (taken_[0] != legacy_da::kAck) return Refuse("the agent refused stage 2");
  AtStage2Packet();
}

void PhoneShadow::AtStage2Packet() {
  packet_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(data_left_, packet_length_));
  data_left_ -= packet_;
  SkipFromHost(packet_, &PhoneShadow::AtStage2PacketAck);
}

void PhoneShadow::AtStage2PacketAck() {
  TakeFromDevice(1, &PhoneShadow::OnStage2PacketAck);
}

void PhoneShadow::OnStage2PacketAck() {
  if (taken_[0] != legacy_da::kAck) return Refuse("the agent refused a packet of stage 2");
  if (data_left_ != 0) return AtStage2Packet();
  AtStage2End();
}

// Both sides say ack now; which comes first differs.
void PhoneShadow::AtStage2End() {
  stage2_started_ = false;
  TakeFromHost(1, &PhoneShadow::OnStage2FinalAck);
  place_ = Place::kStage2End;
}

void PhoneShadow::OnEarlyStart(std::uint8_t byte) {
  if (byte != legacy_da::kAck || stage2_started_) {
    return Refuse(fmt::format("the agent said {:02x} where stage 2 is to start", byte));
  }
  stage2_started_ = true;
}

void PhoneShadow::OnStage2FinalAck() {
  if (!HostAcked()) return;
  if (stage2_started_) return AtReport();
  TakeFromDevice(1, &PhoneShadow::OnStage2Started);
}

void PhoneShadow::OnStage2Started() {
  if (taken_[0] != legacy_da::kAck) return Refuse("the agent did not start stage 2");
  AtReport();
}

}  // namespace mtkrig::protocol
