#include "tests/device/script_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/device/fake_usb.h"

namespace mtkrig::device::testing {

class ScriptClock final : public Clock {
 public:
  explicit ScriptClock(ScriptNetwork& network) : network_(&network) {}
  TimePoint Now() const override { return network_->now_; }
  void SleepFor(Duration duration) override { network_->now_ += duration; }

 private:
  ScriptNetwork* network_;
};

class ScriptStream final : public usbip::Stream {
 public:
  ScriptStream(ScriptNetwork& network, Script script)
      : network_(&network), steps_(std::move(script.steps_)) {
    Advance();
  }
  ~ScriptStream() override {
    for (const Script::Step& step : steps_) {
      EXPECT_TRUE(step.expected.empty())
          << "the client did not send " << protocol::ToHex(step.expected);
    }
  }
  ScriptStream(const ScriptStream&) = delete;
  ScriptStream& operator=(const ScriptStream&) = delete;

  Result<std::size_t> Receive(std::span<iovec> parts) override {
    std::size_t count = 0;
    for (const iovec& part : parts) {
      const std::size_t step = std::min(
          {part.iov_len, inbox_.size(), network_->chunk - std::min(network_->chunk, count)});
      std::copy_n(inbox_.begin(), step, static_cast<std::uint8_t*>(part.iov_base));
      inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(step));
      count += step;
    }
    if (count == 0 && closed_) return Error(ErrorCode::kDisconnected, "closed");
    return count;
  }

  Result<std::size_t> Send(std::span<iovec> parts) override {
    if (closed_) return Error(ErrorCode::kDisconnected, "closed");
    std::size_t count = 0;
    for (const iovec& part : parts) {
      const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base);
      const std::size_t step = std::min(part.iov_len, network_->chunk - count);
      for (std::size_t i = 0; i < step; ++i) TakeByte(bytes[i]);
      count += step;
    }
    return count;
  }

  void Wait(bool /*to_send*/, Duration at_most, const Cancellation* cancellation) override {
    if (IsCancelled(cancellation) || !inbox_.empty() || closed_) return;
    if (at_most > std::chrono::hours(1)) {
      ADD_FAILURE() << "waits for ever";
      std::abort();
    }
    const bool later = !steps_.empty() && steps_.front().after > Duration::zero();
    const Duration step = later ? std::min(at_most, steps_.front().after) : at_most;
    network_->now_ += step;
    if (later) steps_.front().after -= step;
    Advance();
  }

 private:
  void TakeByte(std::uint8_t byte) {
    if (steps_.empty() || steps_.front().expected.empty()) {
      ADD_FAILURE() << "the client sent more than the script has";
      return;
    }
    Script::Step& step = steps_.front();
    if (byte != step.expected[taken_]) {
      ADD_FAILURE() << "the client sent " << int{byte} << " as byte " << taken_ << " of "
                    << protocol::ToHex(step.expected);
    }
    if (++taken_ < step.expected.size()) return;
    step.expected.clear();
    taken_ = 0;
    Advance();
  }

  // Plays what does not wait for the client or for time.
  void Advance() {
    while (!steps_.empty() && steps_.front().expected.empty() &&
           steps_.front().after == Duration::zero()) {
      const Script::Step& step = steps_.front();
      inbox_.insert(inbox_.end(), step.answer.begin(), step.answer.end());
      closed_ = closed_ || step.close;
      steps_.pop_front();
    }
  }

  ScriptNetwork* network_;
  std::deque<Script::Step> steps_;
  std::size_t taken_ = 0;  // of what the first step expects
  std::deque<std::uint8_t> inbox_;
  bool closed_ = false;
};

