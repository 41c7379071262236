// The boot ROM's and the preloader's side of PhoneShadow.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/brom_status.h"
#include "protocol/engine/phone_shadow.h"
#include "protocol/wire/brom.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {
namespace {

using brom::Command;

// The engine asks for single registers; this leaves room for small blocks of them.
// So many first bytes of the handshake come back as they are before a phone is taken to be past it.
constexpr int kEchoesOfALoop = 2;
constexpr std::uint32_t kMaxRegisterCount = 0x400;
// Echo and length of an answer to GET_ME_ID or GET_SOC_ID, and the longest that is waited for.
constexpr std::size_t kIdHead = 1 + 4;
constexpr std::size_t kMaxId = 64;

}  // namespace

void PhoneShadow::AtHandshake() {
  handshake_at_ = 0;
  handshake_byte_sent_ = false;
  TakeFromHost(1, &PhoneShadow::OnHandshakeByte);
  place_ = Place::kHandshake;
}

void PhoneShadow::OnHandshakeByte() {
  const std::uint8_t byte = taken_[0];
  if (LastHandshakeByteIsOut()) {
    // The phone may have taken it, and then takes whatever follows for commands.
    return Refuse("the phone has not answered the last byte of the handshake");
  }
  if (byte == static_cast<std::uint8_t>(Command::kGetHwCode) &&
      handshake_echoes_ >= kEchoesOfALoop) {
    // Its answer has the form of GET_HW_CODE, or everything is refused from here on.
    return OnBromCommand();
  }
  if (byte == brom::kHandshake[0]) handshake_at_ = 0;
  if (byte != brom::kHandshake[handshake_at_]) {
    Refuse(fmt::format("byte 0x{:02x} where the handshake stands at 0x{:02x}", byte,
                       brom::kHandshake[handshake_at_]));
    return;
  }
  TakeFromHost(1, &PhoneShadow::OnHandshakeByte);
  place_ = Place::kHandshake;
  handshake_byte_sent_ = true;
}

bool PhoneShadow::LastHandshakeByteIsOut() const {
  return handshake_byte_sent_ && handshake_at_ + 1 == brom::kHandshake.size();
}

void PhoneShadow::OnHandshakeAnswer(std::uint8_t byte) {
  const auto expected = static_cast<std::uint8_t>(~brom::kHandshake[handshake_at_]);
  if (handshake_byte_sent_ && byte == expected) {
    handshake_byte_sent_ = false;
    handshake_echoes_ = 0;
    if (++handshake_at_ == brom::kHandshake.size()) AtBromCommand();
    return;
  }
  if (std::ranges::find(brom::kReady, byte) != brom::kReady.end()) return;
  if (byte == legacy_da::kAck || byte == legacy_da::kNack || byte == legacy_da::kUnknownCommand) {
    // 0xa0 is a writing command of an agent, so it must not be sent to one twice.
    earlier_agent_ = !refused();
    Refuse("a download agent of an earlier session answers instead of the phone's boot ROM");
    return;
  }
  // A boot ROM or preloader that is in its command loop echoes the first byte like any command that
  // it does not know (preloader source of MT6582).
  const bool echoed = handshake_byte_sent_ && handshake_at_ == 0 && byte == brom::kHandshake[0];
  handshake_echoes_ = echoed ? handshake_echoes_ + 1 : 0;
  if (LastHandshakeByteIsOut()) return;  // it answers an earlier byte, perhaps
  handshake_at_ = 0;
  handshake_byte_sent_ = false;
}

void PhoneShadow::AtBromCommand() {
  TakeFromHost(1, &PhoneShadow::OnBromCommand);
  place_ = Place::kCommand;
  at_brom_command_ = true;
}

void PhoneShadow::OnBromCommand() {
  command_ = taken_[0];
  may_follow_ = 0;
  const std::optional<RegisterWrite> announced = std::exchange(announced_, std::nullopt);
  switch (static_cast<Command>(command_)) {
    case Command::kGetHwCode:
      return EchoFromDevice(&PhoneShadow::AtHwCodeReply);
    case Command::kGetTargetConfig:
    case Command::kGetMeId:
    case Command::kGetSocId:
    case Command::kGetPreloaderCapability:
    case Command::kGetHwSwVersion:
    case Command::kGetBootloaderVersion:
    case Command::kGetBromVersion:
      return AfterPlainCommand();
    case Command::kReadReg16Old:
    case Command::kRead16:
    case Command::kRead32:
      return EchoFromDevice(&PhoneShadow::AtReadAddress);
    case Command::kWrite16:
    case Command::kWrite32: {
      const auto width = command_ == static_cast<std::uint8_t>(Command::kWrite16)
                             ? RegisterWidth::k16
                             : RegisterWidth::k32;
      if (announced && announced->width == width) {
        announced_ = announced;
        return EchoFromDevice(&PhoneShadow::AtWriteAddress);
      }
      if (host_ == GuardedHost::kEngine) break;
      // Its address tells which one it is, before any more leaves.
      const auto writes = WatchdogWrites();
      const bool may_be = std::ranges::any_of(
          writes, [width](const auto& write) { return write && write->width == width; });
      if (!may_be) break;
      return EchoFromDevice(&PhoneShadow::AtWriteAddress);
    }
    case Command::kSendDa:
      if (chip_ == nullptr || chip_->protocol != AgentProtocol::kLegacy) {
        return Refuse("SEND_DA to a chip whose memory is not known");
      }
      return EchoFromDevice(&PhoneShadow::AtDaAddress);
    case Command::kJumpDa:
      if (!loaded_at_) return Refuse("JUMP_DA before an agent was loaded");
      return EchoFromDevice(&PhoneShadow::AtJumpAddress);
    default:
      break;
  }
  Refuse(fmt::format("boot ROM command 0x{:02x} is none of those that only read", command_));
}

