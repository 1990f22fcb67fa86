#include "bench/support/report.hpp"

#include <fmt/format.h>

#include <ctime>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre::bench {
namespace {

std::string processor() {
  const auto info = read_file("/proc/cpuinfo").value_or("");
  for (const auto& line : split(info, '\n'))
    if (line.starts_with("model name")) return std::string(trim(line.substr(line.find(':') + 1)));
  return "unknown processor";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string markdown_row(const Row& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

}  // namespace

std::string markdown_table(const Row& titles, const std::vector<Row>& rows) {
  std::string text = markdown_row(titles) + markdown_row(Row(titles.size(), "---"));
  for (const auto& row : rows) text += markdown_row(row);
  return text;
}

std::string ms(double milliseconds) {
  return milliseconds < 1000 ? fmt::format("{:.0f} ms", milliseconds)
                             : fmt::format("{:.2f} s", milliseconds / 1000);
}

std::string ratio(double ours, double peer) { return fmt::format("{:.2f} x", ours / peer); }

void publish(const std::string& name, const std::string& title, const std::string& text) {
  const std::string file = LIBRE_SOURCE_DIR "/bench/results.md";
  const std::string begin = "<!-- begin " + name + " -->\n", end = "<!-- end " + name + " -->\n";
  const std::string part =
      fmt::format("{}## {}\n\n{}, {}, {} cores.\n\n{}\n{}", begin, title, today(), processor(),
                  std::thread::hardware_concurrency(), text, end);
  std::string all = read_file(file).value_or("# What was measured\n\n");
  const auto from = all.find(begin), to = all.find(end);
  if (from != std::string::npos && to != std::string::npos && from < to)
    all.replace(from, to + end.size() - from, part);
  else
    all += part;
  if (auto written = write_file_atomic(file, all, 0644); !written)
    throw std::runtime_error(written.error().describe());
  std::cout << part << std::flush;
}

}  // namespace libre::bench
