// The frame around what `--json` prints: {"schema_version":1, …}.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libre/json.hpp>

namespace cli {

std::string json_string(std::string_view text);  // any bytes; see libre/json.hpp

// Fields are name and finished JSON. Ends with a line break.
std::string json_document(const std::vector<std::pair<std::string, std::string>>& fields);

template <class T>
std::string json_array(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? "," : "") + libre::to_json(value);
  return text + "]";
}

}  // namespace cli
