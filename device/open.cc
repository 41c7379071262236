#include "device/open.h"

#include "device/libusb_api.h"
#include "device/libusb_transport.h"
#include "device/serial_transport.h"
#include "device/sysfs_bus.h"
#include "device/usbip_transport.h"

namespace mtkrig::device {

Result<std::unique_ptr<Transport>> OpenUsb(const UsbSelector& selector, Duration wait,
                                           const Cancellation* cancellation,
                                           DiscoveryObserver* observer) {
  UsbHost host;
  host.bus = std::make_unique<SysfsBus>();
  host.clock = std::make_unique<SteadyClock>();
  TRY_ASSIGN(host.api, CreateLibusbApi());
  TRY_ASSIGN(auto transport,
             LibusbTransport::Open(std::move(host), selector, wait, cancellation, observer));
  return std::unique_ptr<Transport>(std::move(transport));
}

Result<std::unique_ptr<Transport>> OpenSerial(const SerialSelector& selector, Duration wait,
                                              const Cancellation* cancellation,
                                              DiscoveryObserver* observer) {
  TRY_ASSIGN(auto transport, SerialTransport::Open(selector, wait, cancellation, observer));
  return std::unique_ptr<Transport>(std::move(transport));
}

Result<std::unique_ptr<Transport>> OpenUsbip(const UsbipSelector& selector, Duration wait,
                                             const Cancellation* cancellation,
                                             DiscoveryObserver* observer) {
  TRY_ASSIGN(auto transport, UsbipTransport::Open(selector, wait, cancellation, observer));
  return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace mtkrig::device
