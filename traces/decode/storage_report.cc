// What the legacy agent's stage 2 says of the phone's storage. Nothing tells its length beforehand:
// the size of a NAND has 4 or 8 bytes, and some agents have a word more in front of the pass mark.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "protocol/wire/legacy_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

namespace legacy_da = protocol::legacy_da;
using protocol::LoadBe;

constexpr std::size_t kNandHead = 4 + 1 + 2;  // status, chip select, id; then the size
constexpr std::size_t kNandTail = 9;
constexpr std::uint16_t kMaxNandIds = 64;
constexpr std::size_t kExtraWord = 4;
constexpr std::size_t kCidSize = 16;
constexpr std::size_t kLongest = 1024;

struct Layout {
  std::size_t nand_size_bytes = 8;
  std::size_t nand_ids = 0;
  bool extra_word = false;

  std::size_t nand() const { return kNandHead + nand_size_bytes + 2 + 2 * nand_ids + kNandTail; }
  std::size_t emmc_at() const { return legacy_da::kNorReportSize + nand(); }
  std::size_t pass_at() const {
    return emmc_at() + legacy_da::kEmmcReportSize + legacy_da::kSdReportSize +
           legacy_da::kConfigReportSize + (extra_word ? kExtraWord : 0);
  }
  std::size_t size() const { return pass_at() + legacy_da::kPassInfoSize; }
};

// Whether a report that is there in full reads like one of this layout.
bool Fits(const Layout& layout, ByteSpan report) {
  const std::uint8_t last = report[layout.size() - 1];
  const auto emmc_status = LoadBe<std::uint32_t>(report.subspan(layout.emmc_at()));
  return report[layout.pass_at()] == legacy_da::kAck &&
         (last == legacy_da::kSocOk || last == legacy_da::kSocFail) && emmc_status < 0x10000;
}

// The four layouts from the shortest on, as far as the number of NAND ids in each makes sense.
std::vector<Layout> Candidates(ByteSpan head) {
  std::vector<Layout> layouts;
  for (const std::size_t size_bytes : {std::size_t{4}, std::size_t{8}}) {
    const std::size_t count_at = legacy_da::kNorReportSize + kNandHead + size_bytes;
    const auto count = LoadBe<std::uint16_t>(head.subspan(count_at));
    if (count > kMaxNandIds) continue;
    layouts.push_back({size_bytes, count, false});
    layouts.push_back({size_bytes, count, true});
  }
  std::sort(layouts.begin(), layouts.end(),
            [](const Layout& a, const Layout& b) { return a.size() < b.size(); });
  return layouts;
}

Task<std::optional<Layout>> FindLayout(Conversation& line) {
  constexpr std::size_t kHead = legacy_da::kNorReportSize + kNandHead + 8 + 2;
  co_await line.Await(kPhone, kHead);
  std::array<std::uint8_t, kLongest> bytes{};
  if (line.Look(kPhone, std::span(bytes).first(kHead)) < kHead) co_return std::nullopt;
  for (const Layout& layout : Candidates(bytes)) {
    co_await line.Await(kPhone, layout.size());
    const std::size_t known = line.Look(kPhone, std::span(bytes).first(layout.size()));
    if (known < layout.size()) co_return std::nullopt;
    if (Fits(layout, bytes)) co_return layout;
  }
  co_return std::nullopt;
}

void TellStatus(Conversation& line, std::string_view name, std::optional<std::uint32_t> status) {
  line.Field(name, status ? AgentStatusText(*status) : std::string(line.missing()));
}

// Whether the product's name of a CID (JESD84-B51, section 7.2: bytes 3 to 8) is text, which may be
// shorter.
bool HasName(ByteSpan cid) {
  constexpr std::size_t kName = 3;
  constexpr std::size_t kNameSize = 6;
  constexpr std::size_t kShortest = 4;
  for (std::size_t i = 0; i < kNameSize; ++i) {
    const std::uint8_t byte = cid[kName + i];
    const bool text = byte >= 0x20 && byte < 0x7f;
    if (!text && (i < kShortest || byte != 0)) return false;
  }
  return true;
}

// A CID as the card has it, which is how the greeting is shown: agents report it with each of its
// four words turned round, which the name in it tells.
std::vector<std::uint8_t> InCardOrder(const std::vector<std::uint8_t>& cid) {
  std::vector<std::uint8_t> turned = cid;
  for (std::size_t at = 0; at + 4 <= turned.size(); at += 4) {
    std::reverse(turned.begin() + static_cast<std::ptrdiff_t>(at),
                 turned.begin() + static_cast<std::ptrdiff_t>(at) + 4);
  }
  const bool whole = cid.size() == kCidSize;
  return whole && HasName(turned) && !HasName(cid) ? turned : cid;
}

