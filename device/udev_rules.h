#pragma once

// What udev's rules make of a phone's nodes: rights, the tag by which whoever sits at the machine
// gets in, and the property that keeps ModemManager away. Judged from the text of the rules alone,
// as udevd goes through them; where a rule depends on what only udevd knows (a program's answer, a
// database, a key of a later version) both ways are followed, and what differs is not certain.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "device/common.h"
#include "device/udev_text.h"

namespace mtkrig::device {

enum class Truth { kNo, kPerhaps, kYes };

// What a text may be: one of these, or, if `any`, anything.
struct UdevValues {
  std::set<std::string> possible;
  bool any = false;
};

// One device of the chain from a node up to its bus.
struct UdevLevel {
  UdevValues subsystem;
  UdevValues kernel;
  UdevValues driver;
  std::map<std::string, UdevValues> attributes;  // of sysfs; others may have any value
  bool is_usb_device = true;                     // otherwise it has no idVendor and idProduct
};

// A device that has just been added.
struct UdevDevice {
  std::map<std::string, UdevValues> environment;
  std::vector<UdevLevel> chain;  // itself first
};
// The node /dev/bus/usb/BUS/DEVICE of a phone, and its /dev/ttyACM0.
UdevDevice UdevPhone(UsbId id);
UdevDevice UdevPhoneTty(UsbId id);

// A value that a rule may have given, and where; the empty value is that of no rule.
struct UdevSetting {
  std::string value;
  std::string where;  // "/etc/udev/rules.d/60-mtkrig.rules:23"
};

struct UdevOutcome {
  std::vector<UdevSetting> mode;  // several: one of them
  std::vector<UdevSetting> group;
  std::vector<UdevSetting> owner;
  std::map<std::string, std::vector<UdevSetting>> environment;
  // The tag uaccess, and whether the rules then came to the command that acts on it.
  Truth tagged = Truth::kNo;
  Truth seat_access = Truth::kNo;
  std::string tagged_at;
  // The first rule that depends on what cannot be known here and matters; empty: none.
  std::string uncertain_at;
};

UdevOutcome ApplyUdevRules(const std::vector<UdevFile>& files, const UdevDevice& device);

}  // namespace mtkrig::device
