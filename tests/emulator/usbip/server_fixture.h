#pragma once

// A server of two phones, on a thread of its own, and what tests do with it.

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/usbip/usbip_server.h"
#include "tests/emulator/usbip/fake_phone.h"
#include "tests/emulator/usbip/socket_client.h"

namespace mtkrig::emulator {

class UsbipServerTest : public testing::Test {
 protected:
  ~UsbipServerTest() override { Stop(); }

  void Start(UsbipServerOptions options = {}) {
    options.port = 0;
    std::vector<ServedPhone> served;
    for (FakePhone*& phone : phones_) {
      auto owned = std::make_unique<FakePhone>();
      phone = owned.get();
      served.push_back({.phone = std::move(owned), .schedule = {}});
    }
    auto server = UsbipServer::Create(std::move(options), std::move(served));
    ASSERT_TRUE(server.has_value()) << server.error().Describe();
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }
  // Does something to the phones where they are served, and waits for it.
  void OnServer(const std::function<void()>& work) {
    std::promise<void> done;
    server_->Post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  void PhoneSends(int phone, const Bytes& transfer) {
    OnServer([&] { phones_.at(static_cast<std::size_t>(phone))->output.Send(transfer); });
  }
  static void ExpectImport(SocketClient& client, std::string_view bus_id) {
    ASSERT_TRUE(client.Send(ImportRequest(bus_id)));
    const Bytes reply = client.Receive(320);
    ASSERT_EQ(reply.size(), 320U);
    EXPECT_EQ(Bytes(reply.begin(), reply.begin() + 8), FromHex("0111 0003 00000000"));
  }
  // Imports a phone that another client is just letting go.
  std::unique_ptr<SocketClient> ImportWhenFree(std::string_view bus_id) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      auto client = std::make_unique<SocketClient>(server_->port());
      client->Send(ImportRequest(bus_id));
      if (client->Receive(8) == FromHex("0111 0003 00000000")) {
        client->Receive(312);
        return client;
      }
    }
    ADD_FAILURE() << bus_id << " does not become free";
    return nullptr;
  }
  static void ExpectReply(SocketClient& client, const Bytes& expected) {
    EXPECT_THAT(client.Receive(expected.size()), testing::ElementsAreArray(expected));
  }

  std::array<FakePhone*, 2> phones_ = {};
  std::unique_ptr<UsbipServer> server_;
  std::thread thread_;
};

}  // namespace mtkrig::emulator
