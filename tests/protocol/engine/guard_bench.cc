#include "tests/protocol/engine/guard_bench.h"

#include "protocol/base/bytes.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

void Append(std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void GuardBench::Play(std::vector<std::uint8_t> host, std::vector<std::uint8_t> phone) {
  const std::size_t count = phone.size();
  script.Host(host).Phone(std::move(phone));
  const auto sent = guard.Write(host, 1s);
  ASSERT_TRUE(sent.has_value()) << sent.error().Describe();
  Read(count);
}

void GuardBench::Read(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  const auto read = guard.ReadExact(bytes, 1s);
  ASSERT_TRUE(read.has_value()) << read.error().Describe();
}

void GuardBench::ToBrom(std::string_view hw_code) {
  Play("a0", "5f");
  Play("0a", "f5");
  Play("50", "af");
  Play("05", "fa");
  std::vector<std::uint8_t> reply = Hex("fd");
  Append(reply, Hex(hw_code));
  Append(reply, Hex("0000"));
  Play(Hex("fd"), reply);
}

void GuardBench::ToJump(std::string_view address) {
  PlayEcho("d7");
  PlayEcho(address);
  PlayEcho("00000004");
  std::vector<std::uint8_t> reply = Hex("00000000");
  Append(reply, Hex("0000"));
  Play(Hex("00000000"), reply);
  Play("01 02 03 04", "0206 0000");
  PlayEcho("d5");
  reply = Hex(address);
  Append(reply, Hex("0000"));
  Play(Hex(address), reply);
}

void GuardBench::ToStage2Upload() {
  script.Phone(kEmmcGreeting);
  Read(Hex(kEmmcGreeting).size());
  Play("5a", "03 02 8d");
  Play(kMt6580Config, "00000000");
}

void GuardBench::ToReport() {
  Play("80000000 00000004 00001000", "5a");
  Play("0a 0b 0c 0d", "5a");
  Play("5a", "5a");
}

void GuardBench::ToAgent(const std::vector<std::uint8_t>& report) {
  ToBrom();
  ToJump();
  ToStage2Upload();
  ToReport();
  script.Phone(report);
  Read(report.size());
}

void GuardBench::ToAgent() {
  ToAgent(EmmcReport());
}

std::vector<std::uint8_t> EmmcReport(bool wide_nand_size, std::size_t nand_ids,
                                     std::string_view before_pass, std::string_view end) {
  std::vector<std::uint8_t> report;
  // NOR: status "not found", chip select, id, size, four device codes, OTP status and size.
  Append(report, Hex("00000bbd 0000 0000 00000000 0000000000000000 00000000 00000000"));
  // NAND: status "not found", chip select, id, size, ids, page, spare, pages, io, cycles, bmt.
  Append(report, Hex("00000bc4 00 0000"));
  Append(report, Repeat(0, wide_nand_size ? 8 : 4));
  Append(report, {0x00, static_cast<std::uint8_t>(nand_ids)});
  Append(report, Repeat(0, nand_ids * 2));
  Append(report, Hex("0000 0000 0000 00 00 00"));
  // eMMC: status, boot 1 and 2, RPMB, four GP, user 0x1d2000000, CID, firmware version.
  Append(report, Hex("00000000 0000000000400000 0000000000400000 0000000000080000"));
  Append(report, Repeat(0, 32));
  Append(report, Hex("00000001d2000000 4d000170 3430434d e7050247 b350fcbc 0000000000000000"));
  // SD: status, size, CID.
  Append(report, Hex("00000c0a 0000000000000000"));
  Append(report, Repeat(0, 16));
  // Configuration: internal RAM, external RAM, type, chip select, size, random id.
  Append(report, Hex("00000000 00020000 00000000 02 00 0000000040000000"));
  Append(report, Repeat(0x77, 16));
  Append(report, Hex(before_pass));
  Append(report, Hex("5a 00000000 00000000"));
  Append(report, Hex(end));
  return report;
}

std::vector<std::uint8_t> NandReport() {
  constexpr std::size_t kNand = 28;
  std::vector<std::uint8_t> report = EmmcReport();
  StoreBe<std::uint32_t>(std::span(report).subspan(kNand), 0);
  StoreBe<std::uint64_t>(std::span(report).subspan(kNand + 7), 0x20000000);
  return report;
}

}  // namespace mtkrig::protocol
