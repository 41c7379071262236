#pragma once

// The side file of a trace: what a replay needs to know beyond the recording. It stands beside it,
// "session.replay.yaml" for "session.pcapng", "session.wire" or "session.pcapng.zst".
//
//   ignore: [watchdog-writes, ready, gaps]
//   random:
//     - {name: SLA challenge, packet: 57, at: 4, length: 16}
//   contents:
//     - {area: user, file: user.img}
//     - {area: boot1, at: 0x20000, file: part.img, offset: 512}
//     - {phase: read BOOTIMG, file: boot.img}
//     - {area: user, storage_seed: 7}        # what an emulated phone is filled with
//     - {area: user, emulator: mt6577}       # what stands in the flash of that phone in software
//     - {phase: stage 1, sent: true, file: agent.bin}
//     - {fill: 0}
//   exact: true
//   timing: recorded
//   blanked:
//     - {at: 0x1a2, length: 0x600002}
//
// Every key is described in README.md.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "traces/replay/content_map.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::traces {

struct ReplaySettings {
  Loosenings loosenings;
  ContentMap contents;
};

// Opens an area of the flash of a phone in software, of which this folder knows nothing: whoever
// knows it says how. `phone` is a shipped profile's name, or the path of a profile. kNotFound for
// an area that the phone does not have.
using EmulatedFlashOpener = std::function<protocol::Result<std::shared_ptr<const ContentSource>>(
    const std::string& phone, FlashArea area)>;

// Where the side file of a trace stands, or would.
std::string SideFilePath(std::string_view trace_path);

// `source` is the file as messages name it; paths in it count from `folder` unless absolute. Opens
// the files that it names. kInvalidInput with the line; the errors of FileContent::Open. Without
// `open_flash`, 'emulator' is kUnsupported.
protocol::Result<ReplaySettings> ParseSideFile(std::string_view text, std::string_view source,
                                               const std::string& folder,
                                               const EmulatedFlashOpener& open_flash = nullptr);

// "none" and "recorded".
std::optional<ReplayTiming> ParseReplayTiming(std::string_view name);
std::vector<std::string> ReplayTimingNames();

// What of it loosens a replay, and makes it stricter, without opening a file that it names.
protocol::Result<Loosenings> ParseLoosenings(std::string_view text, std::string_view source);

// kNotFound, kPermissionDenied, kIo and those of ParseSideFile.
protocol::Result<ReplaySettings> LoadSideFile(const std::string& path,
                                              const EmulatedFlashOpener& open_flash = nullptr);

// The settings of the side file that belongs to a trace; strict ones when there is no such file.
protocol::Result<ReplaySettings> SettingsOfTrace(const std::string& trace_path,
                                                 const EmulatedFlashOpener& open_flash = nullptr);

}  // namespace mtkrig::traces