Bytes Hex(std::string_view text) {
  Bytes bytes;
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits.push_back(c);
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Script& Script::ExpectBytes(Bytes bytes) {
  steps_.push_back({.expected = std::move(bytes), .answer = {}});
  return *this;
}

Script& Script::AnswerBytes(Bytes bytes) {
  steps_.push_back({.expected = {}, .answer = std::move(bytes)});
  return *this;
}

Script& Script::Close() {
  steps_.push_back({.expected = {}, .answer = {}, .close = true});
  return *this;
}

Script& Script::AnswerLater(Duration after, std::string_view hex) {
  steps_.push_back({.expected = {}, .answer = Hex(hex), .close = false, .after = after});
  return *this;
}

std::string Script::Submit(unsigned seqnum, bool in, unsigned endpoint, unsigned length,
                           std::string_view setup) {
  return fmt::format(
      "00000001 {:08x} 00010002 {:08x} {:08x}  {:08x} {:08x} 00000000 00000000 00000000 {}", seqnum,
      in ? 1 : 0, endpoint, in ? 0x200 : 0, length, setup);
}

std::string Script::SubmitReply(unsigned seqnum, int status, unsigned actual_length) {
  return fmt::format(
      "00000003 {:08x} 00000000 00000000 00000000  {:08x} {:08x} 00000000 00000000 00000000 "
      "0000000000000000",
      seqnum, static_cast<unsigned>(status), actual_length);
}

std::string Script::Unlink(unsigned seqnum, unsigned victim) {
  return fmt::format(
      "00000002 {:08x} 00010002 00000000 00000000  {:08x} 00000000 00000000 00000000 00000000 "
      "0000000000000000",
      seqnum, victim);
}

std::string Script::UnlinkReply(unsigned seqnum, int status) {
  return fmt::format(
      "00000004 {:08x} 00000000 00000000 00000000  {:08x} 00000000 00000000 00000000 00000000 "
      "0000000000000000",
      seqnum, static_cast<unsigned>(status));
}

Bytes Script::ImportReply(std::string_view bus_id, std::uint16_t product) {
  Bytes bytes = Hex("0111 0003 00000000");
  bytes.resize(8 + 256);  // the path may be anything
  bytes.insert(bytes.end(), bus_id.begin(), bus_id.end());
  bytes.resize(8 + 256 + 32);
  // Bus 1, device 2, high speed, 0e8d:product, bcdDevice, class, configuration 1 of 1, 2
  // interfaces.
  const Bytes rest =
      Hex(fmt::format("00000001 00000002 00000003 0e8d {:04x} 0100 02 00 00 01 01 02", product));
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

Script Script::Opened(std::uint16_t packet) {
  const Bytes descriptors = AcmDescriptors(packet);
  const auto device = std::span(descriptors).subspan(0, 18);
  const auto head = std::span(descriptors).subspan(18, 9);
  const auto configuration = std::span(descriptors).subspan(18);
  Script script;
  script
      .Expect(
          "0111 8003 00000000"
          "312d310000000000 0000000000000000 0000000000000000 0000000000000000")
      .AnswerBytes(ImportReply("1-1", 0x2000));
  script.Expect(Submit(1, true, 0, 18, "80 06 0001 0000 1200"))
      .Answer(SubmitReply(1, 0, 18) + protocol::ToHex(device));
  script.Expect(Submit(2, true, 0, 9, "80 06 0002 0000 0900"))
      .Answer(SubmitReply(2, 0, 9) + protocol::ToHex(head));
  script.Expect(Submit(3, true, 0, 67, "80 06 0002 0000 4300"))
      .Answer(SubmitReply(3, 0, 67) + protocol::ToHex(configuration));
  script.Expect(Submit(4, false, 0, 0, "00 09 0100 0000 0000")).Answer(SubmitReply(4, 0, 0));
  script.Expect(Submit(5, false, 0, 7, "21 20 0000 0000 0700") + "00100e00000008")
      .Answer(SubmitReply(5, 0, 7));
  // A boot ROM stalls this one.
  script.Expect(Submit(6, false, 0, 0, "21 22 0300 0000 0000")).Answer(SubmitReply(6, -32, 0));
  script.Expect(Submit(7, true, 1, packet)).Expect(Submit(8, true, 1, packet));
  return script;
}

ScriptNetwork::~ScriptNetwork() {
  EXPECT_TRUE(scripts_.empty()) << "the client did not connect " << scripts_.size()
                                << " times more";
}

Result<std::unique_ptr<UsbipTransport>> ScriptNetwork::Open(Duration wait,
                                                            const Cancellation* cancellation,
                                                            DiscoveryObserver* observer) {
  const auto connect =
      [this](const Deadline& /*deadline*/,
             const Cancellation* /*cancellation*/) -> Result<std::unique_ptr<usbip::Stream>> {
    ++connections;
    if (scripts_.empty()) return Error(ErrorCode::kTransport, "connection refused");
    Script script = std::move(scripts_.front());
    scripts_.pop_front();
    return std::unique_ptr<usbip::Stream>(std::make_unique<ScriptStream>(*this, std::move(script)));
  };
  return UsbipTransport::Open({.host = "rig", .port = 3240, .bus_id = "1-1"}, wait, cancellation,
                              observer, connect, std::make_unique<ScriptClock>(*this));
}

}  // namespace mtkrig::device::testing
