#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "traces/formats/device_survey.h"

namespace mtkrig::traces {
namespace {

constexpr std::uint16_t kMediaTek = 0x0e8d;
// Products of boot ROM, preloaders and download agents. MediaTek's vendor id is also on Wi-Fi and
// Bluetooth adapters, which many hosts have built in.
constexpr std::array<std::uint16_t, 6> kDownloadProducts = {0x0003, 0x2000, 0x2001,
                                                            0x20ff, 0x3000, 0x6000};
constexpr std::size_t kMaxListed = 20;

// The lives of what seems to be one device.
using Device = std::vector<DeviceLife>;

bool IsMediaTek(const DeviceLife& life) {
  return life.id.has_value() && life.id->vendor == kMediaTek;
}
bool IsDownloadMode(const DeviceLife& life) {
  if (!life.id.has_value() || life.id->vendor != kMediaTek) return false;
  return std::find(kDownloadProducts.begin(), kDownloadProducts.end(), life.id->product) !=
         kDownloadProducts.end();
}
bool HasBulk(const DeviceLife& life) {
  return life.bulk_transfers > 0;
}
bool Overlap(const DeviceLife& a, const DeviceLife& b) {
  return a.first_packet <= b.last_packet && b.first_packet <= a.last_packet;
}

// One device captured through two interfaces (usbmon0 and its bus's own) is there twice.
std::vector<DeviceLife> WithoutDoubles(const std::vector<DeviceLife>& lives) {
  std::vector<DeviceLife> kept;
  for (const DeviceLife& life : lives) {
    const bool twice = std::any_of(kept.begin(), kept.end(), [&](const DeviceLife& other) {
      return other.bus == life.bus && other.address == life.address &&
             other.interface != life.interface && Overlap(other, life);
    });
    if (!twice) kept.push_back(life);
  }
  return kept;
}

// Whether `life` can be the next enumeration of `device`.
bool Continues(const Device& device, const DeviceLife& life) {
  const auto overlaps = [&](const DeviceLife& earlier) {
    return Overlap(earlier, life);
  };
  if (std::any_of(device.begin(), device.end(), overlaps)) return false;
  const DeviceLife& last = device.back();
  if (!last.port.empty() && !life.port.empty()) return last.port == life.port;
  if (last.bus == life.bus && last.address == life.address) return true;
  if (!last.id.has_value() || !life.id.has_value()) return false;
  return last.id->vendor == life.id->vendor;
}

std::vector<Device> Group(const std::vector<DeviceLife>& lives) {
  std::vector<Device> devices;
  for (const DeviceLife& life : lives) {
    const auto device = std::find_if(devices.begin(), devices.end(), [&](const Device& candidate) {
      return Continues(candidate, life);
    });
    if (device == devices.end()) {
      devices.push_back({life});
    } else {
      device->push_back(life);
    }
  }
  return devices;
}

std::string Describe(const Device& device) {
  std::vector<std::string> lives;
  for (const DeviceLife& life : device) {
    std::string text = fmt::format("{}:{}", life.bus, life.address);
    if (life.id.has_value())
      text += fmt::format(" {:04x}:{:04x}", life.id->vendor, life.id->product);
    if (!life.port.empty()) text += fmt::format(" on port {}", life.port);
    lives.push_back(std::move(text));
    if (lives.size() == kMaxListed) break;
  }
  std::uint64_t bulk = 0;
  for (const DeviceLife& life : device) bulk += life.bulk_transfers;
  return fmt::format("{} ({} bulk transfers)", fmt::join(lives, ", then "), bulk);
}

std::string List(const std::vector<Device>& devices) {
  std::string text;
  for (std::size_t i = 0; i < std::min(devices.size(), kMaxListed); ++i) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", Describe(devices[i]));
  }
  if (devices.size() > kMaxListed) {
    text += fmt::format("; and {} more", devices.size() - kMaxListed);
  }
  return text;
}

struct Address {
  std::uint16_t bus = 0;
  std::uint8_t address = 0;
};

// "1:7".
std::optional<Address> ParseAddress(std::string_view text) {
  Address parsed;
  const char* const end = text.data() + text.size();
  const auto bus = std::from_chars(text.data(), end, parsed.bus);
  if (bus.ec != std::errc() || bus.ptr == end || *bus.ptr != ':') return std::nullopt;
  const auto address = std::from_chars(bus.ptr + 1, end, parsed.address);
  if (address.ec != std::errc() || address.ptr != end) return std::nullopt;
  return parsed;
}

bool Is(const DeviceLife& life, const Address& address) {
  return life.bus == address.bus && life.address == address.address;
}

Error NotThere(const std::string& wanted, const std::vector<Device>& devices,
               const std::string& file) {
  const std::string seen = devices.empty() ? "no device" : List(devices);
  return Error(ErrorCode::kNotFound,
               fmt::format("{} has no traffic of device {}; it has {}", file, wanted, seen));
}

// "1:7,1:8": exactly these.
Result<std::vector<DeviceLife>> ChooseListed(const std::vector<DeviceLife>& lives,
                                             std::string_view wanted, const std::string& file) {
  std::vector<Address> addresses;
  while (!wanted.empty()) {
    const std::size_t comma = std::min(wanted.find(','), wanted.size());
    const std::optional<Address> address = ParseAddress(wanted.substr(0, comma));
    if (!address.has_value()) {
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' is no device: BUS:ADDRESS was expected", wanted.substr(0, comma)));
    }
    addresses.push_back(*address);
    wanted.remove_prefix(std::min(comma + 1, wanted.size()));
  }
  std::vector<DeviceLife> chosen;
  for (const DeviceLife& life : lives) {
    const auto matches = [&](const Address& address) {
      return Is(life, address);
    };
    if (std::any_of(addresses.begin(), addresses.end(), matches)) chosen.push_back(life);
  }
  if (chosen.empty()) return NotThere("with any of these addresses", Group(lives), file);
  return chosen;
}

Result<std::vector<DeviceLife>> ChooseWanted(const std::vector<DeviceLife>& lives,
                                             const std::string& wanted, const std::string& file) {
  if (wanted.find(',') != std::string::npos) return ChooseListed(lives, wanted, file);
  const std::optional<Address> address = ParseAddress(wanted);
  if (!address.has_value() && wanted.find('-') == std::string::npos) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is no device", wanted))
        .WithHint("name it as BUS:ADDRESS (1:7) or by its port (1-1.4)");
  }
  const std::vector<Device> devices = Group(lives);
  std::vector<DeviceLife> chosen;
  for (const Device& device : devices) {
    const auto meant = [&](const DeviceLife& life) {
      return address.has_value() ? Is(life, *address) : life.port == wanted;
    };
    if (std::any_of(device.begin(), device.end(), meant)) {
      chosen.insert(chosen.end(), device.begin(), device.end());
    }
  }
  if (chosen.empty()) return NotThere(wanted, devices, file);
  return chosen;
}

