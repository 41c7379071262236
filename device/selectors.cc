#include "device/selectors.h"

#include <fmt/format.h>

#include <charconv>

#include "protocol/wire/usbip.h"

namespace mtkrig::device {
namespace {

template <typename T>
std::optional<T> ParseNumber(std::string_view text, int base) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// "1-1", "3-1.4.2": a bus, a dash, and port numbers between dots.
bool IsPortPath(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || !ParseNumber<std::uint8_t>(text.substr(0, dash), 10)) {
    return false;
  }
  std::string_view rest = text.substr(dash + 1);
  while (true) {
    const std::size_t dot = rest.find('.');
    const auto port = ParseNumber<std::uint8_t>(rest.substr(0, dot), 10);
    if (!port || *port == 0) return false;
    if (dot == std::string_view::npos) return true;
    rest = rest.substr(dot + 1);
  }
}

std::optional<UsbId> ParseUsbId(std::string_view text) {
  if (text.size() != 9 || text[4] != ':') return std::nullopt;
  const auto vendor = ParseNumber<std::uint16_t>(text.substr(0, 4), 16);
  const auto product = ParseNumber<std::uint16_t>(text.substr(5), 16);
  if (!vendor || !product) return std::nullopt;
  return UsbId{*vendor, *product};
}

Error BadUsbip(std::string_view tail, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("\"usbip:{}\" {}", tail, why))
      .WithHint(
          "write usbip:HOST[:PORT]/BUSID, for example usbip:127.0.0.1/1-1 or "
          "usbip:[::1]:3240/1-1");
}

struct HostAndPort {
  std::string_view host;
  std::string_view port;  // empty without a colon
  bool has_port = false;
};

// Splits "host", "host:port", "[v6]" and "[v6]:port"; empty if brackets or colons do not add up.
std::optional<HostAndPort> SplitAuthority(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    return HostAndPort{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1),
                       !rest.empty()};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return HostAndPort{text, {}, false};
  if (text.find(':', colon + 1) != std::string_view::npos) return std::nullopt;
  return HostAndPort{text.substr(0, colon), text.substr(colon + 1), true};
}

}  // namespace

Result<UsbSelector> ParseUsbSelector(std::string_view tail) {
  if (tail.empty()) return UsbSelector{};
  if (IsPortPath(tail)) return UsbSelector{.port_path = std::string(tail), .id = {}};
  if (const auto id = ParseUsbId(tail)) return UsbSelector{.port_path = {}, .id = *id};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("\"usb:{}\" is neither a port path nor a USB id", tail))
      .WithHint(
          "write usb for any phone, usb:1-1.4 for the port where `lsusb -t` or the kernel's "
          "log shows it, or usb:0e8d:2000 for vendor and product in four hex digits each");
}

Result<SerialSelector> ParseSerialSelector(std::string_view tail) {
  const bool is_name = !tail.empty() && tail.find('/') == std::string_view::npos;
  if (is_name && tail.substr(0, 3) == "tty") return SerialSelector{fmt::format("/dev/{}", tail)};
  if (!tail.empty() && tail.front() == '/' && tail.back() != '/') {
    return SerialSelector{std::string(tail)};
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("\"serial:{}\" does not name a serial port", tail))
      .WithHint("write the whole path, for example serial:/dev/ttyACM0");
}

Result<UsbipSelector> ParseUsbipSelector(std::string_view tail) {
  const std::size_t slash = tail.rfind('/');
  if (slash == std::string_view::npos) return BadUsbip(tail, "has no /BUSID behind the host");
  UsbipSelector selector;
  selector.bus_id = tail.substr(slash + 1);
  if (selector.bus_id.empty()) return BadUsbip(tail, "names no bus id");
  // The wire has room for 31 characters and a zero. Ports are named 1-1 or 3-1.4, a host's own
  // gadgets as the kernel names them: usbip-vudc.0.
  constexpr std::string_view kOfBusIds =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:";
  if (selector.bus_id.size() >= protocol::usbip::kBusIdSize || selector.bus_id.front() == '-' ||
      selector.bus_id.find_first_not_of(kOfBusIds) != std::string::npos) {
    return BadUsbip(tail, "has a bus id that no server gives; they look like 1-1 or 3-1.4");
  }
  const auto authority = SplitAuthority(tail.substr(0, slash));
  if (!authority) {
    return BadUsbip(tail, "has colons or brackets that do not add up; put an IPv6 address in []");
  }
  if (authority->host.empty()) return BadUsbip(tail, "names no host");
  selector.host = authority->host;
  selector.port = protocol::usbip::kDefaultPort;
  if (authority->has_port) {
    const auto port = ParseNumber<std::uint16_t>(authority->port, 10);
    if (!port || *port == 0) return BadUsbip(tail, "has a port that is not 1 to 65535");
    selector.port = *port;
  }
  return selector;
}

std::string ToString(const UsbipSelector& selector) {
  const bool is_v6 = selector.host.find(':') != std::string::npos;
  std::string text = is_v6 ? fmt::format("[{}]", selector.host) : selector.host;
  if (selector.port != protocol::usbip::kDefaultPort) text += fmt::format(":{}", selector.port);
  return fmt::format("{}/{}", text, selector.bus_id);
}

}  // namespace mtkrig::device
