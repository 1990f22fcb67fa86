// Jupyter notebooks as Python source. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <libre/result.hpp>

namespace libre::deps {

// The code cells of an .ipynb file, in order. Errc::protocol where it is none.
Result<std::vector<std::string>> code_cells(std::string_view notebook);

struct CellCode {
  std::string python{};  // the cell without what IPython alone understands, line for line
  std::vector<std::string>
      installs{};  // what "%pip install …" and "!pip install …" name, word for word
};

// Takes magics (%…, %%…) and shell lines (!…) out of a cell. A cell that is all of another language
// (%%bash, %%html, …) has no Python.
CellCode cell_code(std::string_view cell);

}  // namespace libre::deps
