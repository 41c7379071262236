#pragma once

// What a phone itself tells of its linear address space, when there is no scatter file. See "Linear
// addresses of a phone" in README.md.

#include <string>
#include <string_view>

#include "protocol/layout/address_space.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

// How it is known where the user area begins in the linear space.
enum class LinearBasis {
  kUnknown,        // nothing on the phone tells
  kScatter,        // a scatter file
  kTable,          // the phone's table counts in the linear space
  kPreloaderSize,  // the table's PRELOADER fills the linear space up to the user area
  kSameAsOffset,   // each area counts from 0, linear addresses are offsets
};
// "unknown", "scatter", "table", "preloader_size", "same_as_offset".
std::string_view LinearBasisName(LinearBasis basis);

struct LinearSpace {
  LinearBasis basis = LinearBasis::kUnknown;
  AddressSpace space;  // no windows when it is unknown
  std::string note;    // for people: where the user area begins and how that is known, or why not

  bool known() const { return basis != LinearBasis::kUnknown; }
};

// From the phone's own table, as it was read: ResolveTails() cuts off the size of PRELOADER that
// tells.
LinearSpace LinearSpaceOfPhone(const PartitionTable& table, const StorageSizes& sizes);
// From a scatter file's block.
LinearSpace LinearSpaceOfScatter(const AddressSpace& space);

// Fills in the linear addresses that partitions lack, where they are known.
void AddLinearAddresses(PartitionTable& table, const LinearSpace& linear);

}  // namespace mtkrig::protocol
