#pragma once

// The command as a process, with a folder to work in.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/emulator_transport.h"
#include "tests/harness/process.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {

// MT6577's layout of the time, as far as this test needs it: own facts, in the old plain style.
inline constexpr const char* kScatter =
    "PRELOADER 0x0\n{\n}\n"
    "DSP_BL 0x40000\n{\n}\n"
    "MBR 0x600000\n{\n}\n"
    "EBR1 0x604000\n{\n}\n"
    "__NODL_PMT 0x660000\n{\n}\n"
    "__NODL_NVRAM 0xA60000\n{\n}\n"
    "__NODL_SECCFG 0xF60000\n{\n}\n"
    "BOOTIMG 0xF88000\n{\n}\n"
    "RECOVERY 0x1588000\n{\n}\n"
    "SEC_RO 0x1B88000\n{\n}\n";

class Command : public ::testing::Test {
 protected:
  ProcessResult Mtkrig(std::vector<std::string> arguments) const {
    return RunProcess(Line(std::move(arguments)));
  }
  static std::vector<std::string> Line(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), MTKRIG_BINARY);
    return arguments;
  }
  // Runs a line of the shell, in which $mtkrig is the command.
  static ProcessResult Shell(const std::string& line) {
    return RunProcess({"/bin/bash", "-c", "mtkrig='" + std::string(MTKRIG_BINARY) + "'; " + line});
  }
  std::string Out(std::string_view name = "") const { return (directory_ / "out" / name).string(); }
  std::string ScatterFile() const {
    Spill(directory_ / "MT6577_scatter.txt", kScatter);
    return (directory_ / "MT6577_scatter.txt").string();
  }
  // For `--da` where the phone is served: what phones in software have built in.
  std::string Agents() const {
    const std::vector<std::uint8_t>& bytes = emulator::SyntheticDaArchive();
    const std::string path = (directory_ / "built-in-agents.bin").string();
    Spill(path, std::string(bytes.begin(), bytes.end()));
    return path;
  }
  // ADDRESS:PORT of `mtkrig emulate`, once it has said "control socket:".
  static std::string ServedAt(const Process& server) {
    constexpr std::string_view kMark = " is 1-1 at ";
    const std::string& told = server.error_output();
    const std::size_t mark = told.find(kMark);
    if (mark == std::string::npos) return {};
    const std::size_t begin = mark + kMark.size();
    return told.substr(begin, told.find('\n', begin) - begin);
  }
  static nlohmann::json Json(const ProcessResult& result) {
    return nlohmann::json::parse(result.out, nullptr, false);
  }

  TemporaryDirectory directory_;
};

}  // namespace mtkrig::harness
