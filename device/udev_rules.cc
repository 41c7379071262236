#include "device/udev_rules.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace mtkrig::device {
namespace {

Truth And(Truth a, Truth b) {
  return std::min(a, b);
}
Truth Or(Truth a, Truth b) {
  return std::max(a, b);
}

bool HasSubstitution(std::string_view text) {
  return text.find_first_of("$%") != std::string_view::npos;
}

bool MatchesPattern(const std::string& text, std::string_view pattern) {
  while (true) {
    const std::size_t bar = std::min(pattern.find('|'), pattern.size());
    if (::fnmatch(std::string(pattern.substr(0, bar)).c_str(), text.c_str(), 0) == 0) return true;
    if (bar == pattern.size()) return false;
    pattern.remove_prefix(bar + 1);
  }
}

Truth Compare(const UdevValues& values, const UdevToken& token) {
  if (values.any || HasSubstitution(token.value)) return Truth::kPerhaps;
  std::size_t matching = 0;
  for (const std::string& value : values.possible) {
    if (MatchesPattern(value, token.value)) ++matching;
  }
  const bool wanted = token.op == UdevOperator::kEqual;
  const std::size_t fitting = wanted ? matching : values.possible.size() - matching;
  if (fitting == 0) return Truth::kNo;
  return fitting == values.possible.size() ? Truth::kYes : Truth::kPerhaps;
}

const UdevValues& Anything() {
  static const UdevValues kAnything = {.possible = {}, .any = true};
  return kAnything;
}

UdevValues Known(std::set<std::string> possible) {
  return {.possible = std::move(possible), .any = false};
}

bool IsOfParents(const UdevToken& token) {
  constexpr std::array<std::string_view, 5> kKeys = {"KERNELS", "SUBSYSTEMS", "DRIVERS", "ATTRS",
                                                     "TAGS"};
  return std::find(kKeys.begin(), kKeys.end(), token.key) != kKeys.end();
}

// Who sets what is known of udev's own builtins; the database of hardware has none of these ids.
constexpr std::string_view kSetByBuiltins =
    "ID_VENDOR*|ID_MODEL*|ID_SERIAL*|ID_USB_*|ID_PATH*|ID_*_FROM_DATABASE|ID_BUS|ID_TYPE|"
    "ID_REVISION|ID_INSTANCE|ID_AUTOSUSPEND";

class Evaluator {
 public:
  explicit Evaluator(const UdevDevice& device)
      : device_(device), environment_(device.environment) {}

  void Run(const UdevFile& file);
  UdevOutcome Take() { return std::move(outcome_); }

 private:
  // How control came to a line: surely, perhaps (a jump over it depends), or not.
  Truth Arrive(const UdevLine& line);
  void Jump(const UdevFile& file, const UdevLine& from, const std::string& label, Truth fits);

  Truth Match(const UdevLine& line);
  Truth MatchOwn(const UdevToken& token);
  Truth MatchParents(const std::vector<const UdevToken*>& tokens) const;
  static Truth MatchLevel(const UdevLevel& level, const UdevToken& token);
  Truth Import(const UdevToken& token);
  UdevValues Environment(const std::string& name) const;
  Truth Tag(const std::string& name) const;

  void Assign(const UdevToken& token, Truth matches);
  void AssignTag(const UdevToken& token, Truth matches);
  void AssignEnvironment(const UdevToken& token, Truth matches);
  void Set(std::vector<UdevSetting>& settings, Truth& is_final, const UdevToken& token,
           Truth matches);
  void NoteUncertain(Truth matches) {
    if (matches == Truth::kPerhaps && outcome_.uncertain_at.empty()) outcome_.uncertain_at = where_;
  }

  const UdevDevice& device_;
  std::map<std::string, UdevValues> environment_;
  std::map<std::string, Truth> tags_;
  std::string imported_ = "";  // patterns of properties that may have been set unseen
  Truth mode_is_final_ = Truth::kNo;
  Truth group_is_final_ = Truth::kNo;
  Truth owner_is_final_ = Truth::kNo;
  UdevOutcome outcome_;

