#pragma once

// How a legacy agent reaches a region of flash, and how a range that is not made of whole sectors
// is read.

#include <cstdint>
#include <optional>

#include "protocol/engine/session.h"
#include "protocol/layout/partition.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol {

struct RegionAccess {
  legacy_da::Storage storage = legacy_da::Storage::kEmmc;
  std::optional<legacy_da::EmmcPart> part;  // to switch to before reading
  std::uint32_t max_packet_length = 0;
};

// Empty for a region that legacy agents do not know (UFS).
std::optional<RegionAccess> AccessOf(FlashRegion region);

// 0 for a region that the phone does not have.
std::uint64_t RegionSize(const StorageSizes& sizes, FlashRegion region);

// Passes on `length` bytes after the first `skip` ones, and drops the rest.
class TrimmingSink final : public ByteSink {
 public:
  TrimmingSink(ByteSink& sink, std::uint64_t skip, std::uint64_t length)
      : sink_(sink), skip_(skip), left_(length) {}
  Result<void> Append(ByteSpan data) override;

 private:
  ByteSink& sink_;
  std::uint64_t skip_;
  std::uint64_t left_;
};

}  // namespace mtkrig::protocol
