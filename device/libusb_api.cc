#include "device/libusb_api.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "device/sysfs_bus.h"

namespace mtkrig::device {
namespace {

int FromErrno(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return LIBUSB_ERROR_ACCESS;
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return LIBUSB_ERROR_NO_DEVICE;
    case EBUSY:
      return LIBUSB_ERROR_BUSY;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return LIBUSB_ERROR_NO_MEM;
    default:
      return LIBUSB_ERROR_IO;
  }
}

class LibusbApi final : public UsbApi {
 public:
  explicit LibusbApi(libusb_context* context) : context_(context) {}
  ~LibusbApi() override { libusb_exit(context_); }
  LibusbApi(const LibusbApi&) = delete;
  LibusbApi& operator=(const LibusbApi&) = delete;

  // The node is opened here, for libusb's own list of devices is as old as udevd makes it.
  int Open(const UsbDevice& device, libusb_device_handle** handle) override {
    UniqueFd fd(::open(UsbNode(device).c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return FromErrno(errno);
    const int status = libusb_wrap_sys_device(context_, fd.get(), handle);
    if (status == 0) nodes_[*handle] = std::move(fd);
    return status;
  }
  void Close(libusb_device_handle* handle) override {
    libusb_close(handle);
    nodes_.erase(handle);  // libusb does not close a descriptor that it was given
  }
  int SetConfiguration(libusb_device_handle* handle, int configuration) override {
    return libusb_set_configuration(handle, configuration);
  }
  int KernelDriverActive(libusb_device_handle* handle, int interface) override {
    return libusb_kernel_driver_active(handle, interface);
  }
  int DetachKernelDriver(libusb_device_handle* handle, int interface) override {
    return libusb_detach_kernel_driver(handle, interface);
  }
  int AttachKernelDriver(libusb_device_handle* handle, int interface) override {
    return libusb_attach_kernel_driver(handle, interface);
  }
  int ClaimInterface(libusb_device_handle* handle, int interface) override {
    return libusb_claim_interface(handle, interface);
  }
  int ReleaseInterface(libusb_device_handle* handle, int interface) override {
    return libusb_release_interface(handle, interface);
  }
  int ControlOut(libusb_device_handle* handle, std::uint8_t request_type, std::uint8_t request,
                 std::uint16_t value, std::uint16_t index, std::span<std::uint8_t> data,
                 Duration timeout) override {
    return libusb_control_transfer(
        handle, request_type, request, value, index, data.data(),
        static_cast<std::uint16_t>(data.size()),
        static_cast<unsigned>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count()));
  }
  int ClearHalt(libusb_device_handle* handle, std::uint8_t endpoint) override {
    return libusb_clear_halt(handle, endpoint);
  }
  libusb_transfer* AllocTransfer() override { return libusb_alloc_transfer(0); }
  void FreeTransfer(libusb_transfer* transfer) override { libusb_free_transfer(transfer); }
  int SubmitTransfer(libusb_transfer* transfer) override {
    return libusb_submit_transfer(transfer);
  }
  int CancelTransfer(libusb_transfer* transfer) override {
    return libusb_cancel_transfer(transfer);
  }
  void WaitEvents(Duration at_most, const Cancellation* cancellation) override {
    PollFds(DescriptorsOfLibusb(), at_most, cancellation);
    timeval now = {};
    libusb_handle_events_timeout(context_, &now);
  }

 private:
  // What libusb would poll itself; we poll it together with the user's request to stop. On Linux
  // libusb's time-outs are in this list as a timer descriptor, and our transfers have none.
  std::span<pollfd> DescriptorsOfLibusb() {
    poll_.clear();
    const libusb_pollfd** list = libusb_get_pollfds(context_);
    for (const libusb_pollfd** at = list; at != nullptr && *at != nullptr; ++at) {
      poll_.push_back({.fd = (*at)->fd, .events = (*at)->events, .revents = 0});
    }
    libusb_free_pollfds(list);
    return poll_;
  }

  libusb_context* context_;
  std::map<libusb_device_handle*, UniqueFd> nodes_;
  std::vector<pollfd> poll_;
};

}  // namespace

Result<std::unique_ptr<UsbApi>> CreateLibusbApi() {
  // Devices are found in sysfs (usb_bus.h): libusb need neither scan nor start its udev thread.
  libusb_set_option(nullptr, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
  libusb_context* context = nullptr;
  if (const int status = libusb_init(&context); status != 0) {
    return Error(ErrorCode::kUnsupported,
                 fmt::format("libusb cannot start on this host: {}", libusb_strerror(status)))
        .WithHint("`mtkrig doctor` tells what is missing");
  }
  return std::unique_ptr<UsbApi>(std::make_unique<LibusbApi>(context));
}

}  // namespace mtkrig::device
