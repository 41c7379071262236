#pragma once

// The server's side of one USB/IP connection, sans I/O: bytes go in, packets come out. It judges
// every byte of the client, and never takes more memory than the limits here say.
//
// What the kernel's protocol document leaves open:
//  * A packet that no client of sense sends (version, code, device id, endpoint number, a negative
//  or
//    too large length of an OUT transfer, isochronous packets) ends the connection, as the kernel's
//    own server does.
//  * An IN transfer of more than kMaxTransfer is answered with -ENOMEM.
//  * An endpoint that the phone does not have is answered with -EPROTO: nothing answers on a bus.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "emulator/usbip/packets.h"
#include "emulator/usbip/phone_hub.h"

namespace mtkrig::emulator::usbip {

// Where a session's packets go.
class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual void Send(const Header& header, Buffer payload) = 0;
  virtual void Send(std::vector<std::uint8_t> bytes) = 0;
  // The session's state changed from outside of Received().
  virtual void Wake() = 0;
  // False: the client is slow to read. Nothing is lost, but no data is taken from the phone.
  virtual bool has_room() const = 0;
};

class Session final : private Importer {
 public:
  enum class State {
    kOpen,
    kFinished,  // close the connection when the outbox is empty
    kFailed,    // close it at once
  };

  static constexpr std::size_t kMaxTransfer = std::size_t{16} << 20;

  // Both must outlive the session.
  Session(PhoneHub& hub, Outbox& outbox);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  State state() const { return state_; }
  bool imported() const { return phone_ != nullptr; }

  // Where the next bytes of the client go; never empty.
  std::span<std::uint8_t> ReadBuffer();
  // That many bytes were put there.
  void Received(std::size_t count);
  // The outbox has room again.
  void ResumeOutput();
  // Gives the phone back; nothing is sent any more.
  void Abandon();

 private:
  enum class Expecting { kOperation, kBusId, kCommand, kPayload };

  // TransferSink and Importer.
  void Completed(Completion completion) override;
  void DeviceGone() override;

  std::size_t Needed() const;
  void TakePacket(protocol::ByteSpan packet);
  void HandleOperation(const Operation& operation);
  void HandleImport(const std::string& bus_id);
  void HandleCommand(const Command& command);
  void HandleSubmit(const Command& command);
  void HandleUnlink(const Command& command);
  void SubmitTransfer();
  void Fail();
  void Finish();

  PhoneHub& hub_;
  Outbox& outbox_;
  State state_ = State::kOpen;
  Expecting expecting_ = Expecting::kOperation;

  std::array<std::uint8_t, std::size_t{16} << 10> input_;
  std::size_t input_size_ = 0;
  // The OUT transfer whose payload is on its way.
  Transfer transfer_;
  std::size_t payload_left_ = 0;

  ExportedPhone* phone_ = nullptr;
  UsbDevice* device_ = nullptr;
  std::uint32_t device_id_ = 0;
};

}  // namespace mtkrig::emulator::usbip
