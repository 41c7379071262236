#pragma once

// One enumeration of a phone on a bus, as a host sees it: endpoint 0 and three more endpoints with
// the semantics of hardware. It knows nothing of what carries the transfers (USB/IP, a test).
//
//  * A bulk IN transfer stays pending (the endpoint NAKs) until the phone sends, and holds up no
//    other endpoint. It ends when it is full, with a short packet, or with a zero-length packet.
//  * A bulk OUT transfer stays pending while the phone does not take its bytes.
//  * The interrupt endpoint NAKs for ever: phones report no serial state.
//  * A halted endpoint stalls every transfer until the host clears it.
//  * A cancelled transfer is never completed. Bytes that it had taken from the bus are lost, as
//  they
//    are when a host controller stops a transfer half-way.
//
// One thread. Completions are reported from within the calls of this class.

#include <cstddef>
#include <cstdint>
#include <deque>

#include "emulator/usb/buffer.h"
#include "emulator/usb/control_endpoint.h"
#include "emulator/usb/usb_function.h"

namespace mtkrig::emulator {

enum class TransferStatus {
  kOk,
  kShort,       // fewer bytes than asked for, by a host that allowed no fewer
  kStalled,     // the request is unknown, or the endpoint halted
  kOverflow,    // the phone's packet is larger than the room for it
  kNoEndpoint,  // nothing answers at this address
  kNoMemory,    // more in flight than the port holds
};

struct Transfer {
  std::uint64_t id = 0;
  std::uint8_t endpoint = 0;  // with its direction bit
  SetupPacket setup;          // of endpoint 0
  std::size_t length = 0;     // the room of an IN transfer
  bool short_not_ok = false;  // of an IN transfer
  Buffer data;                // the bytes of an OUT transfer, or what has come of an IN transfer
  std::size_t taken = 0;      // by the phone, of an OUT transfer
};

struct Completion {
  std::uint64_t id = 0;
  TransferStatus status = TransferStatus::kOk;
  std::size_t actual_length = 0;
  Buffer data;  // of an IN transfer, actual_length bytes
};

class TransferSink {
 public:
  virtual ~TransferSink() = default;
  // Must not call back into the device, except set_has_room(false).
  virtual void Completed(Completion completion) = 0;
};

class UsbDevice {
 public:
  // More transfers than this at a time, or more bytes of OUT transfers, end with kNoMemory.
  static constexpr std::size_t kMaxPending = 1024;
  static constexpr std::size_t kMaxPendingOutBytes = std::size_t{16} << 20;

  // The function must be on the bus. All three must outlive the device.
  UsbDevice(UsbFunction& function, TransferSink& sink, BufferPool& pool);
  ~UsbDevice();
  UsbDevice(const UsbDevice&) = delete;
  UsbDevice& operator=(const UsbDevice&) = delete;

  void Submit(Transfer transfer);
  // True: the transfer was pending, and is gone. False: there is none such.
  bool Cancel(std::uint64_t id);
  // Moves what can be moved. To be called when the phone may have more to say.
  void Pump();
  // While false, IN transfers take nothing from the phone: what carries them has no room.
  void set_has_room(bool has_room);
  // Does what a host's kernel does with a device that it has found: selects its configuration.
  void Configure();
  // A reset of the bus. Pending transfers stay, and find their endpoints gone.
  void Reset();

  // The phone left the bus or came again since: this device does nothing any more.
  bool gone() const { return function_.enumeration() != enumeration_; }
  const ControlEndpoint& control() const { return control_; }
  std::size_t pending() const;

 private:
  using Queue = std::deque<Transfer>;

  void SubmitControl(Transfer transfer);
  void AfterControl();
  bool PumpOut();
  bool PumpIn();
  bool FillFront();
  bool StagePacket(std::size_t wanted, std::size_t packet);
  OutputChunk TakeOutput(Transfer& transfer, std::size_t packet);
  void FailAll(Queue& queue, TransferStatus status);
  void CompleteFront(Queue& queue, TransferStatus status);
  void Complete(Transfer transfer, TransferStatus status);
  Queue* QueueOf(std::uint8_t endpoint);

  UsbFunction& function_;
  TransferSink& sink_;
  BufferPool& pool_;
  const std::uint64_t enumeration_;
  ControlEndpoint control_;
  Queue bulk_out_;
  Queue bulk_in_;
  Queue interrupt_in_;
  std::size_t pending_out_bytes_ = 0;
  // Bytes of the phone's present transfer that went out so far, and whether the zero-length packet
  // behind the last one still has to.
  std::size_t transfer_bytes_ = 0;
  bool zero_packet_due_ = false;
  // A packet that was larger than the room of the transfer that asked for it (strict packets only).
  Buffer staged_;
  bool staged_ends_transfer_ = false;
  bool has_room_ = true;
  bool pumping_ = false;
};

}  // namespace mtkrig::emulator
