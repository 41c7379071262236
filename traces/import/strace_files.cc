#include "traces/import/strace_files.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mtkrig::traces {
namespace {

constexpr std::size_t kMaxFiles = 4096;
constexpr std::size_t kMaxPath = 4096;

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool IsSerialPort(std::string_view path) {
  constexpr std::array<std::string_view, 7> kStarts = {"/dev/ttyACM",  "/dev/ttyUSB", "/dev/ttyS",
                                                       "/dev/serial/", "/dev/cu.",    "/dev/tty.",
                                                       "/dev/ttyMTK"};
  return std::any_of(kStarts.begin(), kStarts.end(),
                     [&](std::string_view start) { return StartsWith(path, start); });
}

std::string StraceFiles::PathOf(std::uint64_t process, int file) const {
  auto found = paths_.find({process, file});
  if (found == paths_.end()) found = paths_.find({0, file});
  return found == paths_.end() ? std::string() : found->second;
}

void StraceFiles::Set(std::uint64_t process, int file, const std::string& path) {
  for (const std::uint64_t owner : {process, std::uint64_t{0}}) {
    if (path.empty()) {
      paths_.erase({owner, file});
    } else if (paths_.size() < kMaxFiles) {
      paths_[{owner, file}] = path;
    }
  }
}

int StraceFiles::OriginalOf(std::uint64_t process, int file) const {
  auto found = originals_.find({process, file});
  if (found == originals_.end()) found = originals_.find({0, file});
  return found == originals_.end() ? file : found->second;
}

void StraceFiles::SetOriginal(std::uint64_t process, int file, int original) {
  if (const auto before = originals_.find({0, file}); before != originals_.end()) {
    if (--copies_[before->second] == 0) copies_.erase(before->second);
  }
  for (const std::uint64_t owner : {process, std::uint64_t{0}}) {
    if (file == original) {
      originals_.erase({owner, file});
    } else if (originals_.size() < kMaxFiles) {
      originals_[{owner, file}] = original;
    }
  }
  if (const auto after = originals_.find({0, file}); after != originals_.end()) {
    ++copies_[after->second];
  }
}

bool StraceFiles::IsOpen(std::uint64_t process, int original, const std::string& path) const {
  if (copies_.contains(original)) return true;
  return OriginalOf(process, original) == original && PathOf(process, original) == path;
}

std::optional<StraceOpening> StraceFiles::Follow(const StraceCall& call) {
  const bool opens = IsOneOf(call.name, {"open", "openat", "openat2", "creat"});
  const bool copies = IsOneOf(call.name, {"dup", "dup2", "dup3", "fcntl", "fcntl64"});
  if (!opens && !copies && call.name != "close") return std::nullopt;
  if (copies && StartsWith(call.name, "fcntl") && !Contains(call.rest, "F_DUPFD")) {
    return std::nullopt;
  }
  const StraceParts parts = ParseStraceCall(call.rest);
  if (!parts.has_result || parts.result < 0 || !parts.error.empty()) return std::nullopt;
  const int result = static_cast<int>(parts.result);
  if (call.name == "close") {
    if (!parts.file.has_value()) return std::nullopt;
    StraceOpening closed{.path = PathOf(call.process, *parts.file), .opened = false};
    const int original = OriginalOf(call.process, *parts.file);
    Set(call.process, *parts.file, "");
    SetOriginal(call.process, *parts.file, *parts.file);
    if (IsOpen(call.process, original, closed.path)) return std::nullopt;
    return closed;
  }
  if (copies) {
    if (!parts.file.has_value()) return std::nullopt;
    Set(call.process, result, parts.path.empty() ? PathOf(call.process, *parts.file) : parts.path);
    SetOriginal(call.process, result, OriginalOf(call.process, *parts.file));
    return std::nullopt;
  }
  if (parts.data.size() > kMaxPath || parts.data_cut) return std::nullopt;
  StraceOpening opened{.path = std::string(parts.data.begin(), parts.data.end())};
  if (opened.path.empty()) return std::nullopt;
  Set(call.process, result, opened.path);
  SetOriginal(call.process, result, result);
  return opened;
}

std::optional<StraceTransfer> StraceFiles::Transfer(const StraceCall& call) {
  const bool reads = IsOneOf(call.name, {"read", "readv"});
  if (!reads && !IsOneOf(call.name, {"write", "writev"})) return std::nullopt;
  StraceParts parts = ParseStraceCall(call.rest);
  StraceTransfer transfer;
  transfer.direction = reads ? Direction::kToHost : Direction::kToPhone;
  if (!parts.file.has_value()) return std::nullopt;
  transfer.file = *parts.file;
  if (!parts.path.empty()) Set(call.process, transfer.file, parts.path);
  transfer.path = parts.path.empty() ? PathOf(call.process, transfer.file) : parts.path;
  transfer.file = OriginalOf(call.process, transfer.file);
  transfer.error = parts.error;
  transfer.took = parts.took;
  transfer.unknown = !parts.has_result || call.begins_late;
  transfer.resumed = call.resumed;
  if (parts.result > 0) transfer.length = static_cast<std::uint64_t>(parts.result);
  transfer.bytes = std::move(parts.data);
  if (transfer.bytes.size() > transfer.length) transfer.bytes.resize(transfer.length);
  return transfer;
}

}  // namespace mtkrig::traces
