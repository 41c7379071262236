#include "harness/device_opener.h"

#include <fmt/format.h>

#include <utility>

#include "emulator/emulator_transport.h"

namespace mtkrig::harness {

using protocol::DaArchive;

Result<void> CheckSupported(const Moniker& moniker) {
  if (moniker.kind == MonikerKind::kEmulator) return Ok();
  return Error(ErrorCode::kUnsupported, fmt::format("{}: this build has no {} transport yet",
                                                    moniker.text(), MonikerScheme(moniker.kind)))
      .WithHint("only phones in software can be opened; `mtkrig emulators` lists them");
}

Result<std::unique_ptr<protocol::Transport>> OpenDevice(const Moniker& moniker) {
  TRY(CheckSupported(moniker));
  return emulator::OpenEmulator(moniker.argument, {});
}

Result<std::optional<DaArchive>> LoadDaArchive(const Moniker& moniker, const std::string& file) {
  if (!file.empty()) {
    TRY_ASSIGN(DaArchive archive, DaArchive::Load(file));
    return std::optional<DaArchive>(std::move(archive));
  }
  if (moniker.kind != MonikerKind::kEmulator) return std::optional<DaArchive>();
  TRY_ASSIGN(DaArchive archive, DaArchive::Parse(ByteSpan(emulator::SyntheticDaArchive())));
  return std::optional<DaArchive>(std::move(archive));
}

}  // namespace mtkrig::harness
