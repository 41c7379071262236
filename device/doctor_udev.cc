#include "device/doctor_udev.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "device/remedies.h"
#include "device/usb_ids.h"
#include "protocol/wire/brom.h"

namespace mtkrig::device {
namespace {

constexpr std::array kPhones = {protocol::brom::kBromUsbId, protocol::brom::kPreloaderUsbId,
                                protocol::brom::kHighSpeedAgentUsbId};
constexpr const char* kIgnore = "ID_MM_DEVICE_IGNORE";
constexpr std::string_view kSeatRules = "73-seat-late.rules";

std::string AddToGroup(std::string_view group) {
  return fmt::format("sudo adduser $USER {}, then log out and in", group);
}

// What ModemManager takes for yes.
bool IsTrue(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text == "1" || text == "true" || text == "yes" || text == "on";
}

// Empty: not to be known.
std::optional<unsigned> NodeMode(const std::string& mode, const std::string& group) {
  // What udevd gives to a node that no rule speaks of.
  constexpr unsigned kOfOwner = 0600;
  constexpr unsigned kOfGroup = 0660;
  if (mode.empty()) return group.empty() ? kOfOwner : kOfGroup;
  unsigned bits = 0;
  const char* const end = mode.data() + mode.size();
  const auto [stop, error] = std::from_chars(mode.data(), end, bits, 8);
  if (error != std::errc() || stop != end) return std::nullopt;
  return bits;
}

std::vector<UdevSetting> OrNone(std::vector<UdevSetting> settings) {
  if (settings.empty()) settings.push_back({});
  return settings;
}

}  // namespace

UdevDiagnosis::UdevDiagnosis(const DoctorHost& host) : is_root_(host.is_root) {
  std::error_code error;
  udevd_runs_ = std::filesystem::exists(host.root / "run/udev/control", error);
  const std::vector<UdevFile> files = ReadUdevRules(host.root);
  has_seat_rules_ = std::any_of(files.begin(), files.end(), [](const UdevFile& file) {
    return file.path.ends_with(kSeatRules) && !file.lines.empty();
  });
  std::vector<UdevOutcome> outcomes;
  for (const UsbId id : kPhones) {
    outcomes.push_back(ApplyUdevRules(files, UdevPhone(id)));
    usb_.push_back(Judge(host, id, outcomes.back()));
    serial_.push_back(Judge(host, id, ApplyUdevRules(files, UdevPhoneTty(id))));
  }
  JudgeModemManager(outcomes);
}

UdevDiagnosis::Access UdevDiagnosis::Judge(const DoctorHost& host, UsbId id,
                                           const UdevOutcome& outcome) {
  Access access;
  access.id = ToString(id);
  access.uncertain_at = outcome.uncertain_at;
  bool some = false;
  bool all = true;
  for (const UdevSetting& group : OrNone(outcome.group)) {
    const bool member =
        std::find(host.groups.begin(), host.groups.end(), group.value) != host.groups.end();
    for (const UdevSetting& mode : OrNone(outcome.mode)) {
      const std::optional<unsigned> bits = NodeMode(mode.value, group.value);
      constexpr unsigned kOthers = 06;
      constexpr unsigned kGroup = 060;
      const bool everybody = bits && (*bits & kOthers) == kOthers;
      const bool for_group = bits && (*bits & kGroup) == kGroup && !group.value.empty();
      if (everybody || (for_group && member)) {
        access.who = everybody ? "everybody" : fmt::format("group {}", group.value);
        access.where = mode.where.empty() ? group.where : mode.where;
        some = true;
      } else {
        if (for_group) access.missing_group = group.value;
        all = false;
      }
      some = some || !bits;
    }
  }
  access.opens = all ? Truth::kYes : some ? Truth::kPerhaps : Truth::kNo;
  // An owner by name may be this user or not.
  const bool owned = std::any_of(outcome.owner.begin(), outcome.owner.end(), [](const auto& owner) {
    return !owner.value.empty() && owner.value != "root" && owner.value != "0";
  });
  if (owned && access.opens == Truth::kNo) access.opens = Truth::kPerhaps;
  if (access.opens != Truth::kYes && outcome.seat_access > access.opens) {
    access.opens = outcome.seat_access;
    access.who = "who sits at this machine";
    access.where = outcome.tagged_at;
  }
  if (outcome.tagged == Truth::kYes && outcome.seat_access == Truth::kNo) {
    access.late_tag_at = outcome.tagged_at;
  }
  return access;
}

void UdevDiagnosis::JudgeModemManager(const std::vector<UdevOutcome>& outcomes) {
  looks_away_ = Truth::kYes;
  for (const UdevOutcome& outcome : outcomes) {
    const auto found = outcome.environment.find(kIgnore);
    std::size_t ignoring = 0;
    std::size_t all = 1;
    if (found != outcome.environment.end()) {
      all = found->second.size();
      for (const UdevSetting& setting : found->second) {
        if (IsTrue(setting.value)) ++ignoring;
        if (!setting.where.empty()) looks_away_at_ = setting.where;
      }
    }
    const Truth here = ignoring == all ? Truth::kYes : ignoring > 0 ? Truth::kPerhaps : Truth::kNo;
    looks_away_ = std::min(looks_away_, here);
  }
}

Check UdevDiagnosis::CheckNodes(const std::string& name, const std::vector<Access>& nodes,
                                CheckLevel level_if_closed) const {
  if (!udevd_runs_) {
    return {name, CheckLevel::kWarning, "udevd does not run, so no rule has any effect",
            "in a container this is usual: run mtkrig as root there, or give the node its rights "
            "from outside"};
  }
  std::vector<std::string> closed;
  std::vector<std::string> uncertain;
  for (const Access& node : nodes) {
    if (node.opens == Truth::kNo) closed.push_back(node.id);
    if (node.opens == Truth::kPerhaps) uncertain.push_back(node.id);
  }
  if (closed.empty() && uncertain.empty()) {
    const Access& first = nodes.front();
    return {
        name, CheckLevel::kOk, fmt::format("{} lets {} open phones", first.where, first.who), {}};
  }
  if (closed.empty()) {
    const auto node = std::find_if(nodes.begin(), nodes.end(), [](const Access& access) {
      return access.opens == Truth::kPerhaps;
    });
    return {name, CheckLevel::kWarning,
            fmt::format("cannot tell whether {} can be opened: {} depends on what only udevd knows",
                        fmt::join(uncertain, ", "),
                        node->uncertain_at.empty() ? node->where : node->uncertain_at),
            fmt::format("{}; or run mtkrig doctor while a phone is plugged in", kInstallUdevRules)};
  }
  Check check{name, is_root_ ? CheckLevel::kWarning : level_if_closed,
              fmt::format("no rule lets this user open {}{}", fmt::join(closed, ", "),
                          is_root_ ? "; root needs none" : ""),
              std::string(kInstallUdevRules)};
  const auto node = std::find_if(nodes.begin(), nodes.end(),
                                 [](const Access& access) { return access.opens == Truth::kNo; });
  if (!node->late_tag_at.empty()) {
    check.detail += fmt::format(
        "; {} tags it uaccess, which {}", node->late_tag_at,
        has_seat_rules_ ? fmt::format("works only in files that sort before {}", kSeatRules)
                        : fmt::format("needs {} of systemd, and that is not here", kSeatRules));
    if (has_seat_rules_) {
      check.remedy = fmt::format("rename the file so that it begins with 60-; or {}", check.remedy);
    }
  } else if (!node->missing_group.empty()) {
    check.detail += fmt::format("; group {} may, which it is not in", node->missing_group);
    check.remedy = fmt::format("{}; or {}", AddToGroup(node->missing_group), check.remedy);
  }
  return check;
}

Check UdevDiagnosis::UsbCheck() const {
  return CheckNodes("udev rules", usb_, CheckLevel::kFailure);
}

Check UdevDiagnosis::SerialCheck() const {
  return CheckNodes("udev rules for tty", serial_, CheckLevel::kWarning);
}

std::string UdevDiagnosis::RemedyForClosedNode() const {
  const Check rules = UsbCheck();
  if (rules.level != CheckLevel::kOk) return rules.remedy;
  const bool by_seat = std::any_of(usb_.begin(), usb_.end(), [](const Access& access) {
    return access.missing_group.empty() ? false : access.who.starts_with("who");
  });
  if (!by_seat) return "plug the phone in again: the rules are for phones that come from now on";
  return fmt::format("the rules let in who sits at this machine; from elsewhere: {}",
                     AddToGroup(usb_.front().missing_group));
}

}  // namespace mtkrig::device
