// What choosing a machine needs around the choice itself (lib/probe/choose.cpp).
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include <libre/probe.hpp>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre {

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const std::string word(trim(text));
  const auto bad = [&] {
    return Error{Errc::usage,
                 fmt::format("\"{}\" is no amount of memory", printable(word)),
                 {},
                 "write a number and a unit: 20G, 500M, 16GiB"};
  };
  if (word.empty() || word[0] < '0' || word[0] > '9' || word.starts_with("0x")) return bad();
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  std::string unit = to_lower(trim(end));
  const bool binary = unit.ends_with("ib");
  if (unit.ends_with("ib"))
    unit.resize(unit.size() - 2);
  else if (unit.ends_with('b'))
    unit.resize(unit.size() - 1);
  constexpr std::string_view units = "kmgtp";
  const auto place = unit.size() == 1 ? units.find(unit[0]) : std::string_view::npos;
  const bool plain = unit.empty() && !binary;
  if (!plain && place == std::string_view::npos) return bad();
  const auto power = plain ? 0.0 : static_cast<double>(place + 1);
  const double bytes = value * std::pow(binary ? 1024.0 : 1000.0, power);
  if (!(bytes < 9e18)) return bad();
  return static_cast<std::uint64_t>(bytes);
}

namespace {
std::filesystem::path choice_file(const Project& project) {
  return project.state_directory() / "instance";
}
}  // namespace

std::string last_choice(const Project& project) {
  const auto text = read_file(choice_file(project), 4096);
  return text ? std::string(trim(*text)) : std::string();
}

Result<void> remember_choice(const Project& project, const std::string& instance) {
  return write_file_atomic(choice_file(project), instance + "\n", 0644);
}

}  // namespace libre
