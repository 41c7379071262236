#include "traces/formats/device_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "traces/formats/usb_packet.h"

namespace mtkrig::traces {
namespace {

// 127 devices on each of some buses, and a phone that enumerates often.
constexpr std::size_t kMaxLives = 4096;
constexpr std::size_t kMaxLinks = 16;

// Hubs nest five deep (USB 2.0, section 4.1.1); with bus and root port
// "65535-255.255.255.255.255.255" is the longest path. Beyond it is a hub that hangs on itself.
constexpr std::size_t kMaxPort = 30;

constexpr std::uint8_t kRootHub = 1;  // its address on every bus of Linux

// Device descriptor: USB 2.0, section 9.6.1.
constexpr std::size_t kDescriptorBytes = 18;
constexpr std::uint8_t kDescriptorDevice = 1;

// The request with which a hub makes a port's device enumerate (USB 2.0, sections 11.24.2 and
// 11.24.2.13; for SuperSpeed, BH_PORT_RESET of USB 3.2, table 10-9).
constexpr std::uint8_t kHubPortOut = 0x23;
constexpr std::uint8_t kSetFeature = 3;
constexpr std::uint16_t kPortReset = 4;
constexpr std::uint16_t kWarmPortReset = 28;

class Survey {
 public:
  Result<void> Take(const CaptureItem& item);
  void TakeDamage(const std::string& what, std::uint64_t offset);
  DeviceSurvey Release() { return std::move(survey_); }

 private:
  struct Place {
    std::uint8_t hub = 0;
    std::uint16_t port = 0;
  };

  void TakeOther(const CaptureItem& item);
  Result<std::size_t> LifeOf(const UsbPacket& packet, std::uint32_t interface);
  Result<std::size_t> NewLife(const UsbPacket& packet, std::uint32_t interface);
  Result<void> LookAtDescriptor(const UsbPacket& packet, std::uint32_t interface, std::size_t life);
  void LookAtHub(const UsbPacket& packet);
  std::string PortOf(std::uint16_t bus) const;

  DeviceSurvey survey_;
  std::unordered_map<std::uint64_t, std::size_t> current_;      // life by bus, address, interface
  std::unordered_map<std::uint32_t, std::string> port_of_hub_;  // by bus and address
  std::map<std::uint16_t, Place> last_reset_;                   // by bus
};

std::uint32_t AddressKey(std::uint16_t bus, std::uint8_t address) {
  return (std::uint32_t{bus} << 8) | address;
}

Result<void> Survey::Take(const CaptureItem& item) {
  if (item.kind == CaptureItem::Kind::kDamage) TakeDamage(item.damage, item.offset);
  if (item.kind != CaptureItem::Kind::kPacket) return Ok();
  ++survey_.packets;
  if (!IsUsbLink(item.link_type)) {
    TakeOther(item);
    return Ok();
  }
  const std::optional<UsbPacket> packet = ParseUsbPacket(item);
  if (!packet.has_value()) {
    if (IsCutInHeader(item)) {
      if (survey_.cut_packets++ == 0) survey_.first_cut_offset = item.offset;
      survey_.longest_cut = std::max(survey_.longest_cut, item.data.size());
    } else {
      TakeDamage(
          fmt::format("packet {} at offset {:#x} is no packet of usbmon", item.number, item.offset),
          item.offset);
    }
    return Ok();
  }
  ++survey_.usb_packets;
  const UsbmonHeader& header = packet->header;
  LookAtHub(*packet);
  // Address 0 is whatever enumerates at the moment.
  if (header.device == 0) return Ok();
  TRY_ASSIGN(const std::size_t index, LifeOf(*packet, item.interface));
  DeviceLife& life = survey_.lives[index];
  // Transfers that are cancelled because the phone is gone may end after it came back.
  if (header.status == 0 || header.status == kUsbmonInProgress) life.last_packet = item.number;
  if (header.type != kUsbmonCompletion) return Ok();
  if (header.transfer == TransferType::kBulk && header.status == 0) ++life.bulk_transfers;
  return LookAtDescriptor(*packet, item.interface, index);
}

void Survey::TakeDamage(const std::string& what, std::uint64_t offset) {
  if (survey_.damages++ > 0) return;
  survey_.first_damage = what;
  survey_.first_damage_offset = offset;
}

void Survey::TakeOther(const CaptureItem& item) {
  std::vector<std::uint32_t>& links = survey_.other_links;
  if (links.empty()) {
    survey_.first_other_offset = item.offset;
    CaptureItem usbmon = item;
    usbmon.link_type = kLinkTypeUsbLinuxMmapped;
    const std::optional<UsbPacket> packet = ParseUsbPacket(usbmon);
    survey_.other_is_usbmon =
        packet.has_value() && packet->header.captured + kUsbmonHeaderBytes == item.data.size();
  }
  if (links.size() < kMaxLinks &&
      std::find(links.begin(), links.end(), item.link_type) == links.end()) {
    links.push_back(item.link_type);
  }
}

Result<std::size_t> Survey::LifeOf(const UsbPacket& packet, std::uint32_t interface) {
  const std::uint64_t key =
      (std::uint64_t{interface} << 32) | AddressKey(packet.header.bus, packet.header.device);
  const auto known = current_.find(key);
  if (known != current_.end()) return known->second;
  TRY_ASSIGN(const std::size_t index, NewLife(packet, interface));
  current_[key] = index;
  return index;
}

Result<std::size_t> Survey::NewLife(const UsbPacket& packet, std::uint32_t interface) {
  if (survey_.lives.size() == kMaxLives) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("packet {}: more than {} devices", packet.number, kMaxLives))
        .AtOffset(packet.offset);
  }
  DeviceLife life;
  life.bus = packet.header.bus;
  life.address = packet.header.device;
  life.interface = interface;
  life.first_packet = packet.number;
  life.last_packet = packet.number;
  if (life.address != kRootHub) {
    life.port = PortOf(life.bus);
    last_reset_.erase(life.bus);
    port_of_hub_[AddressKey(life.bus, life.address)] = life.port;
  }
  survey_.lives.push_back(std::move(life));
  return survey_.lives.size() - 1;
}

