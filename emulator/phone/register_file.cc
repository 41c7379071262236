#include "emulator/phone/register_file.h"

#include <algorithm>

#include "protocol/wire/observed.h"

namespace mtkrig::emulator {
namespace {

namespace brom = protocol::brom;

constexpr std::uint32_t kWatchdogKey = 0x22;

// Registers of the DMA engine, from where it begins (cyrozap's usbdl.py, M). Bit 0 of the first
// starts it and stays set while it works.
constexpr std::uint32_t kDmaEnable = 0x08;
constexpr std::uint32_t kDmaSource = 0x1c;
constexpr std::uint32_t kDmaDestination = 0x20;
constexpr std::uint32_t kDmaLength = 0x24;  // in bytes
// Hosts copy words one by one; the bound keeps a wrong length from occupying the phone.
constexpr std::uint32_t kLongestDma = 4096;

}  // namespace

RegisterFile::RegisterFile(const Profile& profile)
    : profile_(profile), watchdog_enabled_(profile.watchdog.mode_register != 0) {
  for (const RegisterReset& reset : profile.registers) {
    if (reset.address % 4 == 2) {
      const std::uint32_t word = reset.address - 2;
      words_[word] = (words_[word] & 0x0000ffff) | (reset.value << 16);
    } else {
      words_[reset.address] = reset.value;
    }
  }
  for (const RegisterReset& reset : profile.power_registers) {
    power_[static_cast<std::uint16_t>(reset.address)] = static_cast<std::uint16_t>(reset.value);
  }
}

bool RegisterFile::Reachable(std::uint32_t address, std::uint64_t bytes) const {
  return std::any_of(profile_.peripheral_space.begin(), profile_.peripheral_space.end(),
                     [&](const AddressRange& range) {
                       return address >= range.first && address <= range.last &&
                              bytes <= std::uint64_t{range.last} - address + 1;
                     });
}

std::uint32_t RegisterFile::Read32(std::uint32_t address) const {
  const auto found = words_.find(address);
  return found == words_.end() ? 0 : found->second;
}

std::uint16_t RegisterFile::Read16(std::uint32_t address) const {
  const std::uint32_t word = Read32(address & ~3U);
  return static_cast<std::uint16_t>((address & 2U) != 0 ? word >> 16 : word);
}

void RegisterFile::Write32(std::uint32_t address, std::uint32_t value) {
  if (IsWatchdog(address)) {
    WriteWatchdog(value);
  } else if (IsClock(address)) {
    WriteClock(address, value);
  } else if (StartsDma(address)) {
    if ((value & 1U) != 0) RunDma();
  } else {
    words_[address] = value;
  }
}

void RegisterFile::Write16(std::uint32_t address, std::uint16_t value) {
  if (IsWatchdog(address)) {
    WriteWatchdog(value);
    return;
  }
  if (IsClock(address)) {
    WriteClock(address, value);
    return;
  }
  std::uint32_t& word = words_[address & ~3U];
  word = (address & 2U) != 0 ? (word & 0x0000ffffU) | (std::uint32_t{value} << 16)
                             : (word & 0xffff0000U) | value;
}

std::uint16_t RegisterFile::ReadPower(std::uint16_t address) const {
  const auto found = power_.find(address);
  return found == power_.end() ? std::uint16_t{0} : found->second;
}

void RegisterFile::WritePower(std::uint16_t address, std::uint16_t value) {
  power_[address] = value;
}

bool RegisterFile::IsWatchdog(std::uint32_t address) const {
  return address != 0 && address == profile_.watchdog.mode_register;
}

void RegisterFile::WriteWatchdog(std::uint32_t value) {
  const bool has_key = value >> 24 == kWatchdogKey || ((value >> 8) & 0xff) == kWatchdogKey;
  if (!has_key) return;
  const std::uint32_t mode = value & 0xff;
  words_[profile_.watchdog.mode_register] = mode;
  watchdog_enabled_ = (mode & 1U) != 0;
}

bool RegisterFile::IsClock(std::uint32_t address) {
  constexpr auto& kClocks = brom::kClockRegisters;
  return std::find(kClocks.begin(), kClocks.end(), address) != kClocks.end();
}

bool RegisterFile::StartsDma(std::uint32_t address) const {
  return profile_.dma_engine != 0 && address == profile_.dma_engine + kDmaEnable;
}

void RegisterFile::RunDma() {
  const std::uint32_t source = Read32(profile_.dma_engine + kDmaSource) & ~3U;
  const std::uint32_t destination = Read32(profile_.dma_engine + kDmaDestination) & ~3U;
  const std::uint32_t length = std::min(Read32(profile_.dma_engine + kDmaLength), kLongestDma);
  for (std::uint32_t at = 0; at < length; at += 4) {
    const std::uint32_t word = Reachable(source + at, 4) ? Read32(source + at) : 0;
    // A copy has no side effects: it must not start the engine anew.
    if (Reachable(destination + at, 4)) words_[destination + at] = word;
  }
  words_.erase(profile_.dma_engine + kDmaEnable);
}

void RegisterFile::WriteClock(std::uint32_t address, std::uint32_t value) {
  if (((value >> 8) & 0xff) == brom::kClockKey) words_[address] = value & 0xff;
}

}  // namespace mtkrig::emulator
