#pragma once

// Result<T>: a value or an Error. The only way a function of mtkrig reports failure; exceptions of
// libraries are caught at the edge where they enter.
//
//   Result<std::uint16_t> ReadStatus();
//   TRY_ASSIGN(const std::uint16_t status, ReadStatus());   // returns the error to our caller
//   TRY(Expect(status));                                     // the same for Result<void>

#include <tl/expected.hpp>
#include <utility>

#include "protocol/base/error.h"

namespace mtkrig::protocol {

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}  // NOLINT
};

// Success of an operation that yields nothing.
inline Result<void> Ok() {
  return {};
}

}  // namespace mtkrig::protocol

#define MTKRIG_CONCAT_INNER(a, b) a##b
#define MTKRIG_CONCAT(a, b) MTKRIG_CONCAT_INNER(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): `target` may be a declaration, and takes no parentheses.

// Evaluates an expression of type Result<...>; returns its error from the enclosing function.
#define TRY(expression)                                            \
  do {                                                             \
    if (auto try_result = (expression); !try_result.has_value()) { \
      return std::move(try_result).error();                        \
    }                                                              \
  } while (false)

// As TRY, and declares or assigns `target` from the value.
#define TRY_ASSIGN(target, expression) \
  TRY_ASSIGN_INNER(MTKRIG_CONCAT(try_result_, __LINE__), target, expression)
#define TRY_ASSIGN_INNER(result, target, expression) \
  auto result = (expression);                        \
  if (!result.has_value()) {                         \
    return std::move(result).error();                \
  }                                                  \
  target = *std::move(result)

// NOLINTEND(bugprone-macro-parentheses)
