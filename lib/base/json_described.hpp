// Defines to_json and from_json for a struct. Slow to compile: include it in messages.cpp files only.
//
//   BOOST_DESCRIBE_STRUCT(JobSpec, (), (argv, env))   // in the struct's namespace
//   LIBRE_JSON(libre::JobSpec)                          // at global scope, for the types used alone
//
// Handles bool, integers, double, std::string, paths, seconds, vectors, string maps, optionals (null = absent),
// described enums (by name) and described structs.
#pragma once
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"

namespace libre::json_detail {

namespace bj = boost::json;
namespace bd = boost::describe;

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};
template <class T>
using members_of = bd::describe_members<T, bd::mod_any_access>;

inline bj::value write_string(const std::string& text) {
  if (is_utf8(text)) return bj::value(text);
  return bj::object{{"base64", base64_encode(text)}};
}

template <class T>
bj::value write(const T& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T>)
    return value;
  else if constexpr (std::is_same_v<T, std::string>)
    return write_string(value);
  else if constexpr (std::is_same_v<T, std::filesystem::path>)
    return write_string(value.string());
  else if constexpr (std::is_same_v<T, std::chrono::seconds>)
    return std::int64_t{value.count()};
  else if constexpr (std::is_enum_v<T>)
    return bj::value(bd::enum_to_string(value, "?"));
  else if constexpr (std::is_signed_v<T> && std::is_integral_v<T>)
    return std::int64_t{value};
  else if constexpr (std::is_integral_v<T>)
    return std::uint64_t{value};
  else if constexpr (is_optional<T>::value)
    return value ? write(*value) : bj::value(nullptr);
  else if constexpr (is_vector<T>::value) {
    bj::array array;
    for (const auto& element : value) array.push_back(write(element));
    return array;
  } else if constexpr (is_map<T>::value) {
    bj::object object;
    for (const auto& [key, element] : value) object[key] = write(element);
    return object;
  } else {
    bj::object object;
    boost::mp11::mp_for_each<members_of<T>>(
        [&](auto member) { object[member.name] = write(value.*member.pointer); });
    return object;
  }
}

inline Error wrong(const std::string& where, const char* expected) {
  return Error{Errc::protocol, (where.empty() ? "JSON" : where) + ": expected " + expected};
}

inline Result<void> read_string(const bj::value& json, std::string& out, const std::string& where) {
  if (const auto* text = json.if_string()) {
    out.assign(text->data(), text->size());
    return {};
  }
  if (const auto* object = json.if_object())
    if (const auto* field = object->if_contains("base64"); field && field->is_string())
      if (base64_decode(field->get_string(), out)) return {};
  return wrong(where, "a string");
}

template <class T>
Result<void> read(const bj::value& json, T& out, const std::string& where) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_bool()) return wrong(where, "true or false");
    out = json.get_bool();
    return {};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_string(json, out, where);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    std::string text;
    LIBRE_CHECK(read_string(json, text, where));
    out = std::move(text);
    return {};
  } else if constexpr (std::is_same_v<T, std::chrono::seconds>) {
    std::int64_t count = 0;
    LIBRE_CHECK(read(json, count, where));
    out = std::chrono::seconds(count);
    return {};
  } else if constexpr (std::is_enum_v<T>) {
    if (!json.is_string() || !bd::enum_from_string(json.get_string().c_str(), out))
      return wrong(where, "a known name");
    return {};
  } else if constexpr (std::is_integral_v<T>) {
    boost::json::error_code failure;
    const T number = json.to_number<T>(failure);
    if (failure) return wrong(where, "an integer");
    out = number;
    return {};
  } else if constexpr (std::is_floating_point_v<T>) {
    boost::json::error_code failure;
    const T number = json.to_number<T>(failure);
    if (failure || !std::isfinite(number))
      return wrong(where, "a number");  // 1e999 reads as infinite
    out = number;
    return {};
  } else if constexpr (is_optional<T>::value) {
    if (json.is_null()) {
      out.reset();
      return {};
    }
    return read(json, out.emplace(), where);
  } else if constexpr (is_vector<T>::value) {
    if (!json.is_array()) return wrong(where, "an array");
    out.clear();
    for (const auto& element : json.get_array()) {
      typename T::value_type item{};
      LIBRE_CHECK(read(element, item, where + "[" + std::to_string(out.size()) + "]"));
      out.push_back(std::move(item));
    }
    return {};
  } else if constexpr (is_map<T>::value) {
    if (!json.is_object()) return wrong(where, "an object");
    out.clear();
    for (const auto& field : json.get_object())
      LIBRE_CHECK(read(field.value(), out[std::string(field.key())],
                       where + "." + std::string(field.key())));
    return {};
  } else {
    if (!json.is_object()) return wrong(where, "an object");
    Result<void> result;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
      if (!result) return;
      const auto* field = json.get_object().if_contains(member.name);
      if (field)
        result = read(*field, out.*member.pointer,
                      where.empty() ? member.name : where + "." + member.name);
    });
    return result;
  }
}

template <class T>
std::string to_text(const T& value) {
  return bj::serialize(write(value));
}

template <class T>
Result<T> from_text(std::string_view text) {
  boost::json::error_code failure;
  const bj::value json = bj::parse({text.data(), text.size()}, failure);
  if (failure) return Error{Errc::protocol, "invalid JSON", failure.message()};
  T value{};
  LIBRE_CHECK(read(json, value, {}));
  return value;
}

}  // namespace libre::json_detail

#define LIBRE_JSON(T)                                           \
  template <>                                                   \
  std::string libre::to_json<T>(const T& value) {               \
    return libre::json_detail::to_text(value);                  \
  }                                                             \
  template <>                                                   \
  libre::Result<T> libre::from_json<T>(std::string_view text) { \
    return libre::json_detail::from_text<T>(text);              \
  }
