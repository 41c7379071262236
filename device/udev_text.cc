#include "device/udev_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "device/common.h"

namespace mtkrig::device {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr std::size_t kLongestLine = 16384;  // UTIL_LINE_SIZE of udev; longer ones are dropped
constexpr std::string_view kBlank = " \t\r\v\f";

enum class Use { kCompared, kAssigned, kBoth, kNeither };
struct Key {
  std::string_view name;
  Use use;
};
constexpr std::array kKeys = {
    Key{"ACTION", Use::kCompared},
    Key{"DEVPATH", Use::kCompared},
    Key{"KERNEL", Use::kCompared},
    Key{"KERNELS", Use::kCompared},
    Key{"SUBSYSTEM", Use::kCompared},
    Key{"SUBSYSTEMS", Use::kCompared},
    Key{"DRIVER", Use::kCompared},
    Key{"DRIVERS", Use::kCompared},
    Key{"ATTRS", Use::kCompared},
    Key{"TAGS", Use::kCompared},
    Key{"TEST", Use::kCompared},
    Key{"RESULT", Use::kCompared},
    Key{"CONST", Use::kCompared},
    Key{"OWNER", Use::kAssigned},
    Key{"GROUP", Use::kAssigned},
    Key{"MODE", Use::kAssigned},
    Key{"SECLABEL", Use::kAssigned},
    Key{"RUN", Use::kAssigned},
    Key{"OPTIONS", Use::kAssigned},
    Key{"GOTO", Use::kAssigned},
    Key{"LABEL", Use::kAssigned},
    Key{"NAME", Use::kBoth},
    Key{"SYMLINK", Use::kBoth},
    Key{"ENV", Use::kBoth},
    Key{"TAG", Use::kBoth},
    Key{"ATTR", Use::kBoth},
    Key{"SYSCTL", Use::kBoth},
    Key{"PROGRAM", Use::kBoth},
    Key{"IMPORT", Use::kBoth},
    // Of udev before 2012; all since complain and drop the line.
    Key{"SYSFS", Use::kNeither},
    Key{"BUS", Use::kNeither},
    Key{"ID", Use::kNeither},
};

const Key* FindKey(std::string_view name) {
  const auto* found =
      std::find_if(kKeys.begin(), kKeys.end(), [name](const Key& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

bool FitsItsKey(const UdevToken& token) {
  const Key* key = FindKey(token.key);
  if (key == nullptr) return true;
  const bool jump = token.key == "GOTO" || token.key == "LABEL";
  if (jump && token.op != UdevOperator::kAssign) return false;
  if (key->use == Use::kNeither) return false;
  return key->use == Use::kBoth || (key->use == Use::kCompared) == token.compares();
}

// Reads one line from its front.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : left_(line) {}

  // False: nothing but blanks and commas is left.
  bool HasMore() {
    const std::size_t start = left_.find_first_not_of(" \t\r\v\f,");
    left_.remove_prefix(std::min(start, left_.size()));
    return !left_.empty();
  }
  std::optional<UdevToken> TakeToken() {
    UdevToken token;
    const std::size_t end = left_.find_first_of("=!+-:{ \t\r\v\f");
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    token.key = left_.substr(0, end);
    left_.remove_prefix(end);
    if (left_.front() == '{') {
      const std::size_t close = left_.find('}');
      if (close == std::string_view::npos) return std::nullopt;
      token.attribute = left_.substr(1, close - 1);
      left_.remove_prefix(close + 1);
    }
    SkipBlank();
    if (!TakeOperator(token.op)) return std::nullopt;
    SkipBlank();
    if (!TakeValue(token.value)) return std::nullopt;
    return token;
  }

 private:
  void SkipBlank() { left_.remove_prefix(std::min(left_.find_first_not_of(kBlank), left_.size())); }
  bool TakeOperator(UdevOperator& op) {
    constexpr std::array<std::pair<std::string_view, UdevOperator>, 6> kOperators = {{
        {"==", UdevOperator::kEqual},
        {"!=", UdevOperator::kUnequal},
        {"+=", UdevOperator::kAdd},
        {"-=", UdevOperator::kRemove},
        {":=", UdevOperator::kFinal},
        {"=", UdevOperator::kAssign},
    }};
    for (const auto& [text, meaning] : kOperators) {
      if (!left_.starts_with(text)) continue;
      op = meaning;
      left_.remove_prefix(text.size());
      return true;
    }
    return false;
  }
  // In quotes, in which \" stands for a quote; in e"..." other escapes are C's, which no value that
  // matters here needs.
  bool TakeValue(std::string& value) {
    if (left_.starts_with("e\"")) left_.remove_prefix(1);
    if (!left_.starts_with('"')) return false;
    left_.remove_prefix(1);
    while (!left_.empty() && left_.front() != '"') {
      if (left_.starts_with("\\\"")) left_.remove_prefix(1);
      value.push_back(left_.front());
      left_.remove_prefix(1);
    }
    if (left_.empty()) return false;
    left_.remove_prefix(1);
    return true;
  }

  std::string_view left_;
};

// Empty for a line that udevd drops.
std::vector<UdevToken> ParseLine(std::string_view line) {
  std::vector<UdevToken> tokens;
  LineReader reader(line);
  while (reader.HasMore()) {
    std::optional<UdevToken> token = reader.TakeToken();
    if (!token || !FitsItsKey(*token)) return {};
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

UdevFile ReadFile(const fs::path& root, const fs::path& below_root) {
  UdevFile file{.path = "/" + below_root.string(), .readable = true, .lines = {}};
  std::error_code error;
  const fs::path path = root / below_root;
  if (!fs::is_regular_file(path, error)) return file;
  const std::vector<std::uint8_t> bytes = ReadBytes(path.string(), kLargestFile);
  file.readable = !bytes.empty() || fs::file_size(path, error) == 0;
  file.lines = ParseUdevRules({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return file;
}

}  // namespace

bool KnownUdevKey(std::string_view key) {
  return FindKey(key) != nullptr;
}

std::vector<UdevLine> ParseUdevRules(std::string_view text) {
  std::vector<UdevLine> lines;
  std::string joined;
  bool continues = false;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    // A comment is none of a line that goes on, wherever it stands.
    if (line.starts_with('#')) continue;
    if (!continues) joined.clear();
    continues = line.ends_with('\\');
    if (continues) line.remove_suffix(1);
    // Beyond its longest line udevd takes nothing of it.
    if (joined.size() < kLongestLine) joined += line;
    if (continues || joined.size() >= kLongestLine) continue;
    std::vector<UdevToken> tokens = ParseLine(joined);
    if (!tokens.empty()) lines.push_back({.number = number, .tokens = std::move(tokens)});
  }
  return lines;
}

std::vector<UdevFile> ReadUdevRules(const fs::path& root) {
  std::map<std::string, fs::path> names;
  for (const char* folder : {"etc/udev/rules.d", "run/udev/rules.d", "usr/local/lib/udev/rules.d",
                             "usr/lib/udev/rules.d", "lib/udev/rules.d"}) {
    std::error_code error;
    for (fs::directory_iterator it(root / folder, error), end; !error && it != end;
         it.increment(error)) {
      const fs::path name = it->path().filename();
      if (name.extension() == ".rules") names.emplace(name.string(), fs::path(folder) / name);
    }
  }
  std::vector<UdevFile> files;
  files.reserve(names.size());
  for (const auto& [name, path] : names) files.push_back(ReadFile(root, path));
  return files;
}

}  // namespace mtkrig::device
