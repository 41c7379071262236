// What comes in: replies taken apart, data put where it belongs.

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "device/usbip_link.h"

namespace mtkrig::device::usbip {
namespace {

// A plug that is being pulled shows as some failed transfers first and as a lost device then.
constexpr int kMaxFailures = 8;
// Answers that nobody waits for are let pass, but more of them would keep us listening for ever.
constexpr std::size_t kMaxStrayAnswers = 64;

Error Unexpected(std::uint32_t seqnum, std::string_view why) {
  return Error(ErrorCode::kProtocol,
               fmt::format("the USB/IP server answered transfer {}, {}", seqnum, why));
}

}  // namespace

Result<std::size_t> Link::Take(std::span<std::uint8_t> buffer) {
  std::size_t count = std::min(buffer.size(), queue_.size() - queue_begin_);
  if (count > 0) {
    std::memcpy(buffer.data(), queue_.data() + queue_begin_, count);
    queue_begin_ += count;
  }
  if (queue_begin_ == queue_.size()) {
    queue_.clear();
    queue_begin_ = 0;
  }
  if (count == buffer.size()) return count;
  auto more = Process(buffer.subspan(count), false);
  if (more) count += *more;
  // The reader gets his bytes before the news that came behind them; the news keeps.
  if (count > 0) {
    if (!more) read_error_ = std::move(more).error();
    return count;
  }
  if (!more) return std::move(more).error();
  if (read_error_) return *read_error_;
  return count;
}

Result<std::size_t> Link::Process(std::span<std::uint8_t> to, bool keep) {
  std::size_t filled = 0;
  while (true) {
    auto step = Step(to, filled, keep);
    if (!step && filled == 0) return std::move(step).error();
    if (!step) {
      read_error_ = std::move(step).error();
      return filled;
    }
    if (!*step) return filled;
  }
}

Result<bool> Link::Step(std::span<std::uint8_t> to, std::size_t& filled, bool keep) {
  if (payload_left_ > 0) return MovePayload(to, filled, keep);
  if (!keep && filled == to.size()) return false;
  if (staged().size() < wire::kHeaderSize) return FillStaging({}, filled);
  TRY_ASSIGN(const Reply reply, DecodeReply(staged().subspan(0, wire::kHeaderSize)));
  begin_ += wire::kHeaderSize;
  TRY(HandleReply(reply));
  return true;
}

// Receives into `in_front` first and what is more into the staging area.
Result<bool> Link::FillStaging(std::span<std::uint8_t> in_front, std::size_t& filled) {
  if (begin_ > 0) {
    std::memmove(staging_.data(), staging_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  std::array<iovec, 2> parts = {iovec{in_front.data(), in_front.size()},
                                iovec{staging_.data() + end_, staging_.size() - end_}};
  TRY_ASSIGN(const std::size_t count,
             stream_->Receive(in_front.empty() ? std::span(parts).subspan(1) : std::span(parts)));
  const std::size_t front = std::min(count, in_front.size());
  filled += front;
  end_ += count - front;
  return count > 0;
}

Result<bool> Link::MovePayload(std::span<std::uint8_t> to, std::size_t& filled, bool keep) {
  const bool is_read = payload_kind_ == Kind::kBulkIn;
  const std::span<std::uint8_t> room = is_read ? to.subspan(filled) : std::span<std::uint8_t>();
  const std::size_t direct = std::min(payload_left_, room.size());
  const ByteSpan here = staged();
  if (here.empty()) {
    if (is_read && direct == 0 && !keep) return false;
    const std::size_t before = filled;
    TRY_ASSIGN(const bool moved, FillStaging(room.subspan(0, direct), filled));
    payload_left_ -= filled - before;
    return moved;
  }
  if (direct > 0) {
    const std::size_t step = std::min(direct, here.size());
    std::memcpy(room.data(), here.data(), step);
    filled += step;
    begin_ += step;
    payload_left_ -= step;
    return true;
  }
  if (is_read && !keep) return false;
  std::vector<std::uint8_t>& sink = is_read ? queue_ : control_data_;
  const std::size_t step = std::min(payload_left_, here.size());
  sink.insert(sink.end(), here.begin(), here.begin() + static_cast<std::ptrdiff_t>(step));
  begin_ += step;
  payload_left_ -= step;
  return true;
}

Result<void> Link::HandleReply(const Reply& reply) {
  if (reply.command == wire::kRetSubmit) return HandleSubmitReply(reply);
  return HandleUnlinkReply(reply);
}

Result<void> Link::HandleSubmitReply(const Reply& reply) {
  const auto urb = std::find_if(pending_.begin(), pending_.end(),
                                [&reply](const Urb& one) { return one.seqnum == reply.seqnum; });
  if (urb == pending_.end()) return Unexpected(reply.seqnum, "which is not in flight");
  if (reply.actual_length > urb->length) {
    return Unexpected(reply.seqnum,
                      fmt::format("of {} bytes, with {} bytes", urb->length, reply.actual_length));
  }
  if (urb->kind != Kind::kBulkIn) {
    outcomes_.push_back({.status = reply.status,
                         .length = urb->length,
                         .actual_length = reply.actual_length,
                         .unlinked = false});
  } else {
    if (ReadIndex(&*urb) != 0) return Unexpected(reply.seqnum, "before an earlier one");
    plan_->Erase(0);
    EndRead(reply.status, reply.actual_length > 0);
  }
  payload_kind_ = urb->kind;
  payload_left_ = urb->has_payload ? reply.actual_length : 0;
  pending_.erase(urb);
  return Ok();
}

// Whether it was unlinked (-104) or had ended by itself (0; its own result then came before): it is
// over.
Result<void> Link::HandleUnlinkReply(const Reply& reply) {
  if (unlinks_unanswered_ > 0) {
    --unlinks_unanswered_;
  } else if (++stray_answers_ > kMaxStrayAnswers) {
    return Unexpected(reply.seqnum, "like many before it, as an unlink that is not under way");
  }
  const auto urb = std::find_if(pending_.begin(), pending_.end(), [&reply](const Urb& one) {
    return one.unlink_seqnum != 0 && one.unlink_seqnum == reply.seqnum;
  });
  if (urb == pending_.end()) return Ok();
  if (urb->kind == Kind::kBulkIn) {
    plan_->Erase(ReadIndex(&*urb));
  } else {
    outcomes_.push_back(
        {.status = reply.status, .length = urb->length, .actual_length = 0, .unlinked = true});
  }
  pending_.erase(urb);
  return Ok();
}

void Link::EndRead(std::int32_t status, bool brought_data) {
  if (brought_data || status == 0) failures_ = 0;
  switch (status) {
    case 0:
    case wire::kStatusRemoteIo:  // short, which is what a phone's answers are
    case wire::kStatusConnReset:
    case -ENOENT:  // some servers' word for an unlinked transfer
      return;
    case wire::kStatusPipe:
      in_stalled_ = true;
      return;
    case wire::kStatusShutdown:
    case -ENODEV:
      read_error_ = Error(ErrorCode::kDisconnected, "the phone has left the server's USB")
                        .WithHint("check cable and battery, plug it in again");
      return;
    default:
      if (status != -EOVERFLOW && ++failures_ < kMaxFailures) return;
      read_error_ = Error(ErrorCode::kTransport,
                          fmt::format("reading from the phone failed: {}", ErrnoText(-status)))
                        .WithHint("try another cable or port at the server");
  }
}

std::size_t Link::ReadIndex(const Urb* urb) const {
  std::size_t index = 0;
  for (const Urb& other : pending_) {
    if (&other == urb) break;
    if (other.kind == Kind::kBulkIn) ++index;
  }
  return index;
}

}  // namespace mtkrig::device::usbip