  std::string where_;
  Truth here_ = Truth::kYes;
  std::set<const UdevLine*> targets_;  // of jumps under way
};

void Evaluator::Run(const UdevFile& file) {
  // Labels are a file's own.
  here_ = Truth::kYes;
  targets_.clear();
  if (!file.readable) {
    where_ = file.path;
    NoteUncertain(Truth::kPerhaps);
  }
  for (const UdevLine& line : file.lines) {
    here_ = Arrive(line);
    if (here_ == Truth::kNo) continue;
    where_ = fmt::format("{}:{}", file.path, line.number);
    const Truth fits = Match(line);
    const Truth matches = And(here_, fits);
    if (matches == Truth::kNo) continue;
    std::string label;
    for (const UdevToken& token : line.tokens) {
      if (token.compares()) continue;
      if (token.key == "GOTO") {
        label = token.value;
      } else {
        Assign(token, matches);
      }
    }
    if (!label.empty()) Jump(file, line, label, fits);
  }
}

Truth Evaluator::Arrive(const UdevLine& line) {
  if (targets_.erase(&line) == 0) return here_;
  // All ways are together again when none leads past this line.
  return targets_.empty() ? Truth::kYes : Truth::kPerhaps;
}

void Evaluator::Jump(const UdevFile& file, const UdevLine& from, const std::string& label,
                     Truth fits) {
  const auto is_target = [&label](const UdevLine& line) {
    return std::any_of(line.tokens.begin(), line.tokens.end(), [&label](const UdevToken& token) {
      return token.key == "LABEL" && token.value == label;
    });
  };
  const auto behind = file.lines.begin() + (&from - file.lines.data()) + 1;
  const auto target = std::find_if(behind, file.lines.end(), is_target);
  // udevd jumps forwards only, and ignores what leads nowhere.
  if (target == file.lines.end()) return;
  targets_.insert(&*target);
  here_ = fits == Truth::kYes ? Truth::kNo : Truth::kPerhaps;
}

Truth Evaluator::Match(const UdevLine& line) {
  Truth all = Truth::kYes;
  std::vector<const UdevToken*> of_parents;
  for (const UdevToken& token : line.tokens) {
    if (!KnownUdevKey(token.key)) all = And(all, Truth::kPerhaps);
    if (token.compares() && IsOfParents(token)) {
      of_parents.push_back(&token);
    } else if (token.compares() && token.key != "PROGRAM" && token.key != "IMPORT") {
      all = And(all, MatchOwn(token));
    }
  }
  if (!of_parents.empty()) all = And(all, MatchParents(of_parents));
  // What is run or imported comes last, and its failure ends the line too.
  for (const UdevToken& token : line.tokens) {
    if (all == Truth::kNo) break;
    if (token.key == "PROGRAM") all = And(all, Truth::kPerhaps);
    if (token.key == "IMPORT") all = And(all, Import(token));
  }
  return all;
}

Truth Evaluator::MatchOwn(const UdevToken& token) {
  const UdevLevel& self = device_.chain.front();
  if (token.key == "ACTION") return Compare(Known({"add"}), token);
  if (token.key == "SUBSYSTEM") return Compare(self.subsystem, token);
  if (token.key == "KERNEL") return Compare(self.kernel, token);
  if (token.key == "DRIVER") return Compare(self.driver, token);
  if (token.key == "ATTR") return MatchLevel(self, token);
  if (token.key == "ENV") return Compare(Environment(token.attribute), token);
  if (token.key == "TAG") {
    if (token.value.find_first_of("|*?[") != std::string::npos) return Truth::kPerhaps;
    const Truth tagged = Tag(token.value);
    if (token.op == UdevOperator::kEqual || tagged == Truth::kPerhaps) return tagged;
    return tagged == Truth::kYes ? Truth::kNo : Truth::kYes;
  }
  // DEVPATH, NAME, SYMLINK, TEST, RESULT, CONST, SYSCTL, and what a later udev has.
  return Truth::kPerhaps;
}

Truth Evaluator::MatchParents(const std::vector<const UdevToken*>& tokens) const {
  // All of one line must be true of the same device.
  Truth any = Truth::kNo;
  for (const UdevLevel& level : device_.chain) {
    Truth all = Truth::kYes;
    for (const UdevToken* token : tokens) all = And(all, MatchLevel(level, *token));
    any = Or(any, all);
  }
  return any;
}

Truth Evaluator::MatchLevel(const UdevLevel& level, const UdevToken& token) {
  if (token.key == "SUBSYSTEMS") return Compare(level.subsystem, token);
  if (token.key == "KERNELS") return Compare(level.kernel, token);
  if (token.key == "DRIVERS") return Compare(level.driver, token);
  if (token.key == "TAGS") return Truth::kPerhaps;
  const auto found = level.attributes.find(token.attribute);
  if (found != level.attributes.end()) return Compare(found->second, token);
  // A file that is not there fits neither == nor !=.
  const bool of_usb = token.attribute == "idVendor" || token.attribute == "idProduct";
  return of_usb && !level.is_usb_device ? Truth::kNo : Truth::kPerhaps;
}

// IMPORT{builtin}="usb_id" and the like.
Truth Evaluator::Import(const UdevToken& token) {
  std::string patterns = token.value;  // of db, cmdline and parent
  if (token.attribute == "builtin") patterns = kSetByBuiltins;
  if (token.attribute == "program" || token.attribute == "file" || HasSubstitution(patterns)) {
    patterns = "*";
  }
  imported_ += (imported_.empty() ? "" : "|") + patterns;
  if (token.attribute == "builtin" && token.value == "usb_id") {
    const auto copy = [this](const char* attribute, const char* property) {
      for (const UdevLevel& level : device_.chain) {
        const auto found = level.attributes.find(attribute);
        if (found == level.attributes.end()) continue;
        environment_[property] = found->second;
        return;
      }
    };
    copy("idVendor", "ID_VENDOR_ID");
    copy("idProduct", "ID_MODEL_ID");
    environment_["ID_BUS"] = Known({"usb"});
    // Communication and data, in either order.
    environment_["ID_USB_INTERFACES"] = Known({":020201:0a0000:", ":0a0000:020201:"});
    return Truth::kYes;
  }
  return token.attribute == "builtin" && token.value == "path_id" ? Truth::kYes : Truth::kPerhaps;
}

UdevValues Evaluator::Environment(const std::string& name) const {
  const auto found = environment_.find(name);
  if (found != environment_.end()) return found->second;
  if (!imported_.empty() && MatchesPattern(name, imported_)) return Anything();
  return Known({""});
}

Truth Evaluator::Tag(const std::string& name) const {
  const auto found = tags_.find(name);
  return found == tags_.end() ? Truth::kNo : found->second;
}

void Evaluator::Assign(const UdevToken& token, Truth matches) {
  if (token.key == "MODE") {
    Set(outcome_.mode, mode_is_final_, token, matches);
  } else if (token.key == "GROUP") {
    Set(outcome_.group, group_is_final_, token, matches);
  } else if (token.key == "OWNER") {
    Set(outcome_.owner, owner_is_final_, token, matches);
  } else if (token.key == "TAG") {
    AssignTag(token, matches);
  } else if (token.key == "ENV") {
    AssignEnvironment(token, matches);
  } else if (token.key == "RUN") {
    const bool acts_on_tag = token.attribute == "builtin" && token.value == "uaccess";
    if (acts_on_tag) outcome_.seat_access = Or(outcome_.seat_access, matches);
    for (const char* program : {"chmod", "chown", "chgrp", "setfacl"}) {
      if (token.value.find(program) != std::string::npos) NoteUncertain(Truth::kPerhaps);
    }
  }
}

void Evaluator::Set(std::vector<UdevSetting>& settings, Truth& is_final, const UdevToken& token,
                    Truth matches) {
  if (is_final == Truth::kYes) return;
  const Truth takes = is_final == Truth::kPerhaps ? And(matches, Truth::kPerhaps) : matches;
  if (token.op == UdevOperator::kFinal) is_final = Or(is_final, matches);
  if (takes == Truth::kYes) settings.clear();
  if (takes == Truth::kPerhaps && settings.empty()) settings.push_back({});
  settings.push_back({.value = token.value, .where = where_});
  NoteUncertain(takes);
}

void Evaluator::AssignTag(const UdevToken& token, Truth matches) {
  constexpr const char* kSeatTag = "uaccess";
  // "=" takes all other tags away. A tag that is put together is that of a seat.
  const bool replaces = token.op == UdevOperator::kAssign || token.op == UdevOperator::kFinal;
  const bool removes = token.op == UdevOperator::kRemove;
  for (auto& [name, tagged] : tags_) {
    const bool goes = removes ? name == token.value : replaces && name != token.value;
    if (goes) tagged = matches == Truth::kYes ? Truth::kNo : And(tagged, Truth::kPerhaps);
  }
  if (!removes) tags_[token.value] = Or(Tag(token.value), matches);
  outcome_.tagged = Tag(kSeatTag);
  if (token.value != kSeatTag || removes) return;
  NoteUncertain(matches);
  if (outcome_.tagged_at.empty()) outcome_.tagged_at = where_;
}

void Evaluator::AssignEnvironment(const UdevToken& token, Truth matches) {
  UdevValues value = Known({token.value});
  const UdevValues before = Environment(token.attribute);
  const bool adds = token.op == UdevOperator::kAdd && before.possible != std::set<std::string>{""};
  if (adds || HasSubstitution(token.value)) value = Anything();
  if (matches == Truth::kPerhaps) {
    value.possible.insert(before.possible.begin(), before.possible.end());
    value.any = value.any || before.any;
  }
  std::vector<UdevSetting>& settings = outcome_.environment[token.attribute];
  if (matches == Truth::kYes) settings.clear();
  if (settings.empty() && matches == Truth::kPerhaps) settings.push_back({});
  settings.push_back({.value = value.any ? "?" : token.value, .where = where_});
  environment_[token.attribute] = std::move(value);
}

UdevLevel UsbDeviceLevel(UsbId id) {
  UdevLevel level;
  level.subsystem = Known({"usb"});
  // At two places, so that a rule for one port is one that depends.
  level.kernel = Known({"1-1", "2-1.4"});
  level.driver = Known({"usb"});
  level.attributes["idVendor"] = Known({fmt::format("{:04x}", id.vendor)});
  level.attributes["idProduct"] = Known({fmt::format("{:04x}", id.product)});
  level.attributes["bDeviceClass"] = Known({"02"});
  return level;
}

// The ports of the machine itself, and the controller behind them.
void AddHost(std::vector<UdevLevel>& chain) {
  UdevLevel root_hub = UsbDeviceLevel({0x1d6b, 0x0002});
  root_hub.kernel = Known({"usb1", "usb2"});
  root_hub.attributes["bDeviceClass"] = Known({"09"});
  chain.push_back(std::move(root_hub));
  chain.push_back({.subsystem = Known({"pci"}),
                   .kernel = Anything(),
                   .driver = Anything(),
                   .attributes = {},
                   .is_usb_device = false});
}

}  // namespace

