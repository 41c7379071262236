#pragma once

// A Download Agent archive ("MTK_AllInOne_DA.bin"): for each chip and revision, an entry with the
// regions that are uploaded. Layout: protocol/wire/da_archive.h.
//
// A parsed archive is self-consistent: every region of every entry lies inside the file.

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

  // kInvalidInput with the offset in the file for anything malformed.
  static Result<DaArchive> Parse(std::vector<std::uint8_t> bytes);
  static Result<DaArchive> Parse(ByteSpan bytes);
  // Reads a file of at most kMaxFileSize. The errors of ReadInputFile() and of Parse().
  static Result<DaArchive> Load(const std::string& path);

  const std::string& identifier() const { return identifier_; }
  const std::string& description() const { return description_; }
  // True for archives of agents that speak XML ("MTK_DA_v6").
  bool is_xml() const { return is_xml_; }
  const std::vector<AgentEntry>& entries() const { return entries_; }
  // Oddities that did not prevent reading.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // The bytes of a region of this archive, with signature.
  ByteSpan Data(const AgentRegion& region) const;

  // The entry for this phone: by the chip's number in archives, and the highest hw_version and
  // sw_version not above the phone's (M). A phone version of 0 is unknown and limits nothing.
  // kNoAgentForChip lists what the archive has.
  Result<AgentChoice> Choose(const DeviceIdentity& identity) const;

 private:
  DaArchive() = default;

  std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
  std::string identifier_;
  std::string description_;
  bool is_xml_ = false;
  std::vector<AgentEntry> entries_;
  std::vector<std::string> warnings_;
};

}  // namespace mtkrig::protocol
