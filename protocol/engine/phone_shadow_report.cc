// The storage report in PhoneShadow. Nothing tells its length beforehand, so it is taken as the
// engine takes it, layout by layout; until one fits, the phone owes the rest.

#include <algorithm>

#include "protocol/engine/phone_shadow.h"
#include "protocol/engine/storage_report_parser.h"

namespace mtkrig::protocol {
namespace {

using legacy_da::Storage;

Storage StorageOf(FlashRegion region) {
  switch (region) {
    case FlashRegion::kNor:
      return Storage::kNor;
    case FlashRegion::kNand:
      return Storage::kNand;
    case FlashRegion::kSdCard:
      return Storage::kSd;
    case FlashRegion::kUfsLu0:
    case FlashRegion::kUfsLu1:
    case FlashRegion::kUfsLu2:
    case FlashRegion::kUfsLu3:
      return Storage::kUfs;
    default:
      return Storage::kEmmc;
  }
}

}  // namespace

void PhoneShadow::AtReport() {
  report_.clear();
  report_layout_ = 0;
  reported_ = 0;
  TakeFromDevice(kReportHeadSize, &PhoneShadow::OnReportPart);
}

void PhoneShadow::OnReportPart() {
  const ByteSpan part = taken();
  report_.insert(report_.end(), part.begin(), part.end());
  TakeReport();
}

void PhoneShadow::TakeReport() {
  const std::vector<ReportLayout> layouts = PossibleReportLayouts(report_);
  for (; report_layout_ < layouts.size(); ++report_layout_) {
    const ReportLayout& layout = layouts[report_layout_];
    if (layout.length > report_.size()) {
      return TakeFromDevice(std::min(layout.length - report_.size(), kMaxTaken),
                            &PhoneShadow::OnReportPart);
    }
    if (FitsLayout(report_, layout)) return OnReport(layout);
  }
  Refuse("the agent's storage report has no layout that is known");
}

void PhoneShadow::OnReport(const ReportLayout& layout) {
  const auto report = ParseStorageReport(report_, layout);
  if (!report) return Refuse(report.error().message());
  for (const auto& [region, size] : report->sizes.regions) {
    reported_ |= 1U << static_cast<unsigned>(StorageOf(region));
  }
  AtAgentCommand();
}

bool PhoneShadow::Reported(Storage storage) const {
  return (reported_ & (1U << static_cast<unsigned>(storage))) != 0;
}

}  // namespace mtkrig::protocol
