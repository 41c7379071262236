#include "harness/commands/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "harness/text.h"

namespace mtkrig::harness {
namespace {

bool IsV6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

std::string WithPort(const std::string& address, std::uint16_t port) {
  return fmt::format("{}:{}", IsV6(address) ? fmt::format("[{}]", address) : address, port);
}

bool IsNumeric(const std::string& address) {
  std::array<std::uint8_t, sizeof(in6_addr)> bytes = {};
  // An IPv6 address of a link has its interface behind a percent sign.
  const std::string plain = address.substr(0, address.find('%'));
  return ::inet_pton(IsV6(plain) ? AF_INET6 : AF_INET, plain.c_str(), bytes.data()) == 1;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return port;
}

}  // namespace

Reach ListenAddress::reach() const {
  in_addr v4 = {};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    const std::uint32_t number = ntohl(v4.s_addr);
    if (number == INADDR_ANY) return Reach::kEveryAddress;
    return number >> 24 == IN_LOOPBACKNET ? Reach::kThisMachine : Reach::kOneAddress;
  }
  in6_addr v6 = {};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return Reach::kOneAddress;
  if (std::memcmp(&v6, &in6addr_any, sizeof(v6)) == 0) return Reach::kEveryAddress;
  const bool loopback = std::memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
  return loopback ? Reach::kThisMachine : Reach::kOneAddress;
}

std::string ListenAddress::Text() const {
  return WithPort(address, port);
}

std::string ListenAddress::LocalHost() const {
  if (reach() != Reach::kEveryAddress) return address;
  return IsV6(address) ? "::1" : "127.0.0.1";
}

std::string ListenAddress::LocalText() const {
  return WithPort(LocalHost(), port);
}

std::string ListenAddress::AttachCommand(const std::string& host) const {
  const bool usual = port == protocol::usbip::kDefaultPort;
  return fmt::format("usbip {}attach -r {} -b 1-1",
                     usual ? "" : fmt::format("--tcp-port {} ", port), host);
}

Result<ListenAddress> ParseListenAddress(const std::string& text) {
  const auto malformed = [&text](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("--usbip {}: {}", Printable(text), why))
        .WithHint(
            "write a port, ADDRESS or ADDRESS:PORT, as in 3240, 127.0.0.1:3240 or "
            "[::1]:3240");
  };
  ListenAddress listen;
  if (text.empty()) return listen;
  std::string address = text;
  std::optional<std::string> port;
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    address.clear();
    port = text;
  } else if (text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string::npos) return malformed("the bracket has no end");
    address = text.substr(1, close - 1);
    const std::string rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return malformed("no colon behind the bracket");
    if (!rest.empty()) port = rest.substr(1);
    if (!IsV6(address)) return malformed("no IPv6 address between the brackets");
  } else if (text.find(':') == text.rfind(':') && text.find(':') != std::string::npos) {
    address = text.substr(0, text.find(':'));
    port = text.substr(text.find(':') + 1);
  }
  if (port) {
    const std::optional<std::uint16_t> number = ParsePort(*port);
    if (!number) return malformed("no port between 0 and 65535");
    listen.port = *number;
  }
  if (address == "localhost") address = listen.address;
  if (!address.empty() && !IsNumeric(address)) return malformed("not an address in numbers");
  if (!address.empty()) listen.address = address;
  return listen;
}

}  // namespace mtkrig::harness
