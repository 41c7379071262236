#include "capture_builder.h"

#include <utility>

namespace mtkrig::traces {
namespace {

using protocol::ByteWriter;
using protocol::Endian;

constexpr std::int32_t kInProgress = -115;

void Pad(ByteWriter& writer) {
  writer.PutZeros((4 - writer.bytes().size() % 4) % 4);
}

}  // namespace

Urb OutSubmit(std::uint64_t id, Bytes data) {
  Urb urb{.id = id, .type = 'S', .status = kInProgress};
  urb.length = static_cast<std::uint32_t>(data.size());
  urb.data = std::move(data);
  return urb;
}

Urb OutComplete(std::uint64_t id, std::uint32_t length, std::int32_t status) {
  return {.id = id, .type = 'C', .flag_data = '>', .status = status, .length = length};
}

Urb InSubmit(std::uint64_t id, std::uint32_t length) {
  return {.id = id,
          .type = 'S',
          .endpoint = 0x81,
          .flag_data = '<',
          .status = kInProgress,
          .length = length};
}

Urb InComplete(std::uint64_t id, Bytes data, std::int32_t status) {
  Urb urb{.id = id, .type = 'C', .endpoint = 0x81, .status = status};
  urb.length = static_cast<std::uint32_t>(data.size());
  urb.data = std::move(data);
  return urb;
}

std::vector<Urb> Control(std::uint64_t id, Bytes setup, std::int32_t status) {
  Urb submit{.id = id,
             .type = 'S',
             .transfer = 2,
             .endpoint = 0,
             .flag_setup = '\0',
             .status = kInProgress,
             .setup = std::move(setup)};
  const Urb complete{
      .id = id, .type = 'C', .transfer = 2, .endpoint = 0, .flag_data = '>', .status = status};
  return {submit, complete};
}

std::vector<Urb> ControlIn(std::uint64_t id, Bytes setup, Bytes data) {
  const auto length = static_cast<std::uint32_t>(data.size());
  Urb submit{.id = id,
             .type = 'S',
             .transfer = 2,
             .endpoint = 0x80,
             .flag_setup = '\0',
             .flag_data = '<',
             .status = kInProgress,
             .length = length,
             .setup = std::move(setup)};
  Urb complete{.id = id, .type = 'C', .transfer = 2, .endpoint = 0x80, .length = length};
  complete.data = std::move(data);
  return {submit, complete};
}

std::vector<Urb> Descriptor(std::uint64_t id, std::uint16_t vendor, std::uint16_t product) {
  Bytes data = {18, 1, 0, 2, 2, 0, 0, 64, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1};
  protocol::StoreLe(std::span(data).subspan(8), vendor);
  protocol::StoreLe(std::span(data).subspan(10), product);
  return ControlIn(id, {0x80, 6, 0, 1, 0, 0, 18, 0}, data);
}

std::vector<Urb> PortReset(std::uint64_t id, std::uint8_t hub, std::uint8_t port) {
  return At(1, hub, Control(id, {0x23, 3, 4, 0, port, 0, 0, 0}));
}

std::vector<Urb> At(std::uint16_t bus, std::uint8_t device, std::vector<Urb> urbs) {
  for (Urb& urb : urbs) {
    urb.bus = bus;
    urb.device = device;
  }
  return urbs;
}

std::vector<Urb> Join(std::vector<std::vector<Urb>> parts) {
  std::vector<Urb> all;
  for (const std::vector<Urb>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes UsbmonBytes(const Urb& urb, Endian endian, std::size_t header_bytes) {
  ByteWriter writer(endian);
  writer.Put(urb.id)
      .Put(static_cast<std::uint8_t>(urb.type))
      .Put(urb.transfer)
      .Put(urb.endpoint)
      .Put(urb.device)
      .Put(urb.bus)
      .Put(static_cast<std::uint8_t>(urb.flag_setup))
      .Put(static_cast<std::uint8_t>(urb.flag_data))
      .Put(static_cast<std::uint64_t>(urb.seconds))
      .Put(static_cast<std::uint32_t>(urb.microseconds))
      .Put(static_cast<std::uint32_t>(urb.status))
      .Put(urb.length)
      .Put(static_cast<std::uint32_t>(urb.data.size()))
      .PutBytes(urb.setup);
  writer.PutZeros(header_bytes - 48);
  writer.PutBytes(urb.data);
  return writer.Release();
}

void PcapngBuilder::Option(ByteWriter& body, std::uint16_t code, const Bytes& value) const {
  body.Put(code).Put(static_cast<std::uint16_t>(value.size())).PutBytes(value);
  Pad(body);
}

void PcapngBuilder::Comments(ByteWriter& body, const std::vector<std::string>& comments) const {
  if (comments.empty()) return;
  for (const std::string& comment : comments) Option(body, 1, FromText(comment));
  body.PutZeros(4);
}

PcapngBuilder& PcapngBuilder::Section(const std::vector<std::string>& comments) {
  ByteWriter body(endian_);
  body.Put(std::uint32_t{0x1a2b3c4d}).Put(std::uint16_t{1}).Put(std::uint16_t{0});
  body.Put(~std::uint64_t{0});
  Comments(body, comments);
  return Block(0x0a0d0d0a, body.bytes());
}

PcapngBuilder& PcapngBuilder::Interface(std::uint16_t link_type, int resolution,
                                        std::uint32_t snap_length) {
  ByteWriter body(endian_);
  body.Put(link_type).Put(std::uint16_t{0}).Put(snap_length);
  if (resolution >= 0) {
    Option(body, 9, {static_cast<std::uint8_t>(resolution)});
    body.PutZeros(4);
  }
  return Block(1, body.bytes());
}

PcapngBuilder& PcapngBuilder::Enhanced(const Bytes& packet, std::uint64_t ticks,
                                       std::uint32_t interface,
                                       const std::vector<std::string>& comments,
                                       std::uint32_t original) {
  const auto length = static_cast<std::uint32_t>(packet.size());
  ByteWriter body(endian_);
  body.Put(interface);
  body.Put(static_cast<std::uint32_t>(ticks >> 32)).Put(static_cast<std::uint32_t>(ticks));
  body.Put(length).Put(original == 0 ? length : original).PutBytes(packet);
  Pad(body);
  Comments(body, comments);
  return Block(6, body.bytes());
}

PcapngBuilder& PcapngBuilder::Obsolete(const Bytes& packet, std::uint64_t ticks) {
  const auto length = static_cast<std::uint32_t>(packet.size());
  ByteWriter body(endian_);
  body.Put(std::uint16_t{0}).Put(std::uint16_t{0});
  body.Put(static_cast<std::uint32_t>(ticks >> 32)).Put(static_cast<std::uint32_t>(ticks));
  body.Put(length).Put(length).PutBytes(packet);
  Pad(body);
  return Block(2, body.bytes());
}

PcapngBuilder& PcapngBuilder::Simple(const Bytes& packet, std::uint32_t original) {
  ByteWriter body(endian_);
  body.Put(original).PutBytes(packet);
  Pad(body);
  return Block(3, body.bytes());
}

PcapngBuilder& PcapngBuilder::Block(std::uint32_t type, const Bytes& body) {
  const auto total = static_cast<std::uint32_t>(body.size() + 12);
  ByteWriter block(endian_);
  block.Put(type).Put(total).PutBytes(body).Put(total);
  return Raw(block.bytes());
}

PcapngBuilder& PcapngBuilder::Raw(const Bytes& bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

PcapngBuilder& PcapngBuilder::Urbs(const std::vector<Urb>& urbs, std::uint32_t interface) {
  for (const Urb& urb : urbs) Enhanced(UsbmonBytes(urb, endian_), ++ticks_, interface);
  return *this;
}

Bytes Pcapng(const std::vector<Urb>& urbs) {
  return PcapngBuilder().Section().Interface().Urbs(urbs).bytes();
}

Bytes Pcap(const std::vector<Urb>& urbs, Endian endian, std::uint32_t magic,
           std::uint32_t link_type) {
  ByteWriter file(endian);
  file.Put(magic).Put(std::uint16_t{2}).Put(std::uint16_t{4}).PutZeros(8);
  file.Put(std::uint32_t{262144}).Put(link_type);
  for (const Urb& urb : urbs) {
    const Bytes packet = UsbmonBytes(urb, endian, link_type == 189 ? 48 : 64);
    const auto length = static_cast<std::uint32_t>(packet.size());
    file.Put(static_cast<std::uint32_t>(urb.seconds));
    file.Put(static_cast<std::uint32_t>(urb.microseconds) * (magic == 0xa1b23c4d ? 1000U : 1U));
    file.Put(length).Put(length).PutBytes(packet);
  }
  return file.Release();
}

Bytes FromText(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace mtkrig::traces
