#pragma once

// A phone on a bench: small test flash, a profile that is spelled out here, and a line on which the
// bytes of both sides are written as hex.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/phone/phone.h"

namespace mtkrig::emulator::test {

// Bytes are a function of area and offset, until somebody writes.
class TestFlash final : public VirtualFlash {
 public:
  std::map<StorageArea, std::uint64_t> sizes;

  static std::uint8_t Pattern(StorageArea area, std::uint64_t offset) {
    return static_cast<std::uint8_t>(offset * 7 + (offset >> 8) * 3 +
                                     static_cast<std::uint64_t>(area));
  }

  std::uint64_t SizeOf(StorageArea area) const override {
    const auto found = sizes.find(area);
    return found == sizes.end() ? 0 : found->second;
  }
  void Read(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = Pattern(area, offset + i);
    for (auto at = written_.lower_bound({area, offset}); at != written_.end(); ++at) {
      if (at->first.first != area || at->first.second >= offset + out.size()) break;
      out[static_cast<std::size_t>(at->first.second - offset)] = at->second;
    }
  }
  std::uint16_t ReadAndSum(StorageArea area, std::uint64_t offset,
                           std::span<std::uint8_t> out) const override {
    Read(area, offset, out);
    std::uint32_t sum = 0;
    for (const std::uint8_t byte : out) sum += byte;
    return static_cast<std::uint16_t>(sum);
  }
  void Write(StorageArea area, std::uint64_t offset, protocol::ByteSpan data) override {
    for (std::size_t i = 0; i < data.size(); ++i) written_[{area, offset + i}] = data[i];
  }

  std::string Hex(StorageArea area, std::uint64_t offset, std::size_t length) const {
    std::vector<std::uint8_t> bytes(length);
    Read(area, offset, bytes);
    return protocol::ToHex(bytes);
  }

 private:
  std::map<std::pair<StorageArea, std::uint64_t>, std::uint8_t> written_;
};

// An MT6580 with 64 KiB boot areas and 4 MiB of user area.
std::shared_ptr<Profile> TestProfile();
TestFlash& FlashOf(const Profile& profile);

// "d1 10007000" as bytes; blanks do not count.
std::vector<std::uint8_t> Bytes(std::string_view hex);
// The same, with blanks taken out.
std::string Packed(std::string_view hex);

class Bench {
 public:
  explicit Bench(std::shared_ptr<const Profile> profile) : phone(std::move(profile)) {
    phone.PlugIn();
  }

  // Everything that the phone has to say, as hex.
  std::string Output();
  // One string for each transfer.
  std::vector<std::string> Transfers();
  // Writes, and returns everything that comes back.
  std::string Say(std::string_view hex);
  std::string SayBytes(protocol::ByteSpan data);
  void Pass(protocol::Duration time) { phone.AdvanceTo(phone.now() + time); }

  // Brings the phone to a point of its life, as F does.
  void Handshake();
  void StartAgent();   // stage 1 has greeted, and waits for its configuration
  void StartStage2();  // stage 2 waits for commands

  Phone phone;
};

}  // namespace mtkrig::emulator::test
