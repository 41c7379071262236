#include "harness/output/json_fields.h"

#include <algorithm>

namespace mtkrig::harness {

Result<nlohmann::ordered_json> ParseJsonObject(ByteSpan content) {
  using Json = nlohmann::ordered_json;
  if (content.empty()) return Error(ErrorCode::kInvalidInput, "it is empty");
  try {
    Json json = Json::parse(content.begin(), content.end());
    if (!json.is_object()) return Error(ErrorCode::kInvalidInput, "it is no JSON object");
    return json;
  } catch (const Json::parse_error& error) {
    // Counts from 1, and is one behind the end where the file is cut off.
    const std::size_t at = std::clamp<std::size_t>(error.byte, 1, content.size() + 1) - 1;
    const ByteSpan before = content.first(at);
    const auto line = 1 + std::count(before.begin(), before.end(), std::uint8_t{'\n'});
    if (at == content.size()) {
      return Error(ErrorCode::kInvalidInput,
                   fmt::format("it is cut off in line {}, at byte {}", line, at));
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("it is no JSON from line {} on, byte {}", line, at));
  } catch (const Json::exception&) {
    return Error(ErrorCode::kInvalidInput, "it is no JSON");
  }
}

}  // namespace mtkrig::harness
