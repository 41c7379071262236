#pragma once

// Names for the files that a plan writes. Private to plan.cc.

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

// All names of a partition that goes by this one, normalized, itself first. Defined beside the
// aliases, in partition.cc.
std::vector<std::string> SpellingsOf(std::string_view name);

// Gives each read of one plan a file of its own. Two partitions that a scatter file feeds from one
// file (lk and lk2) need two files when read, also on file systems that ignore case.
class FileNames {
 public:
  std::string Unique(const Partition& partition);
  std::string Unique(const std::string& wanted);

 private:
  bool Claim(const std::string& name);
  std::set<std::string> taken_;
};

}  // namespace mtkrig::protocol
