#include "cli/ui/json.hpp"

#include <fmt/format.h>

namespace cli {

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\', quoted += c;
    else if (c == '\n') quoted += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20) quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else quoted += c;
  }
  return quoted + "\"";
}

std::string json_document(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text = "{\"schema_version\":1";
  for (const auto& [name, value] : fields) text += "," + json_string(name) + ":" + value;
  return text + "}\n";
}

}  // namespace cli