// The answer to GET_DESCRIPTOR(device), told by its own content: its request may not have been
// captured.
Result<void> Survey::LookAtDescriptor(const UsbPacket& packet, std::uint32_t interface,
                                      std::size_t life) {
  const ByteSpan data = packet.data;
  if (packet.header.transfer != TransferType::kControl || !packet.header.in() ||
      packet.length < kDescriptorBytes || data.size() < kDescriptorBytes ||
      data[0] != kDescriptorBytes || data[1] != kDescriptorDevice) {
    return Ok();
  }
  const protocol::UsbId id{.vendor = protocol::LoadLe<std::uint16_t>(data.subspan(8)),
                           .product = protocol::LoadLe<std::uint16_t>(data.subspan(10))};
  std::optional<protocol::UsbId>& known = survey_.lives[life].id;
  if (!known.has_value()) known = id;
  if (*known == id) return Ok();
  // Addresses are given out again once the bus has been through all of them.
  TRY_ASSIGN(const std::size_t next, NewLife(packet, interface));
  survey_.lives[next].id = id;
  survey_.lives[life].replaced_at = packet.number;
  current_[(std::uint64_t{interface} << 32) | AddressKey(packet.header.bus, packet.header.device)] =
      next;
  return Ok();
}

void Survey::LookAtHub(const UsbPacket& packet) {
  const UsbmonHeader& header = packet.header;
  if (header.type != kUsbmonSubmission || header.transfer != TransferType::kControl ||
      header.flag_setup != kFlagPresent || header.setup[0] != kHubPortOut ||
      header.setup[1] != kSetFeature) {
    return;
  }
  const ByteSpan setup(header.setup);
  const auto feature = protocol::LoadLe<std::uint16_t>(setup.subspan(2));
  if (feature != kPortReset && feature != kWarmPortReset) return;
  last_reset_[header.bus] = {header.device, protocol::LoadLe<std::uint16_t>(setup.subspan(4))};
}

// Of a device that enumerates now: the port that was reset last. Empty if that hub's own place is
// not known.
std::string Survey::PortOf(std::uint16_t bus) const {
  const auto reset = last_reset_.find(bus);
  if (reset == last_reset_.end()) return {};
  const Place& place = reset->second;
  if (place.hub == kRootHub) return fmt::format("{}-{}", bus, place.port);
  const auto hub = port_of_hub_.find(AddressKey(bus, place.hub));
  if (hub == port_of_hub_.end() || hub->second.empty()) return {};
  std::string port = fmt::format("{}.{}", hub->second, place.port);
  if (port.size() > kMaxPort) port.clear();
  return port;
}

}  // namespace

Result<DeviceSurvey> SurveyDevices(PacketReader& packets) {
  Survey survey;
  CaptureItem item;
  while (true) {
    Result<bool> more = packets.Next(item);
    if (!more) {
      if (more.error().code() != ErrorCode::kInvalidInput) return std::move(more).error();
      // The reading proper comes to the same place, and says so with everything before it read.
      survey.TakeDamage(more.error().message(), more.error().offset().value_or(item.offset));
      break;
    }
    if (!*more) break;
    TRY(survey.Take(item));
  }
  return survey.Release();
}

}  // namespace mtkrig::traces
