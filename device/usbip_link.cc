// What goes out: transfers, unlinks, and waiting for their ends. The receiving half is
// usbip_link_input.cc.

#include "device/usbip_link.h"

#include <fmt/format.h>

#include <cerrno>

namespace mtkrig::device::usbip {
namespace {

namespace usb = protocol::usb;

constexpr std::size_t kStagingSize = std::size_t{16} * 1024;
// 512 KiB at high speed: the second piece crosses the network while the first is handed over.
constexpr std::size_t kLargestPackets = 1024;
// Two short answers behind each other need one turn to the server only.
constexpr std::size_t kListeners = 2;
constexpr std::size_t kLargestWrite = std::size_t{256} * 1024;
constexpr std::size_t kWritesInFlight = 4;
// What a server may take to answer something that does not depend on the phone.
constexpr Duration kServerTimeout = std::chrono::seconds(2);
constexpr Duration kSlice = std::chrono::seconds(1);
constexpr std::uint8_t kEndpointMask = 0x0f;

Error ServerSilent() {
  return Error(ErrorCode::kDisconnected, "the USB/IP server no longer answers")
      .WithHint("check the network and the server");
}

void Advance(std::span<iovec> parts, std::size_t sent) {
  for (iovec& part : parts) {
    const std::size_t step = std::min(sent, part.iov_len);
    part.iov_base = static_cast<std::uint8_t*>(part.iov_base) + step;
    part.iov_len -= step;
    sent -= step;
  }
}

}  // namespace

Link::Link(std::unique_ptr<Stream> stream, Clock& clock, std::uint32_t devid)
    : stream_(std::move(stream)), clock_(&clock), devid_(devid), staging_(kStagingSize) {}

void Link::UsePort(const BulkPort& port) {
  port_ = port;
  plan_.emplace(port.in_packet, kLargestPackets * port.in_packet, kListeners);
}

// A message that was begun must be ended, or the server loses its place: the caller's deadline is
// looked at between messages only.
Result<void> Link::SendAll(std::span<iovec> parts, const Cancellation* cancellation) {
  Deadline deadline(*clock_, kServerTimeout);
  while (true) {
    while (!parts.empty() && parts.front().iov_len == 0) parts = parts.subspan(1);
    if (parts.empty()) return Ok();
    TRY_ASSIGN(const std::size_t sent, stream_->Send(parts));
    if (sent > 0) {
      deadline = Deadline(*clock_, kServerTimeout);
      Advance(parts, sent);
      continue;
    }
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) return ServerSilent();
    stream_->Wait(true, deadline.left(), cancellation);
    // A server that is blocked on what it sends to us will take nothing: hear it out.
    TRY_ASSIGN([[maybe_unused]] const std::size_t none, Process({}, true));
  }
}

Result<Link::ControlReply> Link::Control(const Setup& setup, ByteSpan out, const Deadline& deadline,
                                         const Cancellation* cancellation) {
  const bool in = (setup.request_type & usb::kDirectionIn) != 0;
  const Urb urb = {.seqnum = next_seqnum_++,
                   .kind = Kind::kControl,
                   .length = setup.length,
                   .has_payload = in,
                   .unlink_seqnum = 0};
  Header header = EncodeSubmit({.seqnum = urb.seqnum,
                                .devid = devid_,
                                .in = in,
                                .endpoint = 0,
                                .length = setup.length,
                                .setup = setup});
  control_data_.clear();
  outcomes_.clear();
  pending_.push_back(urb);
  std::array<iovec, 2> parts = {iovec{header.data(), header.size()},
                                iovec{const_cast<std::uint8_t*>(out.data()), out.size()}};
  TRY(SendAll(parts, cancellation));
  while (true) {
    TRY_ASSIGN([[maybe_unused]] const std::size_t none, Process({}, true));
    // Its data may still be under way when its result is there.
    if (Count(Kind::kControl) == 0 && payload_left_ == 0) break;
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) {
      // Before there is a port nobody goes on with this connection, whose end cancels it all.
      if (plan_) TRY(Unlink(Kind::kControl, cancellation));
      outcomes_.clear();
      return Error(
          ErrorCode::kTimeout,
          fmt::format("the phone did not answer control request {:#04x} in time", setup.request));
    }
    stream_->Wait(false, std::min(kSlice, deadline.left()), cancellation);
  }
  ControlReply reply = {.status = outcomes_.empty() ? 0 : outcomes_.front().status,
                        .data = std::move(control_data_)};
  outcomes_.clear();
  control_data_.clear();
  if (reply.status == wire::kStatusShutdown || reply.status == -ENODEV) {
    return Error(ErrorCode::kDisconnected, "the phone has left the server's USB");
  }
  return reply;
}

Result<void> Link::Pump(std::size_t wanted, const Cancellation* cancellation) {
  std::vector<Header> headers;
  while (const std::optional<std::size_t> size = plan_->Next(wanted)) {
    const Urb urb = {.seqnum = next_seqnum_++,
                     .kind = Kind::kBulkIn,
                     .length = static_cast<std::uint32_t>(*size),
                     .has_payload = true,
                     .unlink_seqnum = 0};
    headers.push_back(
        EncodeSubmit({.seqnum = urb.seqnum,
                      .devid = devid_,
                      .in = true,
                      .endpoint = static_cast<std::uint8_t>(port_.in_endpoint & kEndpointMask),
                      .length = urb.length,
                      .setup = {}}));
    pending_.push_back(urb);
    plan_->Submitted(*size);
  }
  if (headers.empty()) return Ok();
  iovec all = {headers.data(), headers.size() * sizeof(Header)};
  return SendAll({&all, 1}, cancellation);
}

