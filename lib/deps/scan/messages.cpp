// The JSON of Jupyter notebooks (nbformat 3 and 4).
#include <boost/json.hpp>

#include "deps/scan/notebook.hpp"

namespace libre::deps {
namespace {

namespace bj = boost::json;

// Text is one string, or a list of lines that keep their ends.
std::string text_of(const bj::value* value) {
  std::string text;
  if (value && value->is_string()) text = std::string(value->get_string());
  if (value && value->is_array())
    for (const auto& line : value->get_array())
      if (line.is_string()) text += std::string(line.get_string());
  return text;
}

void take_cells(const bj::object& place, std::vector<std::string>& cells) {
  const auto* list = place.if_contains("cells");
  if (!list || !list->is_array()) return;
  for (const auto& cell : list->get_array()) {
    const auto* object = cell.if_object();
    if (!object || text_of(object->if_contains("cell_type")) != "code") continue;
    const auto* source = object->if_contains("source");
    cells.push_back(text_of(source ? source : object->if_contains("input")));
  }
}

}  // namespace

Result<std::vector<std::string>> code_cells(std::string_view notebook) {
  boost::json::error_code failure;
  const bj::value json = bj::parse({notebook.data(), notebook.size()}, failure);
  if (failure || !json.is_object())
    return Error{Errc::protocol, "this is no notebook",
                 failure ? failure.message() : "no JSON object"};
  std::vector<std::string> cells;
  take_cells(json.get_object(), cells);
  if (const auto* sheets = json.get_object().if_contains("worksheets");
      sheets && sheets->is_array())
    for (const auto& sheet : sheets->get_array())
      if (sheet.is_object()) take_cells(sheet.get_object(), cells);
  return cells;
}

}  // namespace libre::deps
