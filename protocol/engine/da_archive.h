#pragma once

// A Download Agent archive ("MTK_AllInOne_DA.bin"): for each chip and revision, an entry with the
// regions that are uploaded. Layout: protocol/wire/da_archive.h.
//
// Entries that no phone can be given (a region that is empty or reaches past the end of the file,
// no stage 2, an impossible address) are kept, with a warning each: the others can be used, and a
// user wants to see what is in the file. Choose() refuses them.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace mtkrig::protocol {

struct DeviceIdentity;

struct AgentRegion {
  std::uint32_t file_offset = 0;
  std::uint32_t length = 0;  // with signature
  std::uint32_t address = 0;
  std::uint32_t length_without_signature = 0;
  std::uint32_t signature_length = 0;  // the signature stands at the end; 0 for none
};

struct AgentEntry {
  std::uint16_t hw_code = 0;
  std::uint16_t hw_sub_code = 0;
  std::uint16_t hw_version = 0;
  std::uint16_t sw_version = 0;  // 0 in archives for the oldest chips, which lack the field
  std::uint16_t page_size = 0;
  std::uint16_t entry_region_index = 0;
  std::vector<AgentRegion> regions;
};

// What is uploaded to one phone. Points into the archive it came from.
struct AgentChoice {
  const AgentEntry* entry = nullptr;
  const AgentRegion* stage1 = nullptr;
  const AgentRegion* stage2 = nullptr;
  // Which of several entries for this chip it is and why, when none is for exactly this version of
  // it; otherwise empty.
  std::string note;
};

class DaArchive {
 public:
  static constexpr std::uint64_t kMaxFileSize = std::uint64_t{256} << 20;

  // kInvalidInput with the offset in the file for anything malformed. `name` is what messages call
  // the archive.
  static Result<DaArchive> Parse(std::vector<std::uint8_t> bytes, std::string name = "the archive");
  static Result<DaArchive> Parse(ByteSpan bytes);
  // Reads a file of at most kMaxFileSize. The errors of ReadInputFile() and of Parse().
  static Result<DaArchive> Load(const std::string& path);

  const std::string& identifier() const { return identifier_; }
  const std::string& description() const { return description_; }
  // True for archives of agents that speak XML ("MTK_DA_v6").
  bool is_xml() const { return is_xml_; }
  const std::vector<AgentEntry>& entries() const { return entries_; }
  // Oddities and faults that did not prevent reading, each naming its entry.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Why no phone can be given this entry of this archive: see da_archive_check.h. Empty for a good
  // one.
  std::vector<std::string> FaultsOf(const AgentEntry& entry) const;

  // The bytes of a region of this archive, with signature. Empty for one that is not inside the
  // file.
  ByteSpan Data(const AgentRegion& region) const;

  // kInvalidInput when not one of the entries can be given to a phone, so that none need be waited
  // for.
  Result<void> CheckAnyUsable() const;

  // The entry for this phone: by the chip's number in archives, and the highest hw_version and
  // sw_version not above the phone's (M). A phone version of 0 is unknown and limits nothing.
  // kNoAgentForChip lists what the archive has; kInvalidInput when the entry is damaged, naming it
  // and the region.
  Result<AgentChoice> Choose(const DeviceIdentity& identity) const;

 private:
  DaArchive() = default;

  // Warns of what is wrong with the entries.
  void Examine();
  // "entry 3 (6575: MT6575, MT6577)".
  std::string Describe(const AgentEntry& entry) const;
  Result<AgentChoice> Use(const AgentEntry& entry, const DeviceIdentity& identity) const;

  std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
  std::string name_;
  std::string identifier_;
  std::string description_;
  bool is_xml_ = false;
  std::vector<AgentEntry> entries_;
  std::vector<std::string> warnings_;
};

}  // namespace mtkrig::protocol
