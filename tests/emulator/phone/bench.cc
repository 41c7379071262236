#include "tests/emulator/phone/bench.h"

#include <array>

namespace mtkrig::emulator::test {

std::shared_ptr<Profile> TestProfile() {
  auto flash = std::make_shared<TestFlash>();
  flash->sizes = {{StorageArea::kEmmcBoot1, 0x10000},
                  {StorageArea::kEmmcBoot2, 0x10000},
                  {StorageArea::kEmmcRpmb, 0x2000},
                  {StorageArea::kEmmcUser, 0x400000}};
  auto profile = std::make_shared<Profile>();
  profile->name = "bench";
  profile->chip = "MT6580";
  profile->mode = BootMode::kPreloader;
  profile->hw_code = 0x6580;
  profile->agent_hw_code = 0x6580;
  profile->hw_sub_code = 0x8a00;
  profile->hw_version = 0xca00;
  profile->sw_version = 0x0000;
  profile->me_id = Bytes("00112233445566778899aabbccddeeff");
  profile->brom_usb.product_id = 0x0003;
  profile->preloader_usb.product_id = 0x2000;
  profile->registers = {{.address = 0x10009040, .value = 0x12345678}};
  profile->peripheral_space = {{.first = 0x10000000, .last = 0x1fffffff}};
  profile->loadable = {{.first = 0x200000, .last = 0x21ffff}};
  profile->stage2.extra_bytes = 24;
  profile->emmc_cid = Bytes("7001004d4d4330344702 05e7bcfc50b3");
  profile->flash = flash;
  return profile;
}

TestFlash& FlashOf(const Profile& profile) {
  return dynamic_cast<TestFlash&>(*profile.flash);
}

std::string Packed(std::string_view hex) {
  std::string packed;
  for (const char c : hex) {
    if (c != ' ' && c != '\n') packed += c;
  }
  return packed;
}

std::vector<std::uint8_t> Bytes(std::string_view hex) {
  const std::string packed = Packed(hex);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < packed.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(packed.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<std::string> Bench::Transfers() {
  std::vector<std::string> transfers;
  bool open = false;
  std::vector<std::uint8_t> buffer(0x20000);
  for (;;) {
    const Port::Output output = phone.TakeOutput(buffer);
    if (output.count == 0) return transfers;
    if (!open) transfers.emplace_back();
    transfers.back() += protocol::ToHex(std::span(buffer).first(output.count));
    open = !output.ended;
  }
}

std::string Bench::Output() {
  std::string all;
  for (const std::string& transfer : Transfers()) all += transfer;
  return all;
}

std::string Bench::SayBytes(protocol::ByteSpan data) {
  std::string answer;
  while (!data.empty()) {
    const std::size_t taken = phone.HostWrote(data);
    data = data.subspan(taken);
    answer += Output();
    if (taken == 0) return answer + "!stuck";
  }
  return answer;
}

std::string Bench::Say(std::string_view hex) {
  return SayBytes(Bytes(hex));
}

void Bench::Handshake() {
  Output();
  if (phone.profile().mode == BootMode::kPreloader) Say("a0");
  Say("a0 0a 50 05");
}

void Bench::StartAgent() {
  Handshake();
  Say("d7 00200000 00000010 00000000");
  SayBytes(std::vector<std::uint8_t>(16));
  Say("d5 00200000");
  Say("5a");
}

void Bench::StartStage2() {
  StartAgent();
  SayBytes(std::vector<std::uint8_t>(18 + phone.profile().stage2.extra_bytes));
  Say("80000000 00001004 00001000");
  SayBytes(std::vector<std::uint8_t>(0x1004));
  Say("5a");
}

}  // namespace mtkrig::emulator::test