void PhoneShadow::AfterPlainCommand() {
  plain_answer_.clear();
  switch (static_cast<Command>(command_)) {
    case Command::kGetHwSwVersion:
    case Command::kGetPreloaderCapability:
      may_follow_ = 1 + 8;
      break;
    case Command::kGetTargetConfig:
      may_follow_ = 1 + 4 + 2;
      break;
    case Command::kGetMeId:
    case Command::kGetSocId:
      may_follow_ = kIdHead;
      break;
    default:
      may_follow_ = 1;  // versions, which are not echoed
  }
  AtBromCommand();  // the phone reads a command next
}

void PhoneShadow::OnPlainAnswer(ByteSpan data) {
  const bool of_id = command_ == static_cast<std::uint8_t>(Command::kGetMeId) ||
                     command_ == static_cast<std::uint8_t>(Command::kGetSocId);
  const std::size_t head = kIdHead - std::min(kIdHead, plain_answer_.size());
  if (of_id && may_follow_ != 0 && head != 0) {
    const ByteSpan more = data.first(std::min({head, may_follow_, data.size()}));
    plain_answer_.insert(plain_answer_.end(), more.begin(), more.end());
    may_follow_ -= more.size();
    data = data.subspan(more.size());
    if (plain_answer_.size() < kIdHead) return;
    // The ID and a status.
    may_follow_ =
        std::min<std::size_t>(LoadBe<std::uint32_t>(ByteSpan(plain_answer_).last(4)), kMaxId) + 2;
  }
  may_follow_ -= std::min(may_follow_, data.size());
}

bool PhoneShadow::Succeeded() const {
  return IsBromSuccess(LoadBe<std::uint16_t>(taken().last(2)));
}

void PhoneShadow::AtHwCodeReply() {
  TakeFromDevice(4, &PhoneShadow::OnHwCodeReply);
}

void PhoneShadow::OnHwCodeReply() {
  if (Succeeded()) chip_ = FindChip(LoadBe<std::uint16_t>(taken()));
  AtBromCommand();
}

// READ16, READ32.

void PhoneShadow::AtReadAddress() {
  TakeFromHost(4, &PhoneShadow::OnReadAddress);
}

void PhoneShadow::OnReadAddress() {
  EchoFromDevice(&PhoneShadow::AtReadCount);
}

void PhoneShadow::AtReadCount() {
  TakeFromHost(4, &PhoneShadow::OnReadCount);
}

void PhoneShadow::OnReadCount() {
  length_ = LoadBe<std::uint32_t>(taken());
  if (length_ == 0 || length_ > kMaxRegisterCount) {
    return Refuse(fmt::format("a read of {} registers", length_));
  }
  EchoFromDevice(&PhoneShadow::AtReadReply);
}

void PhoneShadow::AtReadReply() {
  if (command_ == static_cast<std::uint8_t>(Command::kReadReg16Old)) {
    return SkipFromDevice(std::uint64_t{length_} * 2, &PhoneShadow::AtBromCommand);
  }
  TakeFromDevice(2, &PhoneShadow::OnReadStatus);
}

void PhoneShadow::OnReadStatus() {
  if (!Succeeded()) return AtBromCommand();
  const std::uint64_t width = command_ == static_cast<std::uint8_t>(Command::kRead16) ? 2 : 4;
  SkipFromDevice(length_ * width + 2, &PhoneShadow::AtBromCommand);
}

// WRITE16, WRITE32: only the announced one, value by value the same; of a recorded host, only one
// that could be announced.

std::array<std::optional<RegisterWrite>, 2> PhoneShadow::WatchdogWrites() const {
  if (chip_ == nullptr || chip_->protocol != AgentProtocol::kLegacy) return {};
  return {chip_->watchdog, chip_->second_watchdog};
}

