#pragma once

// USB/IP packets of a client, put together byte by byte: the tests share no code with the server.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {

using Bytes = std::vector<std::uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes Be32(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline Bytes Zeros(std::size_t count) {
  return Bytes(count);
}

inline Bytes Text(std::string_view text, std::size_t size) {
  Bytes bytes(text.begin(), text.end());
  bytes.resize(size);
  return bytes;
}

inline const Bytes kDevlistRequest = FromHex("0111 8005 00000000");

inline Bytes ImportRequest(std::string_view bus_id) {
  return FromHex("0111 8003 00000000") + Text(bus_id, 32);
}

// Bus 1, devices 1 and 2: the phones of a test in their order, as long as none appears anew.
inline constexpr std::uint32_t kFirstDevice = 0x00010001;
inline constexpr std::uint32_t kSecondDevice = 0x00010002;

struct SubmitFields {
  std::uint32_t device = kFirstDevice;
  std::uint32_t flags = 0;
  std::uint32_t packets = 0xffffffff;
};

inline Bytes Submit(std::uint32_t sequence, std::uint32_t direction, std::uint32_t endpoint,
                    std::uint32_t length, std::string_view setup = "0000000000000000",
                    const SubmitFields& fields = {}) {
  return Be32(1) + Be32(sequence) + Be32(fields.device) + Be32(direction) + Be32(endpoint) +
         Be32(fields.flags) + Be32(length) + Be32(0) + Be32(fields.packets) + Be32(0) +
         FromHex(setup);
}

inline Bytes SubmitIn(std::uint32_t sequence, std::uint32_t length,
                      std::uint32_t device = kFirstDevice) {
  return Submit(sequence, 1, 1, length, "0000000000000000", {.device = device});
}

inline Bytes SubmitOut(std::uint32_t sequence, const Bytes& data,
                       std::uint32_t device = kFirstDevice) {
  return Submit(sequence, 0, 1, static_cast<std::uint32_t>(data.size()), "0000000000000000",
                {.device = device}) +
         data;
}

inline Bytes Unlink(std::uint32_t sequence, std::uint32_t victim,
                    std::uint32_t device = kFirstDevice) {
  return Be32(2) + Be32(sequence) + Be32(device) + Be32(0) + Be32(0) + Be32(victim) + Zeros(24);
}

inline Bytes SubmitReply(std::uint32_t sequence, std::int32_t status, std::uint32_t actual_length,
                         const Bytes& data = {}) {
  return Be32(3) + Be32(sequence) + Zeros(12) + Be32(static_cast<std::uint32_t>(status)) +
         Be32(actual_length) + Be32(0) + Be32(0xffffffff) + Be32(0) + Zeros(8) + data;
}

inline Bytes UnlinkReply(std::uint32_t sequence, std::int32_t status) {
  return Be32(4) + Be32(sequence) + Zeros(12) + Be32(static_cast<std::uint32_t>(status)) +
         Zeros(24);
}

// The preloader of a FakePhone as a device list shows it, without its interfaces.
inline Bytes PreloaderDevice(std::string_view bus_id, std::uint32_t device_number = 1) {
  return Text("/sys/devices/platform/mtkrig/usb1/" + std::string(bus_id), 256) + Text(bus_id, 32) +
         Be32(1) + Be32(device_number) + Be32(3) + FromHex("0e8d 2000 0100 02 00 00 01 01 02");
}

inline Bytes ImportReply(std::string_view bus_id, std::uint32_t device_number = 1) {
  return FromHex("0111 0003 00000000") + PreloaderDevice(bus_id, device_number);
}

}  // namespace mtkrig::emulator
