#pragma once

// The phone in software as a Transport: in process, on the caller's thread, in virtual time.
// A read that would have to wait advances the phone's clock instead, so a time-out costs nothing
// and the same seed gives the same run.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/profile.h"
#include "protocol/base/transport.h"

namespace mtkrig::emulator {

struct EmulatorOptions {
  // Non-zero: every transfer in both directions is split and joined anew at random from this seed.
  std::uint64_t resegment_seed = 0;
};

// `profile` is the name of a shipped profile ("mt6577") or the path of a profile file: a name with
// a folder in it or ending in .yaml. Every call opens a phone of its own.
protocol::Result<std::unique_ptr<protocol::Transport>> OpenEmulator(std::string_view profile,
                                                                    const EmulatorOptions& options);

// A phone made from `profile`, plugged in and booting at the moment of the call. `moniker` is how
// info() names it. The profile's flash keeps what a host writes.
std::unique_ptr<protocol::Transport> MakeEmulatorTransport(std::shared_ptr<const Profile> profile,
                                                           std::string moniker,
                                                           const EmulatorOptions& options);

struct ProfileSummary {
  std::string name;         // "mt6577"
  std::string chip;         // "MT6577"
  std::string description;  // one line
};
// The shipped profiles, by name.
std::vector<ProfileSummary> ShippedProfiles();

// A well-formed archive of synthetic agents, one entry for each shipped chip, in the shapes of the
// archives of MediaTek's (sizes, addresses, signatures). Deterministic; made once, kept.
const std::vector<std::uint8_t>& SyntheticDaArchive();

}  // namespace mtkrig::emulator
