#pragma once

// Which devices a capture holds traffic of, and which of them is the phone. One phone is several
// devices to the bus: it gets a new address each time that it enumerates, as boot ROM, preloader
// and download agent.

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/transport.h"
#include "traces/formats/packet_reader.h"

namespace mtkrig::traces {

// One address of a bus, from its first packet to its last.
struct DeviceLife {
  std::uint16_t bus = 0;
  std::uint8_t address = 0;
  std::uint32_t interface = 0;  // of the capture
  std::uint64_t first_packet = 0;
  std::uint64_t last_packet = 0;
  std::uint64_t replaced_at = std::numeric_limits<std::uint64_t>::max();  // by another device
  std::optional<protocol::UsbId> id;  // from a device descriptor, if one was read
  std::uint64_t bulk_transfers = 0;
  std::string port;  // "1-1.4"; empty unless the capture shows the hubs resetting their ports
};

struct DeviceSurvey {
  std::vector<DeviceLife> lives;  // by first packet
  std::uint64_t usb_packets = 0;
  std::vector<std::uint32_t> other_links;  // link types of packets that are not usbmon's
  std::uint64_t first_other_offset = 0;    // of such a packet
  bool other_is_usbmon = false;            // by its content
  // Packets of usbmon that a snap length cut within their header.
  std::uint64_t cut_packets = 0;
  std::uint64_t first_cut_offset = 0;
  std::size_t longest_cut = 0;  // bytes that were kept of one
  // What could not be read, or not as a packet of usbmon: how often, and the first in words.
  std::uint64_t damages = 0;
  std::string first_damage;
  std::uint64_t first_damage_offset = 0;
  std::uint64_t packets = 0;  // of all links
};

// Reads to the end of `packets`, or to damage that cannot be stepped over.
Result<DeviceSurvey> SurveyDevices(PacketReader& packets);

// The lives of the phone. `wanted` is empty, "BUS:ADDRESS", several of them with commas between
// (exactly these, and no others), or a port. If it is empty: the phone of MediaTek, or else the
// only device with bulk traffic. kNotFound, and kInvalidArgument if several devices could be meant;
// the message lists them.
Result<std::vector<DeviceLife>> ChooseDevice(const DeviceSurvey& survey, const std::string& wanted,
                                             const std::string& file);

}  // namespace mtkrig::traces
