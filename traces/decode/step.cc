#include "traces/decode/step.h"

namespace mtkrig::traces {

std::string_view LayerName(Layer layer) {
  switch (layer) {
    case Layer::kLine:
      return "line";
    case Layer::kHandshake:
      return "handshake";
    case Layer::kBrom:
      return "boot ROM";
    case Layer::kStage1:
      return "stage 1";
    case Layer::kAgent:
      return "agent";
    case Layer::kXflash:
      return "xflash";
    case Layer::kXml:
      return "xml";
    case Layer::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kIncomplete:
      return "incomplete";
    case Outcome::kUnexpected:
      return "unexpected";
  }
  return "unexpected";
}

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kUnknown:
      return "unknown";
    case Role::kProtocol:
      return "protocol";
    case Role::kIdentity:
      return "identity";
    case Role::kAgent:
      return "agent";
    case Role::kContent:
      return "content";
    case Role::kChecksum:
      return "checksum";
  }
  return "unknown";
}

std::optional<std::string_view> FieldValue(const Step& step, std::string_view name) {
  for (const StepField& field : step.fields) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

}  // namespace mtkrig::traces
