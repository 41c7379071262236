#pragma once

// What on this host keeps a phone from being found or opened, and what to do about each.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "device/common.h"
#include "device/usb_bus.h"

namespace mtkrig::device {

enum class CheckLevel { kOk, kWarning, kFailure };
// "ok", "warning", "failure"
std::string_view CheckLevelName(CheckLevel level);

struct Check {
  std::string name;  // "udev rules"
  CheckLevel level = CheckLevel::kOk;
  std::string detail;  // what was found
  std::string remedy;  // what to do, as a command where there is one; empty if nothing need be done
};

// The host as the checks see it; a test brings a tree of its own.
struct DoctorHost {
  std::filesystem::path root = "/";
  bool is_root = false;
  std::vector<std::string> groups;                              // of this process
  std::function<bool(const std::filesystem::path&)> may_write;  // takes paths below root
};
DoctorHost ThisHost();

// In the order in which a user should go through them. Reads only.
std::vector<Check> RunDoctor(const DoctorHost& host);

}  // namespace mtkrig::device
