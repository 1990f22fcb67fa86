#include "cli/ui/json.hpp"

namespace cli {

std::string json_string(std::string_view text) { return libre::to_json(std::string(text)); }

std::string json_document(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text = "{\"schema_version\":1";
  for (const auto& [name, value] : fields) text += "," + json_string(name) + ":" + value;
  return text + "}\n";
}

}  // namespace cli