template <typename Predicate>
std::vector<Device> Having(const std::vector<Device>& devices, const Predicate& predicate) {
  std::vector<Device> having;
  for (const Device& device : devices) {
    if (std::any_of(device.begin(), device.end(), predicate)) having.push_back(device);
  }
  return having;
}

// Where the file is damaged, that is why nothing is found in it.
std::string Damages(const DeviceSurvey& survey, const std::string& file) {
  std::string text = survey.first_damage;
  // Errors of the reading have the name already.
  if (text.starts_with(file + ": ")) text.erase(0, file.size() + 2);
  if (survey.damages > 1) text += fmt::format(", and {} more", survey.damages - 1);
  return text;
}

Error OtherLinks(const DeviceSurvey& survey, const std::string& file) {
  const std::string_view wrong =
      survey.other_is_usbmon ? "; by its content it is one of them, and the description of its "
                               "interface is damaged"
                             : "";
  return Error(ErrorCode::kUnsupported,
               fmt::format(
                   "{} holds packets of link type {}; USB captures of Linux have 220 or 189{}",
                   file, fmt::join(survey.other_links, ", "), wrong))
      .AtOffset(survey.first_other_offset)
      .WithHint("capture the interface usbmonN of the phone's bus");
}

Error NoTraffic(const DeviceSurvey& survey, const std::vector<Device>& devices,
                const std::string& file) {
  if (survey.usb_packets == 0 && !survey.other_links.empty()) {
    return OtherLinks(survey, file);
  }
  if (survey.usb_packets == 0 && survey.cut_packets > 0) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}: the snap length of the capture has cut all {} packets within "
                             "their headers, the longest to {} bytes",
                             file, survey.cut_packets, survey.longest_cut))
        .AtOffset(survey.first_cut_offset)
        .WithHint("capture again with the whole of each packet: -s 0 of tcpdump and dumpcap");
  }
  if (survey.damages > 0) {
    const std::string found =
        devices.empty() ? "no USB traffic" : "no bulk traffic; it has " + List(devices);
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is damaged, and what can be read of it "
                                                       "holds {}: {}",
                                                       file, found, Damages(survey, file)))
        .AtOffset(survey.first_damage_offset);
  }
  if (devices.empty()) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("{} holds no USB traffic{}", file,
                             survey.packets == 0 ? ": there is no packet in it" : ""))
        .WithHint("capture the interface usbmonN of the phone's bus, and start before the phone");
  }
  return Error(ErrorCode::kNotFound,
               fmt::format("{} holds no bulk traffic; it has {}", file, List(devices)))
      .WithHint("capture the interface usbmonN of the phone's bus, and start before the phone");
}

}  // namespace

Result<std::vector<DeviceLife>> ChooseDevice(const DeviceSurvey& survey, const std::string& wanted,
                                             const std::string& file) {
  const std::vector<DeviceLife> lives = WithoutDoubles(survey.lives);
  const bool unreadable = survey.cut_packets > 0 || survey.damages > 0;
  if (survey.usb_packets == 0 && unreadable) return NoTraffic(survey, {}, file);
  if (!wanted.empty()) return ChooseWanted(lives, wanted, file);
  const std::vector<Device> devices = Group(lives);
  // From the surest sign to the weakest. The first that fits any device decides.
  const std::array<bool (*)(const DeviceLife&), 4> signs = {
      [](const DeviceLife& life) { return IsDownloadMode(life) && HasBulk(life); },
      [](const DeviceLife& life) { return IsMediaTek(life) && HasBulk(life); },
      [](const DeviceLife& life) { return HasBulk(life); },
      [](const DeviceLife& life) { return IsMediaTek(life); },
  };
  for (const auto& sign : signs) {
    const std::vector<Device> candidates = Having(devices, sign);
    if (candidates.size() == 1) return candidates[0];
    if (candidates.empty()) continue;
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} holds traffic of {} devices that could be the phone: {}", file,
                             candidates.size(), List(candidates)))
        .WithHint("choose one by BUS:ADDRESS or by its port");
  }
  return NoTraffic(survey, devices, file);
}

}  // namespace mtkrig::traces
