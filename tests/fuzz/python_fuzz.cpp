// Whatever lies in a project under the name of Python: imports stand on lines that exist, and what a notebook's
// cell becomes has not more lines than it.
#include <algorithm>

#include "deps/scan/imports.hpp"
#include "deps/scan/notebook.hpp"
#include "fuzz.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const auto& import : deps::find_imports(text)) {
    must(import.line >= 1 && import.line <= lines, "the line exists");
    must(!import.module.empty() && import.module[0] != '.', "a module is named");
  }
  const auto code = deps::cell_code(text);
  must(std::count(code.python.begin(), code.python.end(), '\n') <= lines, "no line is made up");
  (void)deps::code_cells(text);
  return 0;
}
