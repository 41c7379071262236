#include "device/serial_transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "device/node_watch.h"
#include "device/sysfs_bus.h"

namespace mtkrig::device {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// See kAccessGrace of the libusb transport: rights and rivals of a new node settle.
constexpr Duration kAccessGrace = milliseconds(1000);
constexpr Duration kCloseWithin = milliseconds(200);

Error OpenError(int error_number, const std::string& path, const fs::path& root) {
  const std::string what = fmt::format("open {}: {}", path, ErrnoText(error_number));
  switch (error_number) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case EIO:  // a node whose device is just going away
      return Error(ErrorCode::kNotFound, what)
          .WithHint(
              "power the phone off and plug it in while this command waits; `ls /dev/ttyACM*` "
              "shows its name, which appears only if the kernel has the module cdc_acm");
    case EACCES:
    case EPERM:
      return Error(ErrorCode::kPermissionDenied, what)
          .WithHint(
              "join the group that owns the node (`sudo adduser $USER dialout`, then log in "
              "again) or give udev the rules that `mtkrig doctor --udev-rules` prints");
    case EBUSY:
    case EWOULDBLOCK: {
      const std::string holders = fmt::format("{}", fmt::join(HoldersOf(root, {path}), ", "));
      return Error(ErrorCode::kBusy, fmt::format("{} is in use by another program", path))
          .WithHint(holders.empty()
                        ? "end ModemManager, brltty or the terminal program that has it "
                          "open; `sudo mtkrig doctor` names it"
                        : fmt::format("end what holds it: {}", holders));
    }
    default:
      return {ErrorCode::kIo, what};
  }
}

Error NoSerialPort(const std::string& path) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("{} is not a serial port", path))
      .WithHint(
          "name the port that the kernel made for the phone, for example serial:/dev/ttyACM0");
}

UsbId ReadUsbId(const fs::path& root, const std::string& port_path) {
  const fs::path folder = root / "sys/bus/usb/devices" / port_path;
  const auto number = [&folder](const char* name) {
    return static_cast<std::uint16_t>(
        std::strtoul(ReadLine((folder / name).string()).c_str(), nullptr, 16));
  };
  return {number("idVendor"), number("idProduct")};
}

}  // namespace

Result<std::unique_ptr<SerialTransport>> SerialTransport::Open(const SerialSelector& selector,
                                                               Duration wait,
                                                               const Cancellation* cancellation,
                                                               DiscoveryObserver* observer,
                                                               const fs::path& root) {
  std::unique_ptr<SerialTransport> transport(new SerialTransport(selector, root));
  transport->set_cancellation(cancellation);
  TRY(transport->WaitAndOpen(Deadline(transport->clock_, wait), observer));
  return transport;
}

SerialTransport::~SerialTransport() {
  Close();
}

TransportInfo SerialTransport::info() const {
  return {.moniker = fmt::format("serial:{}", path_), .usb_id = usb_id_};
}

Result<void> SerialTransport::WaitAndOpen(const Deadline& deadline, DiscoveryObserver* observer) {
  std::optional<Deadline> grace;
  bool reported = false;
  while (true) {
    const std::string path = CurrentPath();
    NodeWatch watch(path);  // before the attempt, so that nothing slips between the two
    Result<void> opened = OpenNode(path);
    if (opened) {
      if (observer != nullptr) observer->OnFound(path);
      return opened;
    }
    const ErrorCode code = opened.error().code();
    const bool refused = code == ErrorCode::kPermissionDenied || code == ErrorCode::kBusy;
    if (refused && !grace) grace.emplace(clock_, std::min(kAccessGrace, deadline.left()));
    if (!refused) grace.reset();
    if (IsCancelled(cancellation())) return CancelledError();
    const bool hopeless = !refused && code != ErrorCode::kNotFound;
    if (hopeless || deadline.passed() || (grace && grace->passed())) return opened;
    if (!refused && !reported && observer != nullptr) {
      observer->OnWaiting(fmt::format("the serial port {}", path));
      reported = true;
    }
    watch.Wait(deadline.left(), cancellation());
  }
}

// A phone that has enumerated again may have got another number.
std::string SerialTransport::CurrentPath() const {
  if (port_path_.empty()) return path_;
  const std::vector<std::string> ports = SerialPorts(root_, port_path_);
  return ports.empty() ? path_ : "/dev/" + ports.front();
}

Result<void> SerialTransport::OpenNode(const std::string& path) {
  // A file or a FIFO is not even opened: that alone may block, or do something to it.
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISCHR(status.st_mode)) return NoSerialPort(path);
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return OpenError(errno, path, root_);
  if (::isatty(fd.get()) != 1) {
    // A port without hardware behind it, or whose device is just going away, says EIO here.
    if (errno == EIO) return OpenError(errno, path, root_);
    return NoSerialPort(path);
  }
  // Tools that respect one another lock the port; TIOCEXCL keeps out those that do not.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return OpenError(errno, path, root_);
  if (::ioctl(fd.get(), TIOCEXCL) != 0) return OpenError(errno, path, root_);
  fd_ = std::move(fd);
  Result<void> raw = SetRaw();
  if (!raw) {
    fd_.Reset();
    return raw;
  }
  std::error_code error;
  const std::string name = fs::canonical(path, error).filename().string();
  const std::string port_path = PortPathOfTty(root_, name);
  if (!port_path_.empty() && port_path != port_path_) {
    fd_.Reset();
    return Error(ErrorCode::kNotFound, fmt::format("{} is another phone's port now", path));
  }
  port_path_ = port_path;
  if (!port_path_.empty()) usb_id_ = ReadUsbId(root_, port_path_);
  return Ok();
}

