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
//     - {phase: stage 1, sent: true, file: agent.bin}
//     - {fill: 0}
//
// Every key is described in README.md.

#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "traces/replay/content_map.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::traces {

struct ReplaySettings {
  Loosenings loosenings;
  ContentMap contents;
};

// Where the side file of a trace stands, or would.
std::string SideFilePath(std::string_view trace_path);

// `source` is the file as messages name it; paths in it count from `folder` unless absolute. Opens
// the files that it names. kInvalidInput with the line; the errors of FileContent::Open.
protocol::Result<ReplaySettings> ParseSideFile(std::string_view text, std::string_view source,
                                               const std::string& folder);

// kNotFound, kPermissionDenied, kIo and those of ParseSideFile.
protocol::Result<ReplaySettings> LoadSideFile(const std::string& path);

// The settings of the side file that belongs to a trace; strict ones when there is no such file.
protocol::Result<ReplaySettings> SettingsOfTrace(const std::string& trace_path);

}  // namespace mtkrig::traces
