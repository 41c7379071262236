#pragma once

// PhoneShadow follows a conversation as the phone does: from every byte that the host wants to send
// and every byte that the phone answered, it knows at which place of which command the phone reads
// next. ReadOnlyTransport asks it before anything leaves the host.
//
// It fails closed. An opcode it does not know, a command that could change the phone, an argument
// outside what reading needs, a byte sent while the phone still owes an answer, an answer to
// nothing, an echo that does not match: each ends in a refusal, and after the first refusal
// everything is refused.
//
// An agent that does not know a command takes its arguments for commands. So the arguments that
// leave together with their command, or with nothing but one ack before them, are bytes that are no
// agent's command (IsNoCommand()), each before it leaves, for a command may leave in pieces. The
// ranges of READ and NAND_READPAGE cannot be bound like that: they are let through for flash that
// the agent itself has reported.
//
// How it is built: at any time it expects bytes either from the host or from the phone, a given
// number of them, and then calls the member function that understands them, which states the next
// expectation. Bulk data is counted, never looked at.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/engine/chips.h"
#include "protocol/engine/storage_report_parser.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {

// Who talks to the phone. mtkrig's engine announces the register writes that disable the watchdog.
// A recorded host cannot: of what it writes, exactly those that the engine could announce pass.
enum class GuardedHost : std::uint8_t { kEngine, kRecorded };

class PhoneShadow {
 public:
  explicit PhoneShadow(GuardedHost host = GuardedHost::kEngine);

  // Bytes that the host wants to send, before they leave. kWriteRefused if any of them may not
  // leave, kProtocol if that is because an agent of an earlier session listens; the caller then
  // sends none of them.
  Result<void> OnHost(ByteSpan data);
  // The same for the first bytes of `data` only, as many as the phone reads before it answers; how
  // many those are, at least one.
  Result<std::size_t> OnHostInTurn(ByteSpan data);
  // Bytes that the phone has to say before it reads this byte, and that are next.
  std::size_t OwedBefore(std::uint8_t next) const;
  // Whether this byte goes on with a handshake that the phone does not answer as one.
  bool HandshakeFailedBefore(std::uint8_t next) const;
  // Bytes that it may still say to the boot ROM command that was sent last, which has no arguments:
  // most phones do, and read the next command whether they do or not.
  std::size_t may_follow() const { return may_follow_; }
  // It has said nothing more for a while.
  void OnSilence() { may_follow_ = 0; }
  // Bytes that the phone answered.
  void OnDevice(ByteSpan data);
  // The line failed while bytes of the host were under way, so nobody knows how many arrived.
  void OnWriteFailed();
  // The phone has enumerated again.
  void OnReconnected();

  // Announces the register write that disables the watchdog. It must be one of the chip's own, and
  // allows exactly that one command next. Everything else that writes a register is refused.
  Result<void> AnnounceWatchdogWrite(const RegisterWrite& write);

  bool refused() const { return !refusal_.empty(); }

 private:
  using Next = void (PhoneShadow::*)();
  enum class Waits { kHost, kDevice };
  // kOver: after the last command of a session; what the phone says then is of no account.
  // kStage2End: both sides say that stage 2 may run, in either order.
  enum class Place { kHandshake, kCommand, kInside, kStage2End, kOver };

  // States the next expectation. Take: the bytes are kept in taken_. Skip: they are counted only.
  void TakeFromHost(std::size_t count, Next next);
  // The same, and refuses any byte of it that is a command of some agent.
  void TakeArgumentsFromHost(std::size_t count, Next next);
  void TakeFromDevice(std::size_t count, Next next);
  void SkipFromHost(std::uint64_t count, Next next);
  void SkipFromDevice(std::uint64_t count, Next next);
  // The phone must echo what was just taken from the host.
  void EchoFromDevice(Next next);
  void Expect(Waits waits, bool skip, std::uint64_t count, Next next);
  void Feed(ByteSpan& data);
  void OnEcho();
  void Refuse(std::string reason);
  Error RefusalError() const;
  ByteSpan taken() const { return ByteSpan(taken_).first(taken_count_); }

  // Boot ROM and preloader (phone_shadow_brom.cc). At...: the host is to send; On...: it was sent
  // or answered.
  void AtHandshake();
  void OnHandshakeByte();
  void OnHandshakeAnswer(std::uint8_t byte);
  bool LastHandshakeByteIsOut() const;
  void AtBromCommand();
  void OnBromCommand();
  // After a command without arguments: what phones that know it answer is no condition.
  void AfterPlainCommand();
  void OnPlainAnswer(ByteSpan data);
  void AtHwCodeReply();
  void OnHwCodeReply();
  void AtReadAddress();
  void OnReadAddress();
  void AtReadCount();
  void OnReadCount();
  void AtReadReply();
  void OnReadStatus();
  void AtWriteAddress();
  void OnWriteAddress();
  void AtWriteCount();
  void OnWriteCount();
  void AtWriteStatus();
  void OnWriteStatus();
  void OnWriteValue();
  void AtWriteEnd();
  void AtDaAddress();
  void OnDaAddress();
  void AtDaLength();
  void OnDaLength();
  void AtDaSignature();
  void OnDaSignature();
  void AtDaStatus();
  void OnDaStatus();
  void AtDaResult();
  void OnDaResult();
  void AtJumpAddress();
  void OnJumpAddress();
  void AtJumpStatus();
  void OnJumpStatus();
  // How a watchdog of the chip that was identified is disabled: the only register writes there are.
  std::array<std::optional<RegisterWrite>, 2> WatchdogWrites() const;
  // Whether the status word at the end of taken_ is a success.
  bool Succeeded() const;

