#include "harness/exit_codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace mtkrig::harness {
namespace {

constexpr std::array<ExitCodeEntry, 19> kTable = {{
    {ErrorCode::kInvalidArgument, kExitUsage, "the command line cannot mean anything"},
    {ErrorCode::kInvalidInput, 3, "a file is malformed"},
    {ErrorCode::kNotFound, 4, "a file, partition, profile or device does not exist"},
    {ErrorCode::kExists, 5, "an output exists already"},
    {ErrorCode::kUnsupported, 6, "this version or this computer does not do it"},
    {ErrorCode::kPermissionDenied, 7, "permission denied"},
    {ErrorCode::kBusy, 8, "another program holds the device or the output"},
    {ErrorCode::kNoSpace, 9, "no space on the disk"},
    {ErrorCode::kIo, 10, "any other failure of the file system"},
    {ErrorCode::kTimeout, 11, "the phone did not answer in time"},
    {ErrorCode::kDisconnected, 12, "the phone went away"},
    {ErrorCode::kTransport, 13, "the line to the phone failed"},
    {ErrorCode::kProtocol, 14, "an answer does not fit the protocol, or a replay its recording"},
    {ErrorCode::kDeviceRefused, 15, "the phone refused"},
    {ErrorCode::kSecured, 16, "the phone demands its vendor's authentication"},
    {ErrorCode::kChecksum, 17, "data arrived damaged"},
    {ErrorCode::kNoAgentForChip, 18, "the download agent file has no entry for this chip"},
    {ErrorCode::kWriteRefused, 19, "refused to send what could change the phone"},
    {ErrorCode::kCancelled, kExitCancelled, "stopped by Ctrl-C or a signal"},
}};

}  // namespace

std::span<const ExitCodeEntry> ExitCodeTable() {
  return kTable;
}

int ExitCodeOf(ErrorCode error) {
  const auto* const entry = std::find_if(
      kTable.begin(), kTable.end(), [error](const ExitCodeEntry& e) { return e.error == error; });
  return entry == kTable.end() ? kExitInternal : entry->exit_code;
}

std::string ExitCodeHelp() {
  std::string text = "Exit status:\n";
  const auto line = [&text](int code, std::string_view meaning) {
    fmt::format_to(std::back_inserter(text), "  {:>3}  {}\n", code, meaning);
  };
  line(kExitSuccess, "success");
  line(kExitDifferent, "a check found something: scatter check, doctor, trace diff, replay-host");
  for (const ExitCodeEntry& entry : kTable) {
    if (entry.exit_code < kExitInternal) line(entry.exit_code, entry.meaning);
  }
  line(kExitInternal, "a fault of mtkrig itself");
  line(kExitCancelled, "stopped by Ctrl-C or a signal");
  line(kExitReaderGone, "the reader of standard output went away, as head does");
  text +=
      "With --json \"ok\" is true when the status is 0. After 1 there is no error:\n"
      "\"results\" tell what was found.\n";
  return text;
}

}  // namespace mtkrig::harness
