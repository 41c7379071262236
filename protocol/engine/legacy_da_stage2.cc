// LegacyDaClient: upload of stage 2 and its storage report.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/legacy_da_client.h"
#include "protocol/engine/storage_report_parser.h"

namespace mtkrig::protocol {

Result<StorageReport> LegacyDaClient::StartStage2(std::uint32_t address, ByteSpan data) {
  auto uploaded = UploadStage2(address, data);
  if (!uploaded) return std::move(uploaded).error().During("stage 2");
  observer_.OnPhase(Phase::kStorageReport, "");
  auto report = ReceiveReport();
  if (!report) return std::move(report).error().During("storage report");
  if (greeting_.found_emmc() && !report->cid.empty()) report->cid = greeting_.emmc_cid;
  return report;
}

Result<void> LegacyDaClient::UploadStage2(std::uint32_t address, ByteSpan data) {
  ByteWriter header(Endian::kBig);
  header.Put(address)
      .Put(static_cast<std::uint32_t>(data.size()))
      .Put(legacy_da::kStage2PacketLength);
  TRY(link_.Send(header.bytes()));
  TRY(ExpectAck("stage 2"));
  for (std::size_t at = 0; at < data.size(); at += legacy_da::kStage2PacketLength) {
    const std::size_t count =
        std::min<std::size_t>(legacy_da::kStage2PacketLength, data.size() - at);
    TRY(link_.Send(data.subspan(at, count)));
    auto acked = ExpectAck("stage 2");
    if (!acked) return std::move(acked).error().AtOffset(at);
    observer_.OnProgress(at + count, data.size());
  }
  // Some agents send their last ack only after ours (M), others without waiting (F). Sending first
  // suits both: the streams are the same.
  TRY(link_.SendInteger(legacy_da::kAck));
  return ExpectAck("stage 2", timeouts_.slow);
}

Result<StorageReport> LegacyDaClient::ReceiveReport() {
  std::vector<std::uint8_t> report(kReportHeadSize);
  TRY(link_.Receive(report, timeouts_.slow));
  for (const ReportLayout& layout : PossibleReportLayouts(report)) {
    if (layout.length < report.size()) continue;
    const std::size_t at = report.size();
    report.resize(layout.length);
    auto more = link_.Receive(std::span(report).subspan(at));
    if (!more) {
      Error error = std::move(more).error();
      if (error.code() != ErrorCode::kTimeout) return error;
      return Error(ErrorCode::kProtocol,
                   fmt::format("the agent's report has a layout that mtkrig does not know: {}",
                               ToHex(ByteSpan(report).first(at))))
          .WithHint("Please report this together with a trace and the phone's model.");
    }
    if (FitsLayout(report, layout)) return ParseStorageReport(report, layout);
  }
  return Error(ErrorCode::kProtocol,
               fmt::format("the agent's report does not end in a pass mark: {}", ToHex(report)))
      .WithHint("Please report this together with a trace and the phone's model.");
}

}  // namespace mtkrig::protocol
