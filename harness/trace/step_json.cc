#include "harness/trace/step_json.h"

#include <string>
#include <string_view>

#include "harness/text.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(std::string_view text) {
  return text.empty() ? Json() : Json(Printable(text));
}

}  // namespace

Json StepToJson(const traces::Step& step, bool bytes) {
  Json fields = Json::object();
  for (const traces::StepField& field : step.fields) {
    fields[Printable(field.name)] = Printable(field.value);
  }
  Json json = {{"layer", traces::LayerName(step.layer)},
               {"name", Printable(step.name)},
               {"fields", std::move(fields)},
               {"outcome", traces::OutcomeName(step.outcome)},
               {"problem", TextOrNull(step.problem)},
               {"incidental", step.incidental},
               {"phase", TextOrNull(step.phase)},
               {"start_ns", step.start.count()},
               {"end_ns", step.end.count()},
               {"latency_ns", step.latency ? Json(step.latency->count()) : Json()},
               {"bytes_to_phone", step.bytes_to_phone},
               {"bytes_to_host", step.bytes_to_host},
               {"packets_to_phone", step.packets_to_phone},
               {"packets_to_host", step.packets_to_host},
               {"first_packet", step.first_packet},
               {"last_packet", step.last_packet},
               {"content_bytes", step.content_bytes},
               {"content_digest", TextOrNull(step.content_digest)}};
  if (bytes) {
    Json excerpts = Json::array();
    for (const traces::Excerpt& excerpt : step.excerpts) {
      const bool to_phone = excerpt.direction == traces::Direction::kToPhone;
      excerpts.push_back({{"direction", to_phone ? "to_phone" : "to_host"},
                          {"bytes", protocol::ToHex(excerpt.bytes)},
                          {"length", excerpt.length}});
    }
    json["excerpts"] = std::move(excerpts);
  }
  return json;
}

}  // namespace mtkrig::harness