  // Stage 1 (phone_shadow_stage1.cc).
  void AtGreeting();
  void OnGreetingHead();
  void OnNandCount();
  void AtEmmcIds();
  void AtGreetingAck();
  void OnGreetingAck();
  void AtStage2Config();
  void AtDramAnswer();
  void OnDramAnswer();
  void OnDramNandCount();
  void AtEnableDram();
  void OnEnableDram();
  void OnEnableDramAnswer();
  void OnDramLength();
  void OnDramLengthAck();
  void OnDramSettingsLength();
  void AtDramSettings();
  void AtDramChecksum();
  void AtDramStart();
  void OnDramStart();
  void OnDramResult();
  void AtStage2Upload();
  void OnStage2Header();
  void OnStage2HeaderAck();
  void AtStage2Packet();
  void AtStage2PacketAck();
  void OnStage2PacketAck();
  void AtStage2End();
  void OnEarlyStart(std::uint8_t byte);
  void OnStage2FinalAck();
  void OnStage2Started();

  // The storage report of stage 2 (phone_shadow_report.cc).
  void AtReport();
  void OnReportPart();
  void TakeReport();
  void OnReport(const ReportLayout& layout);
  // Whether the report tells of flash of this kind.
  bool Reported(legacy_da::Storage storage) const;

  // Stage 2 (phone_shadow_agent.cc).
  void AtAgentCommand();
  void OnAgentCommand();
  void OnLastAck();
  void OnUsbStatusAck();
  void OnRegisterAddress();
  void OnRegisterValue();
  void OnSwitchPartAck();
  void OnSwitchPart();
  void OnSetupPort();
  void OnSetupPortAck();
  void OnPmtAck();
  void OnPmtLength();
  void OnPmtLengthAck();
  void AtPmtEnd();
  void OnPmtEnd();
  void OnFinishAck();
  void OnFinishMode();
  void OnWatchdogArguments();
  void AtEnd();
  void OnAfterEnd();
  void OnReadHead();
  void OnReadRange();
  void OnReadAck();
  void OnReadRefusalAck();
  void OnReadRefusalReason();
  void OnReadPacketLength();
  void AtReadPacket();
  void AtReadPacketAck();
  void OnReadPacketAck();
  void OnNandHead();
  void OnNandRange();
  void OnNandEnd();
  void OnNandAck();
  void OnNandSizes();
  void OnNandGo();
  void AtNandData();
  // Refuses unless the byte that was taken from the host is an ack.
  bool HostAcked();
  // Whether the phone's answer byte is an ack. A nack or "unknown command" leads back to the
  // command loop; anything else is refused.
  bool AgentAcked();
  // Refuses if the agent does not know a command whose arguments it has got already: it took them
  // for commands, and nobody knows where it is.
  bool ArgumentsWereTaken();
  // Refuses unless each of these bytes of the host is no command of any agent.
  bool AreNoCommands(ByteSpan arguments);

  static constexpr std::size_t kMaxTaken = 48;

  GuardedHost host_;
  Waits waits_ = Waits::kHost;
  Place place_ = Place::kHandshake;
  bool at_brom_command_ = false;
  bool skip_ = false;
  bool bound_ = false;      // what the host is to send must be no command
  std::uint64_t left_ = 0;  // bytes of the current expectation that are still to come
  Next next_ = nullptr;
  std::array<std::uint8_t, kMaxTaken> taken_ = {};
  std::size_t taken_count_ = 0;
  std::array<std::uint8_t, 8> echo_ = {};  // what the phone has to echo
  std::size_t echo_count_ = 0;
  Next after_echo_ = nullptr;

  std::string refusal_;          // empty while nothing was refused
  bool earlier_agent_ = false;   // it was refused since an agent of an earlier session answers
  bool stage2_started_ = false;  // said by the phone before the host's last ack

  std::size_t handshake_at_ = 0;  // bytes of the handshake that the phone has answered
  bool handshake_byte_sent_ = false;
  int handshake_echoes_ = 0;  // first bytes in a row that came back as they were
  std::uint8_t command_ = 0;
  std::uint32_t address_ = 0;
  std::uint32_t length_ = 0;
  std::size_t may_follow_ = 0;
  std::vector<std::uint8_t> plain_answer_;  // as far as its length is not known yet
  std::optional<RegisterWrite> announced_;
  const Chip* chip_ = nullptr;
  std::optional<std::uint32_t> loaded_at_;  // where SEND_DA put the agent
  std::uint32_t emi_version_ = 0;
  std::uint32_t packet_length_ = 0;
  std::uint64_t data_left_ = 0;
  std::uint32_t packet_ = 0;  // data bytes of the packet that is under way
  bool port_is_set_up_ = false;
  std::size_t tail_left_ = 0;  // bytes that the phone may still say at the command loop, or not
  std::vector<std::uint8_t> report_;
  std::size_t report_layout_ = 0;  // of the possible layouts, the one that is being tried
  std::uint32_t reported_ = 0;     // a bit for each legacy_da::Storage that the report tells of
};

}  // namespace mtkrig::protocol
