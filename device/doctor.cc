#include "device/doctor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "device/doctor_udev.h"
#include "device/remedies.h"
#include "device/sysfs_bus.h"
#include "device/usb_ids.h"

namespace mtkrig::device {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kHighSpeed = 480;

Check Good(std::string name, std::string detail) {
  return {std::move(name), CheckLevel::kOk, std::move(detail), {}};
}
Check Warn(std::string name, std::string detail, std::string remedy) {
  return {std::move(name), CheckLevel::kWarning, std::move(detail), std::move(remedy)};
}
Check Bad(std::string name, std::string detail, std::string remedy) {
  return {std::move(name), CheckLevel::kFailure, std::move(detail), std::move(remedy)};
}

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<fs::path> Entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

Check CheckGroup(const DoctorHost& host, const std::string& group, std::string_view what) {
  const std::string name = fmt::format("group {}", group);
  const bool member = std::find(host.groups.begin(), host.groups.end(), group) != host.groups.end();
  if (member) return Good(name, fmt::format("this process is in it ({})", what));
  if (host.is_root) return Good(name, "root needs no group");
  return Warn(name, fmt::format("this process is not in it ({})", what),
              fmt::format("sudo adduser $USER {}, then log out and in; who sits at the machine "
                          "gets by without it through udev's uaccess",
                          group));
}

// Processes by the name that the kernel has for them, which it cuts after 15 characters.
std::vector<std::string> FindProcesses(const fs::path& root, std::string_view name) {
  std::vector<std::string> pids;
  for (const fs::path& entry : Entries(root / "proc")) {
    const std::string pid = entry.filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (ReadLine((entry / "comm").string()) == name.substr(0, 15)) pids.push_back(pid);
  }
  return pids;
}

Check CheckModemManager(const DoctorHost& host, const UdevDiagnosis& udev) {
  const std::string name = "ModemManager";
  const auto pids = FindProcesses(host.root, "ModemManager");
  if (pids.empty()) return Good(name, "does not run");
  const std::string running = fmt::format("runs (pid {})", fmt::join(pids, ", "));
  const std::string remedy =
      fmt::format("{}; or sudo systemctl stop ModemManager", kInstallUdevRules);
  switch (udev.modem_manager_looks_away()) {
    case Truth::kYes:
      return Good(name,
                  fmt::format("{}, and {} makes it look away", running, udev.looks_away_at()));
    case Truth::kPerhaps:
      return Warn(
          name,
          fmt::format("{}; cannot tell whether {} makes it look away, which depends on what "
                      "only udevd knows",
                      running, udev.looks_away_at()),
          remedy);
    case Truth::kNo:
      break;
  }
  return Bad(name,
             fmt::format("{} and talks to every new port, which ends a phone's handshake", running),
             remedy);
}

Check CheckBrltty(const DoctorHost& host) {
  const auto pids = FindProcesses(host.root, "brltty");
  if (pids.empty()) return Good("brltty", "does not run");
  return Warn("brltty",
              fmt::format("runs (pid {}) and may take serial ports for braille displays",
                          fmt::join(pids, ", ")),
              "sudo systemctl stop brltty, if nobody needs it here");
}

Check CheckNodes(const DoctorHost& host) {
  const std::string name = "/dev/bus/usb";
  if (!Exists(host.root / "sys/bus/usb/devices")) {
    return Bad(name, "this host has no USB",
               "use usbip:HOST/BUSID with a phone at another machine, or, in a container, share "
               "/sys and /dev/bus/usb with it");
  }
  if (!Exists(host.root / "dev/bus/usb")) {
    return Bad(name, "does not exist, so libusb can open nothing",
               "in a container, start it with --device /dev/bus/usb; otherwise mount devtmpfs at "
               "/dev");
  }
  return Good(name, "exists");
}

Check CheckMemory(const DoctorHost& host) {
  const std::string name = "usbfs memory";
  const std::string file = "/sys/module/usbcore/parameters/usbfs_memory_mb";
  const std::string text = ReadLine((host.root / file.substr(1)).string());
  if (text.empty()) return Good(name, "the kernel sets no limit here");
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long megabytes = digits ? std::strtoul(text.c_str(), nullptr, 10) : 0;
  // One phone needs 2 MiB; 16 MiB are the kernel's default, 0 is no limit.
  constexpr unsigned long kEnough = 8;
  if (text == "0" || megabytes >= kEnough) return Good(name, fmt::format("{} MiB", text));
  return Warn(name, fmt::format("only {} MiB for all transfers of all programs", text),
              fmt::format("echo 16 | sudo tee {}", file));
}

Check CheckSerialDriver(const DoctorHost& host) {
  const bool loaded = Exists(host.root / "sys/bus/usb/drivers/cdc_acm");
  if (loaded) return Good("driver cdc_acm", "there; serial:/dev/ttyACM0 will work");
  return Warn("driver cdc_acm", "not loaded: fine for usb:, but serial: has no port without it",
              "sudo modprobe cdc_acm");
}

Check CheckUsbip(const DoctorHost& host) {
  const bool client = Exists(host.root / "sys/devices/platform/vhci_hcd.0");
  const bool server = Exists(host.root / "sys/bus/usb/drivers/usbip-host");
  return Good("usbip modules",
              fmt::format("vhci-hcd {}, usbip-host {}; usbip:HOST/BUSID needs neither here",
                          client ? "loaded" : "not loaded", server ? "loaded" : "not loaded"));
}

Check CheckPhoneAccess(const DoctorHost& host, const UdevDiagnosis& udev, const UsbDevice& phone,
                       const std::string& name) {
  const std::string node = UsbNode(phone);
  if (host.may_write(host.root / node.substr(1))) return Good(name, node + " can be opened");
  return Bad(name, fmt::format("{} cannot be opened for writing", node),
             udev.RemedyForClosedNode());
}

std::vector<Check> CheckPhone(const DoctorHost& host, const UdevDiagnosis& udev,
                              const UsbDevice& phone) {
  const std::string name = fmt::format("phone {}", Describe(phone));
  std::vector<Check> checks = {CheckPhoneAccess(host, udev, phone, name)};

  const auto drivers = BoundDrivers(host.root, phone.port_path);
  const bool foreign = std::any_of(drivers.begin(), drivers.end(), [](const std::string& driver) {
    return driver != "cdc_acm" && driver != "usbfs";
  });
  const std::string bound = fmt::format("kernel drivers: {}", fmt::join(drivers, ", "));
  if (foreign) {
    checks.push_back(Warn(name,
                          bound + "; it is detached while mtkrig works, but may have spoken "
                                  "to the phone before",
                          "plug the phone in again if the handshake fails"));
  } else if (!drivers.empty()) {
    checks.push_back(Good(name, bound + " (detached while mtkrig works)"));
  }

  std::vector<std::string> nodes = {UsbNode(phone)};
  for (const std::string& tty : SerialPorts(host.root, phone.port_path)) {
    nodes.push_back("/dev/" + tty);
  }
  const auto holders = HoldersOf(host.root, nodes);
  if (!holders.empty()) {
    checks.push_back(Bad(name, fmt::format("held by {}", fmt::join(holders, ", ")), "end it"));
  }

  const auto hubs = std::count(phone.port_path.begin(), phone.port_path.end(), '.');
  const std::string line =
      fmt::format("{} Mbit/s behind {} hub{}", phone.speed_mbps, hubs, hubs == 1 ? "" : "s");
  if (phone.speed_mbps < kHighSpeed) {
    checks.push_back(Warn(name, line,
                          "a BROM may be this slow by nature; otherwise use another cable, a port "
                          "of the machine's own, and no USB 1.1 hub"));
  } else {
    checks.push_back(Good(name, line));
  }
  return checks;
}

std::vector<Check> CheckPhones(const DoctorHost& host, const UdevDiagnosis& udev) {
  SysfsBus bus(host.root);
  const auto devices = bus.List();
  std::vector<Check> checks;
  if (!devices) return checks;  // CheckNodes() has said so
  for (const UsbDevice& device : *devices) {
    if (!KnownMode(device.id)) continue;
    for (Check& check : CheckPhone(host, udev, device)) checks.push_back(std::move(check));
  }
  if (checks.empty()) {
    checks.push_back(Good("phones",
                          "none in BROM or preloader mode is plugged in now; power one "
                          "off, start mtkrig, then plug it in"));
  }
  return checks;
}

// Empty for a group without a name.
std::string GroupName(gid_t id) {
  // An entry holds all members, and a large group has many.
  constexpr std::size_t kLongestEntry = std::size_t{1} << 20;
  std::vector<char> text(4096);
  while (true) {
    group entry = {};
    group* found = nullptr;
    const int status = ::getgrgid_r(id, &entry, text.data(), text.size(), &found);
    if (status == 0) return found == nullptr ? std::string() : std::string(found->gr_name);
    if (status != ERANGE || text.size() >= kLongestEntry) return {};
    text.resize(text.size() * 2);
  }
}

}  // namespace

