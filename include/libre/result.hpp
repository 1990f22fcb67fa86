// Result<T>: a value or an Error. The only way that libre reports failure; nothing throws across
// a header. Built on tl::expected (std::expected is C++23).
#pragma once
#include <libre/error.hpp>

#include <tl/expected.hpp>
#include <utility>

namespace libre {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(tl::unexpect, std::move(error)) {}
};

}  // namespace libre

#define LIBRE_CONCAT_(a, b) a##b
#define LIBRE_CONCAT(a, b) LIBRE_CONCAT_(a, b)

// Evaluates `expression`; returns its error from the enclosing function if it failed.
#define LIBRE_CHECK(expression)                                                                  \
  do {                                                                                           \
    if (auto libre_result = (expression); !libre_result) return std::move(libre_result).error(); \
  } while (false)

// LIBRE_TRY(auto size, file.size()): declares `size` with the value, or returns the error.
#define LIBRE_TRY(declaration, expression) \
  LIBRE_TRY_(LIBRE_CONCAT(libre_result_, __LINE__), declaration, expression)
#define LIBRE_TRY_(result, declaration, expression) \
  auto result = (expression);                       \
  if (!result) return std::move(result).error();    \
  declaration = std::move(*result)