void PhoneShadow::AtWriteAddress() {
  TakeFromHost(4, &PhoneShadow::OnWriteAddress);
}

void PhoneShadow::OnWriteAddress() {
  const auto address = LoadBe<std::uint32_t>(taken());
  if (!announced_) {  // of a recorded host
    const bool wide = command_ == static_cast<std::uint8_t>(Command::kWrite32);
    const auto width = wide ? RegisterWidth::k32 : RegisterWidth::k16;
    for (const auto& write : WatchdogWrites()) {
      if (write && write->width == width && write->address == address) announced_ = write;
    }
  }
  if (!announced_ || address != announced_->address) {
    return Refuse(fmt::format("a write to register 0x{:08x}", address));
  }
  EchoFromDevice(&PhoneShadow::AtWriteCount);
}

void PhoneShadow::AtWriteCount() {
  TakeFromHost(4, &PhoneShadow::OnWriteCount);
}

void PhoneShadow::OnWriteCount() {
  const auto count = LoadBe<std::uint32_t>(taken());
  if (count != 1) return Refuse(fmt::format("a write to {} registers", count));
  EchoFromDevice(&PhoneShadow::AtWriteStatus);
}

void PhoneShadow::AtWriteStatus() {
  TakeFromDevice(2, &PhoneShadow::OnWriteStatus);
}

void PhoneShadow::OnWriteStatus() {
  if (!Succeeded()) {
    announced_.reset();
    return AtBromCommand();
  }
  TakeFromHost(static_cast<std::size_t>(announced_->width), &PhoneShadow::OnWriteValue);
}

void PhoneShadow::OnWriteValue() {
  const std::uint32_t value = announced_->width == RegisterWidth::k16
                                  ? LoadBe<std::uint16_t>(taken())
                                  : LoadBe<std::uint32_t>(taken());
  if (value != announced_->value) {
    return Refuse(
        fmt::format("a write of 0x{:x} to register 0x{:08x}", value, announced_->address));
  }
  announced_.reset();
  EchoFromDevice(&PhoneShadow::AtWriteEnd);
}

void PhoneShadow::AtWriteEnd() {
  SkipFromDevice(2, &PhoneShadow::AtBromCommand);
}

// SEND_DA.

void PhoneShadow::AtDaAddress() {
  loaded_at_.reset();
  TakeFromHost(4, &PhoneShadow::OnDaAddress);
}

void PhoneShadow::OnDaAddress() {
  address_ = LoadBe<std::uint32_t>(taken());
  if (!chip_->stage1_window.Contains(address_, 0)) {
    return Refuse(fmt::format("SEND_DA to 0x{:08x}, outside the memory for agents", address_));
  }
  EchoFromDevice(&PhoneShadow::AtDaLength);
}

void PhoneShadow::AtDaLength() {
  TakeFromHost(4, &PhoneShadow::OnDaLength);
}

void PhoneShadow::OnDaLength() {
  length_ = LoadBe<std::uint32_t>(taken());
  if (length_ == 0 || !chip_->stage1_window.Contains(address_, length_)) {
    return Refuse(fmt::format("SEND_DA of 0x{:x} bytes to 0x{:08x}, outside the memory for agents",
                              length_, address_));
  }
  EchoFromDevice(&PhoneShadow::AtDaSignature);
}

void PhoneShadow::AtDaSignature() {
  TakeFromHost(4, &PhoneShadow::OnDaSignature);
}

void PhoneShadow::OnDaSignature() {
  EchoFromDevice(&PhoneShadow::AtDaStatus);
}

void PhoneShadow::AtDaStatus() {
  TakeFromDevice(2, &PhoneShadow::OnDaStatus);
}

void PhoneShadow::OnDaStatus() {
  if (!Succeeded()) return AtBromCommand();
  SkipFromHost(length_, &PhoneShadow::AtDaResult);
}

void PhoneShadow::AtDaResult() {
  TakeFromDevice(4, &PhoneShadow::OnDaResult);
}

void PhoneShadow::OnDaResult() {
  if (Succeeded()) loaded_at_ = address_;
  AtBromCommand();
}

// JUMP_DA.

void PhoneShadow::AtJumpAddress() {
  TakeFromHost(4, &PhoneShadow::OnJumpAddress);
}

void PhoneShadow::OnJumpAddress() {
  const auto address = LoadBe<std::uint32_t>(taken());
  if (address != loaded_at_) {
    return Refuse(fmt::format("JUMP_DA to 0x{:08x}, where no agent was loaded", address));
  }
  EchoFromDevice(&PhoneShadow::AtJumpStatus);
}

void PhoneShadow::AtJumpStatus() {
  TakeFromDevice(2, &PhoneShadow::OnJumpStatus);
}

void PhoneShadow::OnJumpStatus() {
  if (Succeeded()) return AtGreeting();
  AtBromCommand();
}

}  // namespace mtkrig::protocol
