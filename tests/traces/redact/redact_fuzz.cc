// Redacts whatever a .wire text can say, or what can be read of any bytes: lengths and order stay,
// and what was redacted can be redacted again, which leaves notes as they are.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "tests/traces/formats/fuzz/fuzz_trace.h"
#include "traces/formats/wire_reader.h"
#include "traces/redact/redactor.h"

namespace {

using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)

class Collector final : public TraceWriter {
 public:
  explicit Collector(std::vector<Event>& events) : events_(events) {}
  Result<void> Add(const Event& event) override {
    events_.push_back(event);
    return mtkrig::protocol::Ok();
  }
  Result<void> Flush() override { return mtkrig::protocol::Ok(); }

 private:
  std::vector<Event>& events_;
};

std::vector<Event> RedactAll(const std::vector<Event>& events) {
  std::vector<Event> redacted;
  const auto report = Redact(
      [&]() -> Result<std::unique_ptr<TraceReader>> {
        return std::make_unique<MemoryTraceReader>(events);
      },
      [&](const SessionFacts&) -> Result<std::unique_ptr<TraceWriter>> {
        return std::make_unique<Collector>(redacted);
      },
      {});
  if (!report) std::abort();
  return redacted;
}

std::uint64_t Total(const std::vector<Event>& events) {
  std::uint64_t total = 0;
  for (const Event& event : events)
    total += std::max<std::uint64_t>(event.length, event.bytes.size());
  return total;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Event> events = Drain(OpenWire(*MemoryContent(Bytes(data, data + size), "input")));
  // Digests of gigabytes that nobody kept take their time, and are nothing new.
  std::erase_if(events, [](const Event& event) { return event.length > (1U << 24); });
  const std::vector<Event> once = RedactAll(events);
  if (Total(once) != Total(events)) std::abort();
  const std::vector<Event> twice = RedactAll(once);
  if (Total(twice) != Total(once) || twice.size() != once.size()) std::abort();
  for (std::size_t i = 0; i < once.size(); ++i) {
    if (twice[i].text != once[i].text) std::abort();
  }
  return 0;
}
