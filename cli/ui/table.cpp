#include "cli/ui/table.hpp"

#include <algorithm>
#include <cstdint>

#include <libre/text.hpp>

namespace cli {
namespace {

struct Range {
  std::uint32_t first, last;
};
constexpr Range no_width[] = {
    {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
constexpr Range wide_characters[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                     {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                     {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
                                     {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

template <std::size_t N>
bool within(const Range (&ranges)[N], std::uint32_t point) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](Range range) { return point >= range.first && point <= range.last; });
}

struct Glyph {
  std::size_t bytes, columns;
};

// The first character of `text`, which is not empty and valid UTF-8 (see Table::add).
Glyph first_glyph(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length && i < text.size(); ++i)
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  const std::size_t columns = within(no_width, point) ? 0 : within(wide_characters, point) ? 2 : 1;
  return {std::min(length, text.size()), columns};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto glyph = first_glyph(text);
    width += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return width;
}

std::string truncated(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto glyph = first_glyph(text);
    if (used + glyph.columns + 1 > width) break;
    result += text.substr(0, glyph.bytes);
    used += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return width == 0 ? std::string() : result + "…";
}

void Table::add(std::vector<std::string> row) {
  row.resize(columns_.size());
  for (auto& cell : row) cell = libre::printable(cell);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t limit) const {
  std::vector<std::size_t> widths;
  std::size_t total = 1;  // "| " before and " " after each, "|" at the end
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
    total += width + 3;
  }
  // The widest of those that may shrink gives way, one column at a time.
  while (limit != 0 && total > limit) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t least = std::max<std::size_t>(display_width(columns_[i].title), 4);
      if (columns_[i].shrink && widths[i] > least &&
          (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string Table::line(const std::vector<std::string>& cells,
                        const std::vector<std::size_t>& widths, bool title) const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string cell = truncated(cells[i], widths[i]);
    const std::string space(widths[i] - display_width(cell), ' ');
    text += "| " + (columns_[i].right && !title ? space + cell : cell + space) + " ";
  }
  return text + "|\n";
}

std::string Table::render(std::size_t width) const {
  const auto columns = widths(width);
  std::string rule;
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    rule += '+';
    rule.append(columns[i] + 2, '-');
    titles.push_back(columns_[i].title);
  }
  rule += "+\n";
  std::string text = rule + line(titles, columns, true) + rule;
  for (const auto& row : rows_) text += line(row, columns, false);
  return text + rule;
}

}  // namespace cli
