#include "emulator/phone/port.h"

#include <algorithm>
#include <utility>

namespace mtkrig::emulator {

using protocol::ByteSpan;

void Port::Pop(std::span<std::uint8_t> out) {
  const std::size_t kept = std::min(out.size(), input_.size() - input_head_);
  std::copy_n(input_.data() + input_head_, kept, out.data());
  input_head_ += kept;
  const std::size_t fresh = out.size() - kept;
  std::copy_n(incoming_.data(), fresh, out.data() + kept);
  incoming_ = incoming_.subspan(fresh);
}

ByteSpan Port::PopSpan(std::size_t most) {
  if (input_head_ < input_.size()) {
    const ByteSpan span =
        ByteSpan(input_).subspan(input_head_, std::min(most, input_.size() - input_head_));
    input_head_ += span.size();
    return span;
  }
  const ByteSpan span = incoming_.first(std::min(most, incoming_.size()));
  incoming_ = incoming_.subspan(span.size());
  return span;
}

std::optional<std::uint8_t> Port::Front() const {
  if (input_head_ < input_.size()) return input_[input_head_];
  if (!incoming_.empty()) return incoming_.front();
  return std::nullopt;
}

void Port::Enqueue(ByteSpan data) {
  if (data.empty()) return;
  output_.insert(output_.end(), data.begin(), data.end());
  transfers_.push_back(data.size());
  queued_ += data.size();
}

bool Port::Satisfied() const {
  switch (wait_.kind) {
    case WaitKind::kNone:
      return false;
    case WaitKind::kInput:
      if (available() >= wait_.bytes) return true;
      break;
    case WaitKind::kInputOrDrained:
      if (available() >= wait_.bytes || !has_output()) return true;
      break;
    case WaitKind::kRoom:
      if (queued_ <= kOutputWindow) return true;
      break;
    case WaitKind::kFlash:
      if (flash_left_ == 0) return true;
      break;
    case WaitKind::kDrained:
      if (!has_output()) return true;
      break;
    case WaitKind::kTime:
      break;
  }
  return wait_.deadline && *wait_.deadline <= now_;
}

void Port::Run() {
  while (Satisfied()) {
    const std::coroutine_handle<> who = std::exchange(wait_, Wait{}).who;
    ResumeTask(who);
  }
}

std::size_t Port::HostWrote(ByteSpan data) {
  incoming_ = data;
  Run();
  // What the firmware did not ask for yet is kept, as far as the window goes.
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(input_head_));
  input_head_ = 0;
  const std::size_t kept =
      std::min(incoming_.size(), kInputWindow - std::min(kInputWindow, input_.size()));
  input_.insert(input_.end(), incoming_.begin(),
                incoming_.begin() + static_cast<std::ptrdiff_t>(kept));
  const std::size_t refused = incoming_.size() - kept;
  incoming_ = {};
  return data.size() - refused;
}

Port::Output Port::TakeOutput(std::span<std::uint8_t> buffer) {
  Output output;
  if (buffer.empty()) return output;
  if (!transfers_.empty()) {
    std::size_t& left = transfers_.front();
    output.count = std::min(left, buffer.size());
    std::copy_n(output_.data() + output_head_, output.count, buffer.data());
    output_head_ += output.count;
    queued_ -= output.count;
    left -= output.count;
    output.ended = left == 0;
    if (output.ended) transfers_.pop_front();
    if (queued_ == 0) {
      output_.clear();
      output_head_ = 0;
    } else if (output_head_ > 2 * kOutputWindow) {
      output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(output_head_));
      output_head_ = 0;
    }
  } else if (flash_left_ > 0) {
    output.count = static_cast<std::size_t>(std::min<std::uint64_t>(flash_left_, buffer.size()));
    const std::uint16_t sum =
        flash_->ReadAndSum(flash_area_, flash_offset_, buffer.first(output.count));
    flash_sum_ = static_cast<std::uint16_t>(flash_sum_ + sum);
    flash_offset_ += output.count;
    flash_left_ -= output.count;
    output.ended = flash_left_ == 0;
  }
  if (output.count > 0) Run();
  return output;
}

void Port::AdvanceTo(protocol::TimePoint now) {
  now_ = std::max(now_, now);
  Run();
}

void Port::Clear() {
  input_.clear();
  input_head_ = 0;
  output_.clear();
  output_head_ = 0;
  queued_ = 0;
  transfers_.clear();
  flash_left_ = 0;
}

}  // namespace mtkrig::emulator
