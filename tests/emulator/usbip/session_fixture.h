#pragma once

// A session over two phones, without a network.

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "emulator/usbip/session.h"
#include "tests/emulator/usbip/fake_phone.h"
#include "tests/emulator/usbip/usbip_packets.h"

namespace mtkrig::emulator::usbip {

class MemoryOutbox final : public Outbox {
 public:
  void Send(const Header& header, Buffer payload) override {
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), payload.bytes().begin(), payload.bytes().end());
  }
  void Send(std::vector<std::uint8_t> more) override {
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  void Wake() override { ++wakes; }
  bool has_room() const override { return bytes.size() < room; }

  Bytes bytes;
  std::size_t room = std::size_t{1} << 30;
  int wakes = 0;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    for (FakePhone*& phone : phones_) {
      auto owned = std::make_unique<FakePhone>();
      phone = owned.get();
      hub_.Add(std::move(owned), {});
    }
    hub_.Service({});
  }

  // Feeds bytes to a session in chunks of at most `chunk`.
  static void Feed(Session& session, const Bytes& bytes, std::size_t chunk = 100000) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::span<std::uint8_t> room = session.ReadBuffer();
      ASSERT_FALSE(room.empty());
      const std::size_t count = std::min({room.size(), chunk, bytes.size() - done});
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(done), count, room.begin());
      session.Received(count);
      done += count;
    }
  }
  void Feed(const Bytes& bytes) { Feed(session_, bytes); }
  void Import() {
    Feed(ImportRequest("1-1"));
    ASSERT_TRUE(session_.imported());
    outbox_.bytes.clear();
  }
  void PhoneSends(Bytes transfer) {
    phones_[0]->output.Send(std::move(transfer));
    hub_.Service({});
  }
  void ExpectSent(const Bytes& expected) {
    EXPECT_THAT(outbox_.bytes, testing::ElementsAreArray(expected));
    outbox_.bytes.clear();
  }
  void ExpectRefused(const Bytes& packet) {
    MemoryOutbox outbox;
    Session session(hub_, outbox);
    Feed(session, ImportRequest("1-1"));
    ASSERT_EQ(session.state(), Session::State::kOpen);
    Feed(session, packet);
    EXPECT_EQ(session.state(), Session::State::kFailed) << protocol::ToHex(packet);
    EXPECT_FALSE(session.imported());
  }

  PhoneHub hub_;
  std::array<FakePhone*, 2> phones_ = {};
  MemoryOutbox outbox_;
  Session session_{hub_, outbox_};
};

}  // namespace mtkrig::emulator::usbip
