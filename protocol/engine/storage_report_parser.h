#pragma once

// The report that stage 2 sends when it is up: records of NOR, NAND, eMMC, SD and RAM, then a pass
// mark (protocol/README.md).
//
// The report does not say how long it is. The size in the NAND record is 64 bits wide on most chips
// and 32 on some, and some chips put one more word before the pass mark. Every combination is a
// layout with its own length; the right one is that whose pass mark (5a ... c1) stands where the
// layout says. So the caller reads on until a layout fits.

#include <cstdint>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/engine/session.h"

namespace mtkrig::protocol {

// How a report is laid out.
struct ReportLayout {
  bool wide_nand_size = true;
  bool extra_word = false;
  std::uint16_t nand_id_count = 0;
  std::size_t length = 0;  // of the whole report, pass mark included
};

// Bytes from which the possible layouts can be told.
inline constexpr std::size_t kReportHeadSize = 28 + 17;

// The layouts that are possible, shortest first; on equal length the usual one first.
std::vector<ReportLayout> PossibleReportLayouts(ByteSpan head);

// Whether a report is of this layout: its length, its pass mark and sizes that make sense.
bool FitsLayout(ByteSpan report, const ReportLayout& layout);

// Reads the records. kDeviceRefused if the phone reports that its start failed (cf).
Result<StorageReport> ParseStorageReport(ByteSpan bytes, const ReportLayout& layout);

}  // namespace mtkrig::protocol