Result<void> SerialTransport::SetRaw() {
  if (::tcgetattr(fd_.get(), &before_) != 0) return OpenError(errno, path_, root_);
  termios raw = before_;
  ::cfmakeraw(&raw);
  raw.c_cflag |= CLOCAL | CREAD;  // no modem, and no flow control by wire
  raw.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB | HUPCL);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  ::cfsetspeed(&raw, B921600);
  if (::tcsetattr(fd_.get(), TCSANOW, &raw) != 0) return OpenError(errno, path_, root_);
  // What the kernel echoed or gathered before the line was raw is not the phone's answer to us.
  ::tcflush(fd_.get(), TCIOFLUSH);
  // The rest is help that not every driver gives.
  serial_struct settings = {};
  if (::ioctl(fd_.get(), TIOCGSERIAL, &settings) == 0) {
    settings.flags |= ASYNC_LOW_LATENCY;
    ::ioctl(fd_.get(), TIOCSSERIAL, &settings);
  }
  int lines = TIOCM_DTR | TIOCM_RTS;
  ::ioctl(fd_.get(), TIOCMBIS, &lines);
  return Ok();
}

Result<std::size_t> SerialTransport::DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) {
  const Deadline deadline(clock_, timeout);
  for (bool looked = false;; looked = true) {
    if (!fd_) return Hangup();
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return Hangup();
    if (IsCancelled(cancellation())) return CancelledError();
    if (looked && deadline.passed()) {
      return Error(ErrorCode::kTimeout, "the phone sent nothing within the time it has");
    }
    pollfd wait = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    PollFds({&wait, 1}, deadline.left(), cancellation());
  }
}

Result<void> SerialTransport::DoWrite(ByteSpan data, Duration timeout) {
  const Deadline deadline(clock_, timeout);
  std::size_t sent = 0;
  while (sent < data.size()) {
    if (!fd_) return Hangup();
    const ssize_t count = ::write(fd_.get(), data.data() + sent, data.size() - sent);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno != EAGAIN && errno != EINTR) return Hangup();
    if (IsCancelled(cancellation())) return CancelledError();
    if (deadline.passed()) {
      return Error(ErrorCode::kTimeout,
                   fmt::format("the phone took {} of {} bytes and then no more", sent, data.size()))
          .AtOffset(sent);
    }
    pollfd wait = {.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    PollFds({&wait, 1}, deadline.left(), cancellation());
    if ((wait.revents & (POLLHUP | POLLERR)) != 0) return Hangup();
  }
  return Ok();
}

Result<void> SerialTransport::DoReconnect(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  Result<void> connected = WaitForHangup(deadline);
  if (connected) connected = WaitAndOpen(deadline, nullptr);
  if (!connected && connected.error().code() == ErrorCode::kNotFound) {
    return Error(ErrorCode::kTimeout,
                 fmt::format("{} did not come back within {} ms", path_, timeout / milliseconds(1)))
        .WithHint("unplug the phone, power it off and start again");
  }
  return connected;
}

// The old enumeration ends with a hang-up; only then is a node of this name the next one's.
Result<void> SerialTransport::WaitForHangup(const Deadline& deadline) {
  std::array<std::uint8_t, 512> unread = {};
  while (fd_) {
    auto count = DoReadSome(unread, deadline.left());
    if (count || count.error().code() == ErrorCode::kDisconnected) continue;
    if (count.error().code() != ErrorCode::kTimeout) return std::move(count).error();
    return Error(ErrorCode::kTimeout, "the phone did not enumerate again: its port stayed open")
        .WithHint("unplug the phone, power it off and start again");
  }
  return Ok();
}

Error SerialTransport::Hangup() {
  fd_.Reset();
  return Error(ErrorCode::kDisconnected, fmt::format("the phone behind {} went away", path_))
      .WithHint(
          "a preloader stays for 2 to 3 seconds only; check cable and battery, plug in again");
}

void SerialTransport::Close() {
  if (!fd_) return;
  // The last command may still be on its way; but the kernel would wait 30 s for a phone that takes
  // no more.
  const Deadline deadline(clock_, kCloseWithin);
  int unsent = 0;
  while (::ioctl(fd_.get(), TIOCOUTQ, &unsent) == 0 && unsent > 0 && !deadline.passed()) {
    PollFds({}, milliseconds(5), nullptr);
  }
  ::tcflush(fd_.get(), TCIOFLUSH);
  ::tcsetattr(fd_.get(), TCSANOW, &before_);
  ::ioctl(fd_.get(), TIOCNXCL);
  fd_.Reset();
}

}  // namespace mtkrig::device