UdevDevice UdevPhone(UsbId id) {
  UdevDevice device;
  device.environment = {
      {"ACTION", Known({"add"})},
      {"SUBSYSTEM", Known({"usb"})},
      {"DEVTYPE", Known({"usb_device"})},
      {"MAJOR", Known({"189"})},
      {"PRODUCT", Known({fmt::format("{:x}/{:x}/100", id.vendor, id.product)})},
  };
  for (const char* name : {"MINOR", "DEVNAME", "DEVPATH", "DEVNUM", "BUSNUM", "TYPE", "SEQNUM",
                           "MODALIAS", "DRIVER"}) {
    device.environment[name] = Anything();
  }
  device.chain.push_back(UsbDeviceLevel(id));
  AddHost(device.chain);
  return device;
}

UdevDevice UdevPhoneTty(UsbId id) {
  UdevDevice device;
  device.environment = {
      {"ACTION", Known({"add"})}, {"SUBSYSTEM", Known({"tty"})}, {"MAJOR", Known({"166"})}};
  for (const char* name : {"MINOR", "DEVNAME", "DEVPATH", "SEQNUM"}) {
    device.environment[name] = Anything();
  }
  device.chain.push_back({.subsystem = Known({"tty"}),
                          .kernel = Known({"ttyACM0", "ttyACM12"}),
                          .driver = Known({""}),
                          .attributes = {},
                          .is_usb_device = false});
  device.chain.push_back({.subsystem = Known({"usb"}),
                          .kernel = Known({"1-1:1.0", "2-1.4:1.1"}),
                          .driver = Known({"cdc_acm"}),
                          .attributes = {},
                          .is_usb_device = false});
  device.chain.push_back(UsbDeviceLevel(id));
  AddHost(device.chain);
  return device;
}

UdevOutcome ApplyUdevRules(const std::vector<UdevFile>& files, const UdevDevice& device) {
  Evaluator evaluator(device);
  for (const UdevFile& file : files) evaluator.Run(file);
  return evaluator.Take();
}

}  // namespace mtkrig::device
