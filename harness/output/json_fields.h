#pragma once

// JSON files of ours, which people edit and disks damage: what is wrong is told with the place, and
// in words rather than the library's exceptions.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <type_traits>

#include "harness/base.h"

namespace mtkrig::harness {

// kInvalidInput with line and byte for what is no JSON, and for anything but an object.
Result<nlohmann::ordered_json> ParseJsonObject(ByteSpan content);

// One field of an object. kInvalidInput names it when it is missing or of another type; `where`
// goes before, as in "file 3: ".
template <typename T>
Result<T> TakeField(const nlohmann::ordered_json& object, const char* key,
                    std::string_view where = "") {
  if (!object.is_object() || !object.contains(key)) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{}\"{}\" is missing", where, key));
  }
  const nlohmann::ordered_json& value = object.at(key);
  const Error wrong(ErrorCode::kInvalidInput,
                    fmt::format("{}\"{}\" is not of the right type", where, key));
  // The library would make any number fit.
  if (std::is_unsigned_v<T> && !value.is_number_unsigned()) return wrong;
  try {
    return value.get<T>();
  } catch (const nlohmann::ordered_json::exception&) {
    return wrong;
  }
}

}  // namespace mtkrig::harness
