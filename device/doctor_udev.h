#pragma once

// The doctor's reading of udev's rules: who may open phones once they are plugged in, and whether
// ModemManager keeps away from them.

#include <string>
#include <vector>

#include "device/doctor.h"
#include "device/udev_rules.h"

namespace mtkrig::device {

class UdevDiagnosis {
 public:
  // Goes through all rules for a phone in each mode, and for its serial port.
  explicit UdevDiagnosis(const DoctorHost& host);

  // "udev rules", for usb:, and "udev rules for tty", for serial:.
  Check UsbCheck() const;
  Check SerialCheck() const;
  // Whether the rules make ModemManager look away, and where they say so (or leave it open).
  Truth modem_manager_looks_away() const { return looks_away_; }
  const std::string& looks_away_at() const { return looks_away_at_; }
  // For a node that cannot be opened though the phone is plugged in.
  std::string RemedyForClosedNode() const;

 private:
  // What becomes of one node.
  struct Access {
    std::string id;  // "0e8d:2000"
    Truth opens = Truth::kNo;
    std::string who;    // "group plugdev"
    std::string where;  // the rule
    std::string missing_group;
    std::string late_tag_at;
    std::string uncertain_at;
  };

  static Access Judge(const DoctorHost& host, UsbId id, const UdevOutcome& outcome);
  void JudgeModemManager(const std::vector<UdevOutcome>& outcomes);
  // The worst of the nodes stands for all of them.
  Check CheckNodes(const std::string& name, const std::vector<Access>& nodes,
                   CheckLevel level_if_closed) const;

  bool is_root_ = false;
  bool udevd_runs_ = true;
  bool has_seat_rules_ = false;
  std::vector<Access> usb_;
  std::vector<Access> serial_;
  Truth looks_away_ = Truth::kNo;
  std::string looks_away_at_;
};

}  // namespace mtkrig::device
