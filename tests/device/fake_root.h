#pragma once

// A folder that stands in for "/" and is gone after the test.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/device/fake_usb.h"

namespace mtkrig::device::testing {

class FakeRoot {
 public:
  FakeRoot() {
    std::string name = (std::filesystem::temp_directory_path() / "mtkrig-root-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~FakeRoot() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void Folder(const std::string& name) { std::filesystem::create_directories(path_ / name); }
  void File(const std::string& name, const std::string& content) {
    Folder(std::filesystem::path(name).parent_path().string());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  void Link(const std::string& name, const std::string& target) {
    Folder(std::filesystem::path(name).parent_path().string());
    std::filesystem::create_symlink(target, path_ / name);
  }
  // A preloader as sysfs shows it, with cdc_acm bound and ttyACM0 made of it.
  void Phone(const std::string& port_path, const std::string& product_id, unsigned address,
             const std::string& speed = "480", const std::string& driver = "cdc_acm") {
    const std::string device = "sys/bus/usb/devices/" + port_path;
    File(device + "/idVendor", "0e8d\n");
    File(device + "/idProduct", product_id + "\n");
    File(device + "/busnum", "1\n");
    File(device + "/devnum", std::to_string(address) + "\n");
    File(device + "/speed", speed + "\n");
    File(device + "/bConfigurationValue", "1\n");
    File(device + "/product", "MT65xx Preloader\n");
    const auto bytes = AcmDescriptors();
    File(device + "/descriptors", std::string(bytes.begin(), bytes.end()));
    for (const char* interface : {":1.0", ":1.1"}) {
      const std::string folder = device + interface;
      Folder(folder);
      Link(folder + "/driver", "../../drivers/" + driver);
    }
    Link("sys/class/tty/ttyACM0/device", "../../../bus/usb/devices/" + port_path + ":1.0");
  }

 private:
  std::filesystem::path path_;
};

}  // namespace mtkrig::device::testing
