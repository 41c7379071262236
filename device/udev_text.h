#pragma once

// The text of udev's rules as udevd reads it (udev(7)): which files count, and the lines in them.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::device {

enum class UdevOperator { kEqual, kUnequal, kAssign, kAdd, kRemove, kFinal };

struct UdevToken {
  std::string key;        // "ATTR"
  std::string attribute;  // "idVendor", or empty
  UdevOperator op = UdevOperator::kEqual;
  std::string value;

  bool compares() const { return op == UdevOperator::kEqual || op == UdevOperator::kUnequal; }
};

struct UdevLine {
  int number = 0;  // of its last line in the file, as udevd counts
  std::vector<UdevToken> tokens;
};

struct UdevFile {
  std::string path;  // "/etc/udev/rules.d/60-mtkrig.rules"
  bool readable = true;
  std::vector<UdevLine> lines;
};

// Whether this version of udev has such a key. What it does not know, a later udev may.
bool KnownUdevKey(std::string_view key);

// Comments are left away, and so are lines that udevd drops: malformed ones, and those that assign
// to what can only be compared or the other way round (SUBSYSTEM="usb", MODE=="0666").
std::vector<UdevLine> ParseUdevRules(std::string_view text);

// All files below `root`, in the order in which udevd goes through them: by name, whatever their
// folder. Of several with the same name that of the first folder counts, in the order of /etc,
// /run, /usr/local/lib, /usr/lib, /lib; a link to /dev/null is how an administrator switches one
// off.
std::vector<UdevFile> ReadUdevRules(const std::filesystem::path& root);

}  // namespace mtkrig::device
