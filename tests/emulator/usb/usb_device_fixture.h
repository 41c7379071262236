#pragma once

// A UsbDevice over a function that does what a test says, and the completions that came of it.

#include <gmock/gmock.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/usb/usb_device.h"
#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {

inline std::vector<std::uint8_t> Counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return bytes;
}

struct Done {
  std::uint64_t id;
  TransferStatus status;
  std::vector<std::uint8_t> data;
  std::size_t actual_length;
};

class UsbDeviceTest : public testing::Test, public TransferSink {
 protected:
  void Completed(Completion completion) override {
    const std::span<const std::uint8_t> bytes = completion.data.bytes();
    done_.push_back({.id = completion.id,
                     .status = completion.status,
                     .data = {bytes.begin(), bytes.end()},
                     .actual_length = completion.actual_length});
    if (room_ > 0 && --room_ == 0) device_->set_has_room(false);
  }

  void Start() {
    device_ = std::make_unique<UsbDevice>(function_, *this, pool_);
    device_->Configure();
  }
  void In(std::uint64_t id, std::size_t length, bool short_not_ok = false) {
    Transfer transfer;
    transfer.id = id;
    transfer.endpoint = 0x81;
    transfer.length = length;
    transfer.short_not_ok = short_not_ok;
    device_->Submit(std::move(transfer));
  }
  void Out(std::uint64_t id, const std::vector<std::uint8_t>& bytes, std::uint8_t endpoint = 1) {
    Transfer transfer;
    transfer.id = id;
    transfer.endpoint = endpoint;
    transfer.data = pool_.Take(bytes.size());
    transfer.data.Append(bytes);
    transfer.length = bytes.size();
    device_->Submit(std::move(transfer));
  }
  void Control(std::uint64_t id, std::string_view setup, std::size_t length = 0) {
    Transfer transfer;
    transfer.id = id;
    transfer.setup = SetupPacket::Parse(FromHex(setup));
    transfer.endpoint = transfer.setup.is_in() ? 0x80 : 0;
    transfer.length = length;
    device_->Submit(std::move(transfer));
  }
  void PhoneSends(std::vector<std::uint8_t> transfer) {
    function_.output.Send(std::move(transfer));
    device_->Pump();
  }
  void ExpectDone(std::uint64_t id, TransferStatus status, const std::vector<std::uint8_t>& data) {
    ASSERT_THAT(done_, testing::SizeIs(testing::Gt(checked_)))
        << "transfer " << id << " is not complete";
    const Done& done = done_[checked_++];
    EXPECT_EQ(done.id, id);
    EXPECT_EQ(done.status, status);
    EXPECT_THAT(done.data, testing::ElementsAreArray(data));
    EXPECT_EQ(done.actual_length, data.size());
  }
  void ExpectWritten(std::uint64_t id, std::size_t length) {
    ASSERT_THAT(done_, testing::SizeIs(testing::Gt(checked_)))
        << "transfer " << id << " is not complete";
    EXPECT_EQ(done_[checked_].id, id);
    EXPECT_EQ(done_[checked_].status, TransferStatus::kOk);
    EXPECT_EQ(done_[checked_++].actual_length, length);
  }
  void ExpectNothingMore() { EXPECT_THAT(done_, testing::SizeIs(checked_)); }

  BufferPool pool_;
  FakeFunction function_;
  std::unique_ptr<UsbDevice> device_;
  std::vector<Done> done_;
  std::size_t checked_ = 0;
  int room_ = 0;  // completions until the carrier is full; 0: never
};

}  // namespace mtkrig::emulator
