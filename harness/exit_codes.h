#pragma once

// What the command's exit status says. One status for each class of error, so that a script can
// tell a missing phone from a full disk. The numbers are part of the interface: never renumbered,
// and listed in `mtkrig --help` and mtkrig(1).

#include <span>
#include <string>
#include <string_view>

#include "harness/base.h"

namespace mtkrig::harness {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitDifferent = 1;    // a check found something: trace diff, doctor, ...
inline constexpr int kExitUsage = 2;        // same as ErrorCode::kInvalidArgument
inline constexpr int kExitInternal = 70;    // a fault of mtkrig itself (EX_SOFTWARE of sysexits.h)
inline constexpr int kExitCancelled = 130;  // as a shell reports a command ended by Ctrl-C
// As a shell reports a command that wrote into a pipe which nobody reads any more.
inline constexpr int kExitReaderGone = 141;

struct ExitCodeEntry {
  ErrorCode error;
  int exit_code;
  std::string_view meaning;
};

// Every error code, each with its own exit code, in ascending order of the latter.
std::span<const ExitCodeEntry> ExitCodeTable();

int ExitCodeOf(ErrorCode error);

// The table as lines of text for the footer of --help.
std::string ExitCodeHelp();

}  // namespace mtkrig::harness
