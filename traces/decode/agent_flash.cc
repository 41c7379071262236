// The commands of the legacy agent's stage 2 that read, write and erase flash.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/legacy_da.h"
#include "traces/decode/agent_exchanges.h"
#include "traces/decode/decoders.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

namespace legacy_da = protocol::legacy_da;

constexpr std::uint8_t kErased = 100;  // per cent

void TellHostOs(Conversation& line, std::optional<std::uint8_t> host) {
  const auto name = [&]() -> std::string {
    if (!host) return std::string(line.missing());
    switch (static_cast<legacy_da::HostOs>(*host)) {
      case legacy_da::HostOs::kMac:
        return "mac";
      case legacy_da::HostOs::kWindows:
        return "windows";
      case legacy_da::HostOs::kLinux:
        return "linux";
    }
    return fmt::format("{:#x}", *host);
  };
  line.Field("host", name(), FieldKind::kIncidental);
}

// Packets of content with a checksum each, which the host acknowledges.
Task<void> TakePackets(Conversation& line, std::uint64_t length, std::uint32_t packet) {
  for (std::uint64_t left = length; left > 0;) {
    const std::uint64_t count = std::min<std::uint64_t>(left, packet);
    const Data data = co_await line.Take(
        kPhone, count, {.role = Role::kContent, .content = true, .sum = Span::Sum::kBytes16});
    co_await line.Checksum(kPhone, data);
    left -= count;
    const auto answer = co_await line.ToldHost<std::uint8_t>();
    if (answer && *answer != legacy_da::kAck) {
      line.Rest(kHost, *answer);
      line.Problem(Outcome::kFailed,
                   fmt::format("the host answers a packet with {}", MarkText(*answer)));
      co_return;
    }
  }
}

}  // namespace

Task<void> ReadFlash(Conversation& line) {
  TellHostOs(line, co_await line.ToldHost<std::uint8_t>());
  const auto storage = co_await line.ToldHost<std::uint8_t>();
  line.Field("storage", storage ? StorageText(*storage) : std::string(line.missing()));
  const bool emmc = storage == static_cast<std::uint8_t>(legacy_da::Storage::kEmmc);
  if (emmc && line.state().part) line.Field("part", PartText(*line.state().part));
  co_await line.Host<std::uint64_t>("address");
  const auto length = co_await line.KnownHost<std::uint64_t>("the length");
  line.Hex("length", length);
  const bool acked = co_await TakeAckOrReason(line, "the range");
  if (!acked) co_return;
  const auto packet = co_await line.KnownHost<std::uint32_t>("the packet length");
  line.Hex("packet length", packet);
  if (packet == 0) co_await line.Unexpected("packets of length 0");
  co_await TakePackets(line, length, packet);
}

Task<void> NandReadPage(Conversation& line) {
  TellHostOs(line, co_await line.ToldHost<std::uint8_t>());
  const auto kind = co_await line.ToldHost<std::uint8_t>();
  const auto kind_name = [&]() -> std::string {
    if (!kind) return std::string(line.missing());
    switch (static_cast<legacy_da::NandReadKind>(*kind)) {
      case legacy_da::NandReadKind::kPageAndSpare:
        return "page and spare";
      case legacy_da::NandReadKind::kPageOnly:
        return "page";
      case legacy_da::NandReadKind::kSpareOnly:
        return "spare";
      case legacy_da::NandReadKind::kPageWithEcc:
        return "page with ECC";
    }
    return fmt::format("{:#x}", *kind);
  };
  line.Field("kind", kind_name());
  const auto type = co_await line.ToldHost<std::uint8_t>();
  line.Field("address type", !type        ? std::string(line.missing())
                             : *type == 0 ? "logical"
                             : *type == 1 ? "physical"
                                          : fmt::format("{:#x}", *type));
  co_await line.Host<std::uint32_t>("address");
  const auto length = co_await line.KnownHost<std::uint32_t>("the length");
  line.Hex("length", length);
  co_await line.Host<std::uint32_t>();
  const bool acked = co_await TakeAckOrReason(line, "the range");
  if (!acked) co_return;
  co_await line.Phone<std::uint32_t>("page size");
  co_await line.Phone<std::uint32_t>("spare size");
  const auto packet = co_await line.KnownPhone<std::uint32_t>("the packet length");
  line.Hex("packet length", packet);
  co_await line.Host<std::uint32_t>("pages at a time");
  co_await line.Phone<std::uint32_t>();
  if (packet == 0) co_await line.Unexpected("packets of length 0");
  co_await TakePackets(line, length, packet);
}

