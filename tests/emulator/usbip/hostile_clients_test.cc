// Clients that mean harm, many at once, at random but the same each time: whatever they do, another
// host goes on with its phone, and theirs is free for the next one.

#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/emulator/usbip/server_fixture.h"

namespace mtkrig::emulator {
namespace {

class HostileClients : public UsbipServerTest {
 protected:
  // One attack on the first phone.
  void Attack(std::mt19937& random) {
    const auto below = [&random](std::uint32_t limit) {
      return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random);
    };
    SocketClient client(server_->port());
    if (below(8) == 0) return;
    if (below(8) == 0) {
      client.Send({0x01, 0x11, 0x80});
      return client.Abort();
    }
    client.Send(ImportRequest("1-1"));
    const Bytes reply = client.Receive(8);
    if (reply != FromHex("0111 0003 00000000")) return;  // another attacker has it
    client.Receive(312);
    Bytes flood;
    for (std::uint32_t sequence = 1; sequence < 40; ++sequence) {
      switch (below(6)) {
        case 0:
          flood = flood + SubmitIn(sequence, below(20U << 20));
          break;
        case 1:
          flood = flood + SubmitOut(sequence, Bytes(below(20000), 0x5a));
          break;
        case 2:
          flood = flood + Unlink(1000 + sequence, below(sequence));
          break;
        case 3: {
          // Control requests whose three lengths and two directions need not agree.
          const std::uint32_t length = below(64);
          Bytes setup(8);
          for (std::uint8_t& byte : setup) byte = static_cast<std::uint8_t>(below(256));
          const std::uint32_t direction = below(2);
          flood = flood + Submit(sequence, direction, 0, length, protocol::ToHex(setup));
          if (direction == 0) flood = flood + Bytes(length, 0x33);
          break;
        }
        case 4:
          flood = flood + Submit(sequence, 1, below(16), below(4096));
          break;
        default:
          if (below(20) == 0) flood = flood + Bytes(below(100), 0x80);
      }
    }
    // Often cut in the middle of a packet.
    if (below(2) == 0) flood.resize(below(static_cast<std::uint32_t>(flood.size())) + 1);
    client.Send(flood);
    if (below(2) == 0) client.Receive(below(5000));
    if (below(2) == 0) client.Abort();
  }
};

TEST_F(HostileClients, DisturbNobodyElse) {
  Start();
  SocketClient good(server_->port());
  ExpectImport(good, "1-2");
  std::atomic<bool> done = false;
  std::vector<std::thread> attackers;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    attackers.emplace_back([this, seed] {
      std::mt19937 random(seed);
      for (int round = 0; round < 80; ++round) Attack(random);
    });
  }
  std::thread phone([&] {
    while (!done) {
      OnServer([this] {
        if (!phones_[0]->has_output()) phones_[0]->output.Send(Bytes(30000, 0x44));
      });
    }
  });
  for (std::uint32_t id = 0; id < 300; ++id) {
    good.Send(SubmitOut(id, {static_cast<std::uint8_t>(id)}, kSecondDevice));
    ExpectReply(good, SubmitReply(id, 0, 1));
  }
  for (std::thread& attacker : attackers) attacker.join();
  done = true;
  phone.join();
  good.Send(SubmitOut(1000, {1}, kSecondDevice));
  ExpectReply(good, SubmitReply(1000, 0, 1));
  EXPECT_NE(ImportWhenFree("1-1"), nullptr);
}

TEST_F(HostileClients, CrowdsThatSayNothingLockNobodyOut) {
  Start();
  std::vector<std::unique_ptr<SocketClient>> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(std::make_unique<SocketClient>(server_->port()));
    if (i % 3 == 0) crowd.back()->Send({0x01});
  }
  SocketClient good(server_->port());
  ExpectImport(good, "1-2");
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(std::make_unique<SocketClient>(server_->port()));
  }
  good.Send(SubmitOut(1, {1}, kSecondDevice));
  ExpectReply(good, SubmitReply(1, 0, 1));
}

}  // namespace
}  // namespace mtkrig::emulator