std::string_view CheckLevelName(CheckLevel level) {
  switch (level) {
    case CheckLevel::kOk:
      return "ok";
    case CheckLevel::kWarning:
      return "warning";
    case CheckLevel::kFailure:
      return "failure";
  }
  return "unknown";
}

DoctorHost ThisHost() {
  DoctorHost host;
  host.is_root = ::geteuid() == 0;
  host.may_write = [](const fs::path& path) {
    return ::access(path.c_str(), R_OK | W_OK) == 0;
  };
  std::vector<gid_t> ids(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  ids.resize(
      static_cast<std::size_t>(std::max(0, ::getgroups(static_cast<int>(ids.size()), ids.data()))));
  ids.push_back(::getegid());
  for (const gid_t id : ids) {
    const std::string name = GroupName(id);
    if (!name.empty()) host.groups.push_back(name);
  }
  return host;
}

std::vector<Check> RunDoctor(const DoctorHost& host) {
  const UdevDiagnosis udev(host);
  std::vector<Check> checks = {
      CheckNodes(host),
      udev.UsbCheck(),
      udev.SerialCheck(),
      CheckGroup(host, "plugdev", "usb: devices"),
      CheckGroup(host, "dialout", "serial: ports"),
      CheckModemManager(host, udev),
      CheckBrltty(host),
      CheckSerialDriver(host),
      CheckMemory(host),
      CheckUsbip(host),
  };
  for (Check& check : CheckPhones(host, udev)) checks.push_back(std::move(check));
  return checks;
}

}  // namespace mtkrig::device
