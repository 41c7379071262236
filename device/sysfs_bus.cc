#include "device/sysfs_bus.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <system_error>

#include "device/usb_ids.h"

namespace mtkrig::device {
namespace {

namespace fs = std::filesystem;

constexpr Duration kPollPeriod = std::chrono::milliseconds(20);
constexpr std::size_t kMaxDescriptors = 65536;
constexpr unsigned kKernelUevents = 1;  // the multicast group of the kernel's own messages

// The names in a folder, sorted; empty if it cannot be read.
std::vector<std::string> Names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

unsigned ReadNumber(const fs::path& file, int base) {
  const std::string text = ReadLine(file.string());
  unsigned value = 0;
  const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
  std::from_chars(text.data() + start, text.data() + text.size(), value, base);
  return value;
}

UsbDevice ReadDevice(const fs::path& folder) {
  UsbDevice device;
  device.port_path = folder.filename().string();
  device.id = {static_cast<std::uint16_t>(ReadNumber(folder / "idVendor", 16)),
               static_cast<std::uint16_t>(ReadNumber(folder / "idProduct", 16))};
  device.bus = ReadNumber(folder / "busnum", 10);
  device.address = ReadNumber(folder / "devnum", 10);
  device.speed_mbps = ReadNumber(folder / "speed", 10);
  device.configuration = static_cast<std::uint8_t>(ReadNumber(folder / "bConfigurationValue", 10));
  device.descriptors = ReadBytes((folder / "descriptors").string(), kMaxDescriptors);
  device.product = ReadLine((folder / "product").string());
  return device;
}

// A device, not an interface ("1-1:1.0") and not a root hub ("usb1").
bool IsDeviceName(std::string_view name) {
  return !name.empty() && name.front() >= '0' && name.front() <= '9' &&
         name.find(':') == std::string_view::npos;
}

UniqueFd OpenUevents() {
  UniqueFd fd(
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kKernelUevents;
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return {};  // as in most containers; the period alone finds the device then
  }
  return fd;
}

}  // namespace

std::string Describe(const UsbDevice& device) {
  const auto mode = KnownMode(device.id);
  return fmt::format("{}{} at {}", ToString(device.id), mode ? fmt::format(" ({})", *mode) : "",
                     device.port_path);
}

std::string UsbNode(const UsbDevice& device) {
  return fmt::format("/dev/bus/usb/{:03}/{:03}", device.bus, device.address);
}

SysfsBus::SysfsBus(fs::path root) : root_(std::move(root)) {
  if (root_ == "/") uevents_ = OpenUevents();
}

Result<std::vector<UsbDevice>> SysfsBus::List() {
  const fs::path folder = root_ / "sys/bus/usb/devices";
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return Error(ErrorCode::kUnsupported, "this host has no USB: /sys/bus/usb does not exist")
        .WithHint(
            "load the host controller's driver; in a container, share /sys and /dev/bus/usb "
            "with it, or use usbip:HOST/BUSID, which needs neither");
  }
  std::vector<UsbDevice> devices;
  for (const std::string& name : Names(folder)) {
    if (!IsDeviceName(name)) continue;
    UsbDevice device = ReadDevice(folder / name);
    // One that vanishes while it is read has no number any more.
    if (device.bus != 0 && device.address != 0) devices.push_back(std::move(device));
  }
  return devices;
}

void SysfsBus::WaitForChange(Duration at_most, const Cancellation* cancellation) {
  pollfd wait = {.fd = uevents_.get(), .events = POLLIN, .revents = 0};
  if (!PollFds({&wait, 1}, std::min(at_most, kPollPeriod), cancellation)) return;
  std::array<char, 8192> message = {};
  while (::recv(uevents_.get(), message.data(), message.size(), 0) > 0) {
  }
}

std::string SysfsBus::Holders(const UsbDevice& device) {
  std::vector<std::string> nodes = {UsbNode(device)};
  for (const std::string& tty : SerialPorts(root_, device.port_path)) {
    nodes.push_back("/dev/" + tty);
  }
  return fmt::format("{}", fmt::join(HoldersOf(root_, nodes), ", "));
}

std::vector<std::string> BoundDrivers(const fs::path& root, const std::string& port_path) {
  std::vector<std::string> drivers;
  const fs::path folder = root / "sys/bus/usb/devices";
  for (const std::string& name : Names(folder)) {
    if (name.rfind(port_path + ":", 0) != 0) continue;
    std::error_code error;
    const std::string driver =
        fs::read_symlink(folder / name / "driver", error).filename().string();
    if (!error && std::find(drivers.begin(), drivers.end(), driver) == drivers.end()) {
      drivers.push_back(driver);
    }
  }
  return drivers;
}

std::vector<std::string> SerialPorts(const fs::path& root, const std::string& port_path) {
  std::vector<std::string> ports;
  for (const std::string& name : Names(root / "sys/class/tty")) {
    if (name.rfind("ttyACM", 0) != 0 && name.rfind("ttyUSB", 0) != 0) continue;
    if (PortPathOfTty(root, name) == port_path) ports.push_back(name);
  }
  return ports;
}

std::string PortPathOfTty(const fs::path& root, const std::string& tty) {
  std::error_code error;
  // The interface "1-1.4:1.0", or below it a port of usb-serial: "1-1.4:1.0/ttyUSB0".
  const fs::path device = fs::canonical(root / "sys/class/tty" / tty / "device", error);
  if (error) return {};
  for (fs::path at = device; at.has_filename() && at != at.parent_path(); at = at.parent_path()) {
    const std::string name = at.filename().string();
    const std::size_t colon = name.find(':');
    if (colon != std::string::npos && name.find('-') < colon &&
        IsDeviceName(name.substr(0, colon))) {
      return name.substr(0, colon);
    }
  }
  return {};
}

std::vector<std::string> HoldersOf(const fs::path& root, const std::vector<std::string>& nodes) {
  std::set<unsigned> pids;
  for (const std::string& name : Names(root / "proc")) {
    unsigned pid = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc() || stop != name.data() + name.size()) continue;
    if (pid == static_cast<unsigned>(::getpid())) continue;
    const fs::path fds = root / "proc" / name / "fd";
    for (const std::string& fd : Names(fds)) {
      std::error_code error;
      const std::string target = fs::read_symlink(fds / fd, error).string();
      if (!error && std::find(nodes.begin(), nodes.end(), target) != nodes.end()) pids.insert(pid);
    }
  }
  std::vector<std::string> holders;
  for (const unsigned pid : pids) {
    const std::string comm = ReadLine((root / "proc" / std::to_string(pid) / "comm").string());
    holders.push_back(fmt::format("{} (pid {})", comm.empty() ? "a process" : comm, pid));
  }
  return holders;
}

}  // namespace mtkrig::device
