// DEVICE_CTRL of the xflash agent: what it sets, gets and does.

#include <fmt/format.h>

#include <array>

#include "protocol/wire/xflash_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xflash_exchanges.h"
#include "traces/decode/xflash_names.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;
using Control = xflash_da::Control;

constexpr std::size_t kKeptParameter = 128;

// What goes over the line between the status of a code and the last one. The third digit of a code
// tells it, but for those of tests and extensions.
struct Flow {
  unsigned parameters = 0;  // packets of the host
  bool status = false;      // between parameters and answer
  bool answer = false;      // a packet of the phone
};

struct KnownFlow {
  Control control;
  Flow flow;
};

constexpr std::array kFlows = std::to_array<KnownFlow>({
    {Control::kReadRegister, {1, true, true}},
    {Control::kExtensionAck, {0, false, true}},
    {Control::kExtensionReadMemory, {2, false, true}},
    {Control::kExtensionReadRegister, {2, false, true}},
    {Control::kExtensionWriteMemory, {3, false, false}},
    {Control::kExtensionWriteRegister, {2, false, false}},
    {Control::kExtensionSetStorage, {1, false, false}},
});

enum class Kind : std::uint32_t { kSet = 2, kGet = 4, kAct = 8 };
constexpr unsigned kKindShift = 16;

std::optional<Flow> FindFlow(std::uint32_t code) {
  for (const KnownFlow& known : kFlows) {
    if (static_cast<std::uint32_t>(known.control) == code) return known.flow;
  }
  if (code == static_cast<std::uint32_t>(Control::kOptionalDownloadOld)) return Flow{};
  switch (static_cast<Kind>(code >> kKindShift)) {
    case Kind::kSet:
      return Flow{.parameters = 1};
    case Kind::kGet:
      return Flow{.answer = true};
    case Kind::kAct:
      return Flow{};
  }
  return std::nullopt;
}

// What the host's parameter is to a reader: the answer to a challenge, a signature, or a value.
Role ParameterRole(std::uint32_t code) {
  switch (static_cast<Control>(code)) {
    case Control::kSetRemoteSecurityPolicy:
      return Role::kIdentity;
    case Control::kSetAllInOneSignature:
    case Control::kSetExternalSignature:
      return Role::kAgent;
    default:
      return Role::kProtocol;
  }
}

// The time of the host, which the host makes up.
bool IsTime(std::uint32_t code) {
  return code == static_cast<std::uint32_t>(Control::kSetHostInfo);
}

// `data` was taken as told if all of it was kept.
void TellParameter(Conversation& line, std::uint32_t code, const Data& data) {
  const bool time = IsTime(code);
  const bool kept = data.whole && data.bytes.size() == data.length;
  const FieldKind kind = time ? FieldKind::kIncidental : FieldKind::kFact;
  if (!data.whole) {
    line.Field("parameter", line.missing(), kind);
  } else if (data.length == sizeof(std::uint32_t)) {
    line.Hex("parameter", protocol::Load<std::uint32_t>(data.bytes, Endian::kLittle), kind);
  } else if (kept && !data.bytes.empty() && IsPlainText(data.bytes)) {
    line.Field("parameter", PayloadText(data.bytes), kind);
  } else {
    if (kept && !time) line.Rest(kHost, data.bytes, data.offset, ParameterRole(code));
    line.Field("parameter", fmt::format("{} bytes", data.length), kind);
  }
}

Task<void> DecodeFlow(Packets& packets, std::uint32_t code, Flow flow) {
  Conversation& line = packets.line();
  for (unsigned i = 0; i < flow.parameters; ++i) {
    const std::uint32_t length = co_await packets.Header(kHost, "a parameter", kMaxContentPacket);
    const Data data = co_await line.Take(kHost, length,
                                         {.role = ParameterRole(code),
                                          .keep = kKeptParameter,
                                          .told = length <= kKeptParameter,
                                          .passed_over = IsTime(code)});
    TellParameter(line, code, data);
  }
  if (flow.status) {
    const bool going = co_await packets.Status("the parameter", Outcome::kRefused);
    if (!going) co_return;
  }
  if (flow.answer) co_await DecodeControlAnswer(packets, code);
  const std::string_view what = flow.parameters > 0 ? "the parameter" : "the control code";
  co_await packets.Status(what, flow.parameters > 0 ? Outcome::kRefused : Outcome::kFailed);
}

}  // namespace

Task<void> DecodeDeviceControl(Packets& packets) {
  Conversation& line = packets.line();
  const auto code = co_await packets.Number(kHost, "a control code", true);
  if (!code) {
    line.Field("code", line.missing());
    co_await packets.Status("the control code", Outcome::kRefused);
    co_return;
  }
  const XflashControlName* name = FindXflashControl(*code);
  const std::string text = name != nullptr ? fmt::format("DEVICE_CTRL {}", name->name)
                                           : fmt::format("DEVICE_CTRL {:06x}", *code);
  line.Rename(text);
  if (name != nullptr && name->writes) line.Field("effect", "writes");
  const bool accepted = co_await packets.Status("the control code", Outcome::kRefused);
  if (!accepted) co_return;
  const std::optional<Flow> flow = FindFlow(*code);
  if (flow) co_await DecodeFlow(packets, *code, *flow);
}

}  // namespace mtkrig::traces
