#pragma once

// The transfer phase of USB/IP: transfers (URBs) go out, their results come in. Data of bulk IN
// transfers goes from the socket straight to the reader's buffer wherever a reader waits.
//
// Nothing that the server sends is taken on trust: a result must be of a transfer that is in
// flight, bulk IN transfers must come back in their order, and no result may be longer than was
// asked for. What arrives unasked is thereby bounded by what is in flight.

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "device/read_ahead.h"
#include "device/usb_descriptors.h"
#include "device/usbip_codec.h"
#include "device/usbip_stream.h"

namespace mtkrig::device::usbip {

class Link {
 public:
  // After any error but kCancelled, kTimeout and a stall the link is of no more use.
  Link(std::unique_ptr<Stream> stream, Clock& clock, std::uint32_t devid);

  struct ControlReply {
    std::int32_t status = 0;  // a negative Linux error number
    std::vector<std::uint8_t> data;
  };
  // A request on endpoint 0; the direction bit of its type says whether `out` is sent or up to
  // setup.length bytes are received. kDisconnected if the phone is gone.
  Result<ControlReply> Control(const Setup& setup, ByteSpan out, const Deadline& deadline,
                               const Cancellation* cancellation);

  // Names the endpoints of the calls below. Once, before them.
  void UsePort(const BulkPort& port);
  // Submits what a reader needs who wants this many bytes; 0 keeps listening.
  Result<void> Pump(std::size_t wanted, const Cancellation* cancellation);
  // Moves what has arrived to the buffer, without waiting; 0 when nothing has. kTransport for a
  // transfer that failed, after all bytes before it; a stalled endpoint shows in in_stalled().
  Result<std::size_t> Take(std::span<std::uint8_t> buffer);
  void Wait(Duration at_most, const Cancellation* cancellation) {
    stream_->Wait(false, at_most, cancellation);
  }
  bool HasLargeReads() const { return plan_ && plan_->HasLarge(); }
  // Unlinks all bulk IN transfers and waits until the server has answered for each; data that came
  // meanwhile is kept for Take().
  Result<void> UnlinkReads(const Cancellation* cancellation);
  bool in_stalled() const { return in_stalled_; }
  Result<void> ClearInStall(const Cancellation* cancellation);

  // Returns when the phone has taken all bytes.
  Result<void> Write(ByteSpan data, const Deadline& deadline, const Cancellation* cancellation);

 private:
  enum class Kind { kControl, kBulkIn, kBulkOut };
  struct Urb {
    std::uint32_t seqnum = 0;
    Kind kind = Kind::kControl;
    std::uint32_t length = 0;
    bool has_payload = false;         // its result is followed by data
    std::uint32_t unlink_seqnum = 0;  // 0: nobody asked to unlink it
  };
  struct Outcome {
    std::int32_t status = 0;
    std::uint32_t length = 0;  // that was asked for
    std::uint32_t actual_length = 0;
    bool unlinked = false;
  };

  Result<void> SendAll(std::span<iovec> parts, const Cancellation* cancellation);
  Result<void> SubmitOut(ByteSpan piece, const Cancellation* cancellation);
  Result<void> Unlink(Kind kind, const Cancellation* cancellation);
  Result<void> JudgeWrites(std::size_t& taken);
  Result<void> ClearHalt(std::uint8_t endpoint, const Cancellation* cancellation);

  // Takes in what the stream has now. Bulk data goes to `to` and, if `keep`, to queue_ when that is
  // full; without `keep` it stays where it is. Returns the bytes put to `to`.
  Result<std::size_t> Process(std::span<std::uint8_t> to, bool keep);
  // False if no progress can be made now.
  Result<bool> Step(std::span<std::uint8_t> to, std::size_t& filled, bool keep);
  Result<bool> MovePayload(std::span<std::uint8_t> to, std::size_t& filled, bool keep);
  Result<bool> FillStaging(std::span<std::uint8_t> in_front, std::size_t& filled);
  Result<void> HandleReply(const Reply& reply);
  Result<void> HandleSubmitReply(const Reply& reply);
  Result<void> HandleUnlinkReply(const Reply& reply);
  void EndRead(std::int32_t status, bool brought_data);
  ByteSpan staged() const { return ByteSpan(staging_).subspan(begin_, end_ - begin_); }
  std::size_t Count(Kind kind) const;
  std::size_t ReadIndex(const Urb* urb) const;

  std::unique_ptr<Stream> stream_;
  Clock* clock_;
  std::uint32_t devid_;
  std::uint32_t next_seqnum_ = 1;
  BulkPort port_;
  std::optional<ReadAhead> plan_;

  std::deque<Urb> pending_;  // in the order of submission
  std::size_t unlinks_unanswered_ = 0;
  std::size_t stray_answers_ = 0;
  std::vector<Outcome> outcomes_;  // of control and bulk OUT transfers
  std::vector<std::uint8_t> control_data_;
  std::vector<std::uint8_t> queue_;  // bulk data that arrived while nobody read
  std::size_t queue_begin_ = 0;

  std::vector<std::uint8_t> staging_;  // received and not yet looked at
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t payload_left_ = 0;  // of the result whose header was read last
  Kind payload_kind_ = Kind::kControl;

  bool in_stalled_ = false;
  int failures_ = 0;  // bulk IN transfers in a row that failed and brought nothing
  std::optional<Error> read_error_;
};

}  // namespace mtkrig::device::usbip
