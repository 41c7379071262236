// What stage 2 says of the phone's storage before it takes commands. Each field is a transfer of
// its own, as agents send it and as hosts read it: one that reads field by field cannot take a
// longer transfer.

#include "emulator/phone/agent.h"
#include "emulator/phone/agent_loader.h"

namespace mtkrig::emulator {
namespace {

namespace da = protocol::legacy_da;

constexpr std::uint8_t kRamTypeDram = 2;
constexpr std::uint8_t kNandAddressCycles = 5;

// 16 bytes that tell this phone from others: its ME id, or a hash of its name (FNV-1a).
std::vector<std::uint8_t> RandomId(const Profile& profile) {
  if (profile.me_id.size() == 16) return profile.me_id;
  std::vector<std::uint8_t> id(16);
  std::uint32_t hash = 0x811c9dc5;
  for (std::size_t i = 0; i < id.size(); ++i) {
    for (const char c : profile.name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x01000193U;
    hash ^= static_cast<std::uint32_t>(i);
    id[i] = static_cast<std::uint8_t>(hash >> 24);
  }
  return id;
}

}  // namespace

Task<void> Agent::Report() {
  co_await ReportNor();
  co_await ReportNand();
  co_await ReportEmmc();
  co_await ReportSd();
  co_await ReportConfiguration();
  if (board_.profile.report.extra_word_before_pass_info) co_await port_.Send(std::uint32_t{0});
  // Pass info, whose last byte is the SOC_OK.
  co_await port_.Send(da::kAck);
  co_await port_.Send(std::uint32_t{0});  // download status
  co_await port_.Send(std::uint32_t{0});  // boot style
  co_await port_.Send(da::kSocOk);
}

Task<void> Agent::ReportNor() {
  const std::uint64_t size = board_.SizeOf(StorageArea::kNor);
  co_await port_.Send(size != 0 ? std::uint32_t{0} : da::kStatusNandNotFound);
  co_await port_.Send(std::uint8_t{0});  // chip selects
  co_await port_.Send(std::uint8_t{0});
  co_await port_.Send(std::uint16_t{0});  // id
  co_await port_.Send(static_cast<std::uint32_t>(size));
  for (int i = 0; i < 4; ++i) co_await port_.Send(std::uint16_t{0});  // device codes
  co_await port_.Send(std::uint32_t{0});                              // OTP status
  co_await port_.Send(std::uint32_t{0});                              // OTP size
}

Task<void> Agent::ReportNand() {
  const Profile& profile = board_.profile;
  const std::vector<std::uint16_t>& ids = profile.nand_ids;
  const std::uint64_t size = board_.HasNand() ? board_.SizeOf(StorageArea::kNand) : 0;
  co_await port_.Send(board_.HasNand() ? std::uint32_t{0} : da::kStatusNandNotFound);
  co_await port_.Send(std::uint8_t{0});  // chip select
  co_await port_.Send(ids.empty() ? std::uint16_t{0} : ids.front());
  if (profile.report.nand_size_is_32_bit) {
    co_await port_.Send(static_cast<std::uint32_t>(size));
  } else {
    co_await port_.Send(size);
  }
  co_await port_.Send(profile.report.nand_id_count);
  for (std::size_t i = 0; i < profile.report.nand_id_count; ++i) {
    co_await port_.Send(i < ids.size() ? ids[i] : std::uint16_t{0});
  }
  co_await port_.Send(static_cast<std::uint16_t>(profile.nand_page_size));
  co_await port_.Send(static_cast<std::uint16_t>(profile.nand_spare_size));
  co_await port_.Send(static_cast<std::uint16_t>(profile.nand_pages_per_block));
  co_await port_.Send(std::uint8_t{0});  // 8-bit interface
  co_await port_.Send(board_.HasNand() ? kNandAddressCycles : std::uint8_t{0});
  co_await port_.Send(std::uint8_t{0});  // no bad-block table
}

Task<void> Agent::ReportEmmc() {
  const bool present = board_.HasEmmc();
  co_await port_.Send(present ? std::uint32_t{0} : da::kStatusNandNotFound);
  for (const StorageArea area :
       {StorageArea::kEmmcBoot1, StorageArea::kEmmcBoot2, StorageArea::kEmmcRpmb,
        StorageArea::kEmmcGp1, StorageArea::kEmmcGp2, StorageArea::kEmmcGp3, StorageArea::kEmmcGp4,
        StorageArea::kEmmcUser}) {
    co_await port_.Send(present ? board_.SizeOf(area) : std::uint64_t{0});
  }
  const std::vector<std::uint8_t> cid = CidOnWire(board_.profile);
  co_await port_.Send(cid);
  co_await port_.Send(std::uint64_t{0});  // firmware version
}

Task<void> Agent::ReportSd() {
  const std::uint64_t size = board_.SizeOf(StorageArea::kSdCard);
  co_await port_.Send(size != 0 ? std::uint32_t{0} : da::kStatusNandNotFound);
  co_await port_.Send(size);
  co_await port_.Send(std::uint64_t{0});  // CID
  co_await port_.Send(std::uint64_t{0});
}

Task<void> Agent::ReportConfiguration() {
  co_await port_.Send(std::uint32_t{0});
  co_await port_.Send(static_cast<std::uint32_t>(board_.profile.internal_ram_bytes));
  co_await port_.Send(std::uint32_t{0});
  co_await port_.Send(kRamTypeDram);
  co_await port_.Send(std::uint8_t{0});  // chip select
  co_await port_.Send(board_.profile.external_ram_bytes);
  const std::vector<std::uint8_t> id = RandomId(board_.profile);
  co_await port_.Send(id);
}

}  // namespace mtkrig::emulator
