#include "jobs/project_environment.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view digits = "0123456789";

}  // namespace

std::optional<fs::path> environments_place(const fs::path& state_root,
                                           const std::string& project_id) {
  constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
  if (project_id.size() > 64 || !all_of(project_id, letters)) return std::nullopt;
  return state_root / "environments" / project_id;
}

bool is_environment_name(const std::string& name) {
  const auto dot = name.find('.');
  return dot != std::string::npos && name.size() <= 64 &&
         all_of(std::string_view(name).substr(0, dot), "0123456789abcdef") &&
         all_of(std::string_view(name).substr(dot + 1), digits);
}

bool is_whole_environment(const fs::path& directory) {
  std::error_code failure;
  if (!fs::exists(directory / environment_marker, failure)) return false;
  // Where the system's Python has been replaced, what was made with it leads nowhere.
  return !fs::exists(directory / "bin", failure) ||
         ::access((directory / "bin/python").c_str(), X_OK) == 0;
}

std::optional<fs::path> current_environment(const fs::path& place) {
  const auto text = read_file(place / "current", 256);
  if (!text) return std::nullopt;
  const std::string name(trim(*text));
  if (!is_environment_name(name) || !is_whole_environment(place / name)) return std::nullopt;
  return place / name;
}

void activate_environment(Variables& variables, const fs::path& directory) {
  std::error_code failure;
  const auto bin = directory / "bin";
  if (!fs::exists(bin, failure)) return;
  const bool conda = fs::exists(directory / "conda-meta", failure);
  set_variable(variables, conda ? "CONDA_PREFIX" : "VIRTUAL_ENV", directory.string());
  const auto path = get_variable(variables, "PATH");
  set_variable(variables, "PATH", bin.string() + (path.empty() ? "" : ":" + path));
  drop_variable(variables, "PYTHONHOME");
}

}  // namespace libre::jobs
