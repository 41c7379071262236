#include "traces/replay/watchdog_answerer.h"

#include <algorithm>
#include <utility>

#include "traces/replay/watchdog_exchange.h"

namespace mtkrig::traces {

WatchdogAnswerer::Step WatchdogAnswerer::Take(protocol::ByteSpan bytes, std::uint16_t first_status,
                                              std::uint16_t last_status) {
  Step step;
  const std::uint8_t command = request_.empty() ? bytes[0] : request_[0];
  const std::size_t answered = WriteAnswer(request_, first_status, last_status).size();
  const std::size_t whole =
      IsRefusal(first_status) ? kRefusedRequestSize : WriteRequestSize(command);
  step.taken = std::min(bytes.size(), whole - request_.size());
  request_.insert(request_.end(), bytes.begin(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(step.taken));
  if (!MayBeWatchdogWrite(request_)) {
    step.returned = std::exchange(request_, {});
    step.answered = answered;
    return step;
  }
  const std::vector<std::uint8_t> answer = WriteAnswer(request_, first_status, last_status);
  step.answer.assign(answer.begin() + static_cast<std::ptrdiff_t>(answered), answer.end());
  if (request_.size() == whole) request_.clear();
  return step;
}

}  // namespace mtkrig::traces
