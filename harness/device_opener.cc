#include "harness/device_opener.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "emulator/emulator_transport.h"
#include "harness/output/file_system.h"

namespace mtkrig::harness {
namespace {

// The largest archives of the legacy family are some 20 MiB.
constexpr std::uint64_t kMaxArchiveBytes = 0x10000000;

}  // namespace

Result<std::unique_ptr<protocol::Transport>> OpenDevice(const Moniker& moniker) {
  if (moniker.kind == MonikerKind::kEmulator) {
    return emulator::OpenEmulator(moniker.argument, {});
  }
  return Error(ErrorCode::kUnsupported, fmt::format("{}: this build has no {} transport yet",
                                                    moniker.text(), MonikerScheme(moniker.kind)))
      .WithHint("only phones in software can be opened; `mtkrig emulators` lists them");
}

Result<protocol::DaArchive> LoadDaArchive(const Moniker& moniker,
                                          const std::optional<std::filesystem::path>& file) {
  if (file) {
    TRY_ASSIGN(std::vector<std::uint8_t> bytes, ReadFile(*file, kMaxArchiveBytes));
    Result<protocol::DaArchive> archive = protocol::DaArchive::Parse(std::move(bytes));
    if (!archive) return std::move(archive).error().During(file->string());
    return archive;
  }
  if (moniker.kind == MonikerKind::kEmulator) {
    return protocol::DaArchive::Parse(emulator::SyntheticDaArchive());
  }
  return Error(ErrorCode::kInvalidArgument, "a real phone needs a download agent")
      .WithHint("name one with --da FILE: the MTK_AllInOne_DA.bin of the phone's flash tool");
}

}  // namespace mtkrig::harness
