#pragma once

// What an unfinished image is: written beside its .part file so that --resume can prove that it
// continues the same range of the same phone. It goes when the image is in the manifest, so that
// one which got its name and no entry (the disk was full, the process killed) is known too.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/base.h"
#include "harness/output/device_fingerprint.h"
#include "harness/output/hashing_writer.h"
#include "protocol/layout/partition.h"

namespace mtkrig::harness {

struct Journal {
  protocol::FlashRange range;
  DeviceMark device;
  Checkpoint reached;
};

// out/boot.img -> out/.boot.img.part and out/.boot.img.part.json
std::filesystem::path PartPath(const std::filesystem::path& target);
std::filesystem::path JournalPath(const std::filesystem::path& target);

// Where the disk is full, the journal that is there is written over: it always has the same length.
Result<void> WriteJournal(const std::filesystem::path& target, const Journal& journal);
// Empty when there is none. kInvalidInput when there is one that cannot be understood.
Result<std::optional<Journal>> ReadJournal(const std::filesystem::path& target);
// Whether a journal is there that has something to say: one of no bytes only keeps its place on the
// disk, one that cannot be understood may be of bytes that somebody wants.
bool HasJournal(const std::filesystem::path& target);
void RemoveJournal(const std::filesystem::path& target);
// Removes the .part file and its journal, if they are there.
void RemovePart(const std::filesystem::path& target);

}  // namespace mtkrig::harness
