// The manual as pages for man(1), made from what the parser knows. Pure.
#pragma once
#include <string>
#include <vector>

#include "cli/parser.hpp"

namespace cli {

struct Page {
  std::string file;  // "re-async.1"
  std::string text;  // in the language of man(7)
};

// re(1), and one page for each command that people use.
std::vector<Page> manual_pages(const Parser& parser);

}  // namespace cli
