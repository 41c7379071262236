#pragma once

// Writes a session as pcapng with packets of usbmon (link type 220), for Wireshark and for our own
// reader. Each transfer is two packets, submission and completion, as the kernel reports it; what
// is no transfer stands in comments (packet_comments.h).

#include <memory>
#include <string>
#include <vector>

#include "traces/formats/trace_output.h"
#include "traces/formats/usbmon.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

class PcapngWriter final : public TraceWriter {
 public:
  // Writes the head of the file at once: a session without events is a readable trace.
  static Result<std::unique_ptr<TraceWriter>> Create(std::unique_ptr<TraceOutput> output,
                                                     const SessionFacts& facts);
  ~PcapngWriter() override;
  PcapngWriter(const PcapngWriter&) = delete;
  PcapngWriter& operator=(const PcapngWriter&) = delete;

  Result<void> Add(const Event& event) override;
  Result<void> Flush() override;

 private:
  explicit PcapngWriter(std::unique_ptr<TraceOutput> output) : output_(std::move(output)) {}

  void PutHead(const SessionFacts& facts);
  void PutNote(const Event& event);
  void PutAttached(const Event& event);
  void PutTransfer(const Event& event);
  void PutSubmission(UsbmonHeader header, const Event& event);
  void PutCompletion(UsbmonHeader header, const Event& event,
                     const std::vector<std::string>& comments);
  void PutPacket(UsbmonHeader header, Duration time, ByteSpan data, std::uint64_t length,
                 const std::vector<std::string>& comments);
  UsbmonHeader NextHeader();

  // Blocks are put together here, and appended to the output as one record.
  void Put16(std::uint16_t value);
  void Put32(std::uint32_t value);
  void PutPadded(ByteSpan data);
  void PutOption(std::uint16_t code, std::string_view value);
  void PutComments(const std::vector<std::string>& comments);
  void PutTime(Duration time);
  std::size_t BeginBlock(std::uint32_t type);
  void EndBlock(std::size_t begin);

  std::unique_ptr<TraceOutput> output_;
  std::vector<std::uint8_t> record_;
  // Notes since the last packet. The next one repeats them: Wireshark shows comments of packets.
  std::vector<std::string> notes_;
  std::uint64_t next_id_ = 1;
  std::uint8_t address_ = 0;
  bool address_used_ = false;
};

}  // namespace mtkrig::traces