Result<void> Link::SubmitOut(ByteSpan piece, const Cancellation* cancellation) {
  const Urb urb = {.seqnum = next_seqnum_++,
                   .kind = Kind::kBulkOut,
                   .length = static_cast<std::uint32_t>(piece.size()),
                   .has_payload = false,
                   .unlink_seqnum = 0};
  Header header = EncodeSubmit({.seqnum = urb.seqnum,
                                .devid = devid_,
                                .in = false,
                                .endpoint = port_.out_endpoint,
                                .length = urb.length,
                                .setup = {}});
  pending_.push_back(urb);
  std::array<iovec, 2> parts = {iovec{header.data(), header.size()},
                                iovec{const_cast<std::uint8_t*>(piece.data()), piece.size()}};
  return SendAll(parts, cancellation);
}

Result<void> Link::Write(ByteSpan data, const Deadline& deadline,
                         const Cancellation* cancellation) {
  std::size_t sent = 0;
  std::size_t taken = 0;
  outcomes_.clear();
  while (taken < data.size()) {
    while (sent < data.size() && Count(Kind::kBulkOut) < kWritesInFlight && !deadline.passed()) {
      const std::size_t length = std::min(kLargestWrite, data.size() - sent);
      TRY(SubmitOut(data.subspan(sent, length), cancellation));
      sent += length;
    }
    TRY_ASSIGN([[maybe_unused]] const std::size_t none, Process({}, true));
    TRY(JudgeWrites(taken));
    if (taken == data.size()) break;
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) {
      TRY(Unlink(Kind::kBulkOut, cancellation));
      // The last of them may have got through after all.
      TRY(JudgeWrites(taken));
      if (taken == data.size()) break;
      return Error(ErrorCode::kTimeout, fmt::format("the phone took {} of {} bytes and then no "
                                                    "more",
                                                    taken, data.size()))
          .AtOffset(taken);
    }
    stream_->Wait(false, std::min(kSlice, deadline.left()), cancellation);
  }
  return Ok();
}

// Adds up the bytes that the phone took; an error for the first transfer that failed.
Result<void> Link::JudgeWrites(std::size_t& taken) {
  std::vector<Outcome> outcomes;
  outcomes.swap(outcomes_);
  for (const Outcome& outcome : outcomes) {
    if (outcome.unlinked) continue;
    // A transfer to the phone that succeeded took all, whatever length the server writes there.
    taken += outcome.status == 0 ? outcome.length : outcome.actual_length;
    if (outcome.status == 0) continue;
    if (outcome.status == wire::kStatusShutdown || outcome.status == -ENODEV) {
      return Error(ErrorCode::kDisconnected, "the phone has left the server's USB");
    }
    TRY(Unlink(Kind::kBulkOut, nullptr));
    outcomes_.clear();
    if (outcome.status == wire::kStatusPipe) {
      TRY(ClearHalt(port_.out_endpoint, nullptr));
      return Error(ErrorCode::kTransport, "the phone refuses the data (its OUT endpoint stalls)")
          .AtOffset(taken)
          .WithHint("power the phone off and plug it in again");
    }
    return Error(ErrorCode::kTransport,
                 fmt::format("writing to the phone failed: {}", ErrnoText(-outcome.status)))
        .AtOffset(taken);
  }
  return Ok();
}

Result<void> Link::Unlink(Kind kind, const Cancellation* cancellation) {
  std::vector<Header> headers;
  // The newest first, so that data cannot move on to a transfer behind one that is gone.
  for (auto it = pending_.rbegin(); it != pending_.rend(); ++it) {
    if (it->kind != kind || it->unlink_seqnum != 0) continue;
    it->unlink_seqnum = next_seqnum_++;
    headers.push_back(EncodeUnlink(it->unlink_seqnum, devid_, it->seqnum));
    ++unlinks_unanswered_;
  }
  if (!headers.empty()) {
    iovec all = {headers.data(), headers.size() * sizeof(Header)};
    TRY(SendAll({&all, 1}, cancellation));
  }
  const Deadline deadline(*clock_, kServerTimeout);
  while (Count(kind) > 0 || payload_left_ > 0) {
    TRY_ASSIGN([[maybe_unused]] const std::size_t none, Process({}, true));
    if (Count(kind) == 0 && payload_left_ == 0) break;
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) return ServerSilent();
    stream_->Wait(false, deadline.left(), cancellation);
  }
  return Ok();
}

Result<void> Link::UnlinkReads(const Cancellation* cancellation) {
  return Unlink(Kind::kBulkIn, cancellation);
}

Result<void> Link::ClearInStall(const Cancellation* cancellation) {
  TRY(UnlinkReads(cancellation));
  in_stalled_ = false;
  return ClearHalt(port_.in_endpoint, cancellation);
}

Result<void> Link::ClearHalt(std::uint8_t endpoint, const Cancellation* cancellation) {
  constexpr std::uint8_t kEndpointRecipient = 0x02;
  TRY_ASSIGN(const ControlReply reply,
             Control({.request_type = kEndpointRecipient,
                      .request = usb::kClearFeature,
                      .value = usb::kFeatureEndpointHalt,
                      .index = endpoint,
                      .length = 0},
                     {}, Deadline(*clock_, kServerTimeout), cancellation));
  if (reply.status == 0) return Ok();
  return Error(ErrorCode::kTransport,
               fmt::format("a stalled endpoint cannot be cleared: {}", ErrnoText(-reply.status)));
}

std::size_t Link::Count(Kind kind) const {
  return static_cast<std::size_t>(std::count_if(
      pending_.begin(), pending_.end(), [kind](const Urb& urb) { return urb.kind == kind; }));
}

}  // namespace mtkrig::device::usbip