// The next number of the phone, which becomes a field only where the storage is there.
template <std::unsigned_integral T>
Task<std::optional<T>> TakeNumber(Conversation& line, bool told) {
  auto next = told ? line.ToldPhone<T>() : line.Phone<T>();
  const std::optional<T> number = co_await next;
  co_return number;
}

Task<void> TakeNor(Conversation& line) {
  TellStatus(line, "NOR", co_await line.ToldPhone<std::uint32_t>());
  co_await line.Take(kPhone, legacy_da::kNorReportSize - 4);
}

Task<void> TakeNand(Conversation& line, const Layout& layout) {
  const auto status = co_await line.ToldPhone<std::uint32_t>();
  TellStatus(line, "NAND", status);
  const bool told = status == 0U;
  co_await line.Phone<std::uint8_t>();
  co_await line.Phone<std::uint16_t>();
  std::optional<std::uint64_t> size;
  if (layout.nand_size_bytes == 4) {
    size = co_await TakeNumber<std::uint32_t>(line, told);
  } else {
    size = co_await TakeNumber<std::uint64_t>(line, told);
  }
  co_await line.Take(kPhone, 2 + 2 * layout.nand_ids);
  const auto page = co_await TakeNumber<std::uint16_t>(line, told);
  const auto spare = co_await TakeNumber<std::uint16_t>(line, told);
  co_await line.Take(kPhone, kNandTail - 4);
  if (!told) co_return;
  line.Hex("NAND size", size);
  line.Count("page", page);
  line.Count("spare", spare);
}

Task<void> TakeEmmc(Conversation& line) {
  constexpr std::array<std::string_view, 8> kAreas = {"boot 1", "boot 2", "RPMB", "GP 1",
                                                      "GP 2",   "GP 3",   "GP 4", "user"};
  const auto status = co_await line.ToldPhone<std::uint32_t>();
  TellStatus(line, "eMMC", status);
  for (const std::string_view area : kAreas) {
    const auto size = co_await line.ToldPhone<std::uint64_t>();
    if (!size || *size != 0) line.Hex(area, size);
  }
  const Data cid = co_await line.Take(
      kPhone, kCidSize, {.role = Role::kIdentity, .keep = kCidSize, .told = status == 0U});
  if (status == 0U) {
    line.Field("CID",
               cid.whole ? protocol::ToHex(InCardOrder(cid.bytes)) : std::string(line.missing()),
               FieldKind::kIdentity);
  }
  co_await line.Phone<std::uint64_t>();
}

Task<void> TakeSd(Conversation& line) {
  const auto status = co_await line.ToldPhone<std::uint32_t>();
  TellStatus(line, "SD", status);
  const auto size = co_await TakeNumber<std::uint64_t>(line, status == 0U);
  if (status == 0U) line.Hex("SD size", size);
  co_await line.Take(kPhone, kCidSize, {.role = Role::kIdentity});
}

Task<void> TakeConfiguration(Conversation& line) {
  co_await line.Phone<std::uint32_t>();
  co_await line.Phone<std::uint32_t>("internal RAM");
  co_await line.Phone<std::uint32_t>();
  co_await line.Take(kPhone, 2);
  co_await line.Phone<std::uint64_t>("RAM");
  const Data id = co_await line.Take(kPhone, kCidSize,
                                     {.role = Role::kIdentity, .keep = kCidSize, .told = true});
  line.Field("random id", id.whole ? protocol::ToHex(id.bytes) : std::string(line.missing()),
             FieldKind::kIdentity);
}

Task<void> TakePassMark(Conversation& line) {
  co_await line.Phone<std::uint8_t>();
  const auto download = co_await line.ToldPhone<std::uint32_t>();
  TellStatus(line, "download", download);
  co_await line.Phone<std::uint32_t>("boot style");
  const auto mark = co_await line.ToldPhone<std::uint8_t>();
  line.Field("result", mark ? MarkText(*mark) : std::string(line.missing()));
  if (mark == legacy_da::kSocFail) line.Problem(Outcome::kFailed, "the agent reports a failure");
}

}  // namespace

Task<void> DecodeStorageReport(Conversation& line) {
  co_await line.First();
  line.Begin(Layer::kAgent, "storage report");
  const auto layout = co_await FindLayout(line);
  if (!layout) {
    line.Field("layout", "not known");
    line.Whole();
    for (;;) {
      const Direction side = co_await line.First();
      if (side == kHost) break;
      co_await line.TakeTransfer(kPhone, {.role = Role::kIdentity});
    }
    line.End();
    co_return;
  }
  co_await TakeNor(line);
  co_await TakeNand(line, *layout);
  co_await TakeEmmc(line);
  co_await TakeSd(line);
  co_await TakeConfiguration(line);
  if (layout->extra_word) co_await line.Phone<std::uint32_t>("extra");
  co_await TakePassMark(line);
  line.End();
}

}  // namespace mtkrig::traces