// Before each packet the host acknowledges; after it the agent asks it to go on (F, M).
Task<void> WriteData(Conversation& line) {
  // This command counts kinds of storage from eMMC (F).
  co_await line.Host<std::uint8_t>("storage");
  const auto part = co_await line.ToldHost<std::uint8_t>();
  line.Field("part", part ? PartText(*part) : std::string(line.missing()));
  co_await line.Host<std::uint64_t>("address");
  const auto length = co_await line.KnownHost<std::uint64_t>("the length");
  line.Hex("length", length);
  const auto packet = co_await line.KnownHost<std::uint32_t>("the packet length");
  line.Hex("packet length", packet);
  const bool acked = co_await TakeAckOrReason(line, "the range");
  if (!acked) co_return;
  if (packet == 0) co_await line.Unexpected("packets of length 0");
  for (std::uint64_t left = length; left > 0;) {
    co_await line.Expect(kHost, legacy_da::kAck, "the host's ack before a packet");
    const std::uint64_t count = std::min<std::uint64_t>(left, packet);
    const Data data = co_await line.Take(
        kHost, count, {.role = Role::kContent, .content = true, .sum = Span::Sum::kBytes16});
    co_await line.Checksum(kHost, data);
    left -= count;
    co_await line.Await(kPhone, 1);
    std::uint8_t mark = legacy_da::kContinue;
    line.Look(kPhone, {&mark, 1});
    if (mark != legacy_da::kContinue) {
      const bool going = co_await TakeAckOrReason(line, "a packet");
      if (!going) co_return;
      continue;
    }
    co_await line.ToldPhone<std::uint8_t>();
  }
}

// M alone shows this one: the phone names the packet length; the sum of the last packet comes once
// behind it and once more after its receipt.
Task<void> WriteImage(Conversation& line) {
  co_await line.Host<std::uint8_t>("checksum level");
  const auto part = co_await line.ToldHost<std::uint8_t>();
  line.Field("part", part ? PartText(*part) : std::string(line.missing()));
  co_await line.Host<std::uint64_t>("address");
  const auto length = co_await line.KnownHost<std::uint64_t>("the length");
  line.Hex("length", length);
  co_await line.Host<std::uint8_t>("index");
  co_await line.Host<std::uint8_t>("kind");
  const auto packet = co_await line.KnownPhone<std::uint32_t>("the packet length");
  line.Hex("packet length", packet);
  const bool acked = co_await TakeAckOrReason(line, "the range");
  if (!acked) co_return;
  if (packet == 0) co_await line.Unexpected("packets of length 0");
  co_await line.Expect(kHost, legacy_da::kAck, "the host's ack before the image");
  for (std::uint64_t left = length; left > 0;) {
    const std::uint64_t count = std::min<std::uint64_t>(left, packet);
    const bool last = count == left;
    const Data data = co_await line.Take(
        kHost, count, {.role = Role::kContent, .content = true, .sum = Span::Sum::kBytes16});
    if (last) co_await line.Checksum(kHost, data);
    co_await line.Expect(kPhone, legacy_da::kContinue, "the phone's answer to a packet");
    if (last) co_await line.Checksum(kHost, data);
    const std::uint8_t written = last ? legacy_da::kAck : legacy_da::kContinue;
    co_await line.Expect(kPhone, written, "the phone's answer to a written packet");
    if (!last) co_await line.Expect(kHost, legacy_da::kAck, "the host's ack of a packet");
    left -= count;
  }
}

// The phone tells how far it is, and the host acknowledges each time (M).
Task<void> Format(Conversation& line) {
  const auto storage = co_await line.ToldHost<std::uint8_t>();
  line.Field("storage", storage ? StorageText(*storage) : std::string(line.missing()));
  co_await line.Host<std::uint8_t>("how");
  co_await line.Host<std::uint8_t>("validate");
  co_await line.Host<std::uint8_t>("address type");
  co_await line.Host<std::uint64_t>("address");
  co_await line.Host<std::uint64_t>("length");
  const bool acked = co_await TakeAckOrReason(line, "the range");
  if (!acked) co_return;
  for (bool first = true;; first = false) {
    if (!first) co_await line.Expect(kPhone, legacy_da::kAck, "the phone's ack");
    co_await line.Expect(kPhone, legacy_da::kAck, "the phone's second ack");
    // How often it tells how far it is depends on its speed.
    co_await line.ToldPhone<std::uint32_t>();
    const auto per_cent = co_await line.KnownPhone<std::uint8_t>("how much is erased");
    line.Recount("per cent", per_cent, FieldKind::kFact);
    co_await line.Expect(kHost, legacy_da::kAck, "the host's ack");
    if (per_cent == kErased) break;
  }
  co_await line.Expect(kPhone, legacy_da::kAck, "the phone's last ack");
  co_await line.Expect(kPhone, legacy_da::kAck, "the phone's last ack");
}

}  // namespace mtkrig::traces
