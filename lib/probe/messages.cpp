#include "probe/messages.hpp"

#include "probe/described.hpp"
#include "probe/rocm.hpp"

namespace libre::probe {
Result<Tables> parse_tables(std::string_view answer) {
  const auto begin = answer.find('{'), end = answer.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
    return Error{Errc::protocol, "there is no JSON object"};
  answer = answer.substr(begin, end + 1 - begin);
  boost::json::error_code failure;
  const auto json = boost::json::parse({answer.data(), answer.size()}, failure);
  if (failure) return Error{Errc::protocol, "invalid JSON", failure.message()};
  Tables tables;
  for (const auto& table : json.as_object()) {
    if (!table.value().is_object()) continue;
    for (const auto& field : table.value().get_object()) {
      std::string& text = tables[std::string(table.key())][std::string(field.key())];
      if (const auto* words = field.value().if_string())
        text.assign(words->data(), words->size());
      else if (field.value().is_number())
        text = boost::json::serialize(field.value());
    }
  }
  return tables;
}
}  // namespace libre::probe

LIBRE_JSON(libre::MachineFigures)
LIBRE_JSON(libre::probe::ProbeQuery)
