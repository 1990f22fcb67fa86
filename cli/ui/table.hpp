// Tables as the original draws them, fitted to the terminal. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Columns that `text` takes on a terminal: UTF-8, wide and combining characters known.
std::size_t display_width(std::string_view text);

// `text` cut to `width` columns, with … where something is missing.
std::string truncated(std::string_view text, std::size_t width);

struct Column {
  std::string title;
  bool right = false;   // numbers
  bool shrink = false;  // may be cut where the table is too wide
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> row);       // control characters become visible
  std::string render(std::size_t width) const;  // 0 = as wide as it needs

 private:
  std::vector<std::size_t> widths(std::size_t limit) const;
  std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                   bool title) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cli
