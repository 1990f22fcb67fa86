#include <libre/project.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/ini.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "client/config_file.hpp"
#include "client/project_file.hpp"

namespace libre {

namespace fs = std::filesystem;

namespace client {

Result<Project> parse_project(std::string_view text, const fs::path& root) {
  const auto file = root / ".recompute" / "config";
  LIBRE_TRY(const auto entries, parse_ini(text, file.string()));
  Project project;
  project.root = root;
  project.name = root.filename().string();
  for (const auto& entry : entries) {
    LIBRE_CHECK(refuse_quotes(entry, file));
    if (entry.section != "project")
      return unknown_word(file, entry.line, "section", entry.section, {"project"});
    if (entry.key == "name")
      project.name = entry.value;
    else if (entry.key == "id")
      project.id = entry.value;
    else if (entry.key == "instance")
      project.instance = entry.value;
    else if (entry.key == "remote_home")
      project.remote_home = entry.value;
    else if (entry.key == "select")
      project.select = entry.value;
    else
      return unknown_word(file, entry.line, "key", entry.key,
                          {"name", "id", "instance", "remote_home", "select"});
    if (entry.key == "select" && !entry.value.empty() && entry.value != "python")
      return config_error(
          file, entry.line, fmt::format("select cannot be \"{}\"", printable(entry.value)),
          "write select = python, or leave the line out for everything git would not ignore");
  }
  LIBRE_CHECK(check_project_name(project.name));
  if (project.id.empty())
    return Error{Errc::config, fmt::format("{} has no id", file.string()), {}, "re init makes one"};
  return project;
}

Result<void> check_project_name(std::string_view name) {
  const auto bad = [&](const char* why) {
    return Error{Errc::usage,
                 fmt::format("\"{}\" cannot be the name of a project", printable(name)), why,
                 "choose another one: re init --name NAME"};
  };
  if (name.empty() || name == "." || name == "..") return bad("it names no directory");
  if (name.find('/') != std::string_view::npos) return bad("it holds a slash");
  if (name.starts_with('-')) return bad("it begins with a dash");
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(name.begin(), name.end(), control)) return bad("it holds a control character");
  if (trim(name) != name || name.find(" ;") != std::string_view::npos)
    return bad("it begins or ends with a space, or holds \" ;\"");
  return {};
}

std::string with_setting(std::string_view text, const std::string& key, const std::string& value) {
  std::string result, line_of_key = key + " = " + value + "\n";
  bool placed = false;
  for (const auto& line : split_lines(text)) {
    const auto equals = line.find('=');
    const bool ours =
        equals != std::string::npos && trim(std::string_view(line).substr(0, equals)) == key;
    result += ours ? line_of_key : line + "\n";
    placed |= ours;
  }
  return placed ? result : result + line_of_key;
}

}  // namespace client

namespace {

Result<Project> read_project(const fs::path& root) {
  LIBRE_TRY(const auto text, read_file(root / ".recompute" / "config", 1 << 20));
  return client::parse_project(text, root);
}

bool has_project(const fs::path& directory) {
  std::error_code failure;
  return fs::is_regular_file(directory / ".recompute" / "config", failure);
}

Result<fs::path> real_directory(const fs::path& directory) {
  std::error_code failure;
  const auto real = fs::canonical(directory, failure);
  if (failure)
    return system_error(fmt::format("cannot use the directory {}", directory.string()),
                        failure.value());
  return real;
}

Result<void> refuse_unmeant(const fs::path& root) {
  std::error_code failure;
  const auto home = home_directory(process_environment());
  const bool is_home = home && fs::equivalent(root, *home, failure);
  if (root != root.root_path() && !is_home) return {};
  return Error{Errc::usage, fmt::format("{} cannot be a project", root.string()),
               is_home ? "it is your home directory, with everything that you have"
                       : "it is the root of all files",
               "go to the directory of your code first: cd mycode && re init"};
}

Result<void> write_where_missing(const fs::path& file, std::string_view content) {
  std::error_code failure;
  if (fs::exists(fs::symlink_status(file, failure))) return {};
  return write_file_atomic(file, content, 0644);
}

Result<void> make_state_directory(const fs::path& directory) {
  LIBRE_CHECK(make_directories(directory));
  LIBRE_CHECK(write_where_missing(directory / ".gitignore", "*\n"));
  LIBRE_CHECK(write_where_missing(
      directory / "include",
      "# Files to bring along although git ignores them: one gitignore pattern a line.\n"));
  return write_where_missing(directory / "exclude",
                             "# Files to leave at home: one gitignore pattern a line.\n");
}

// The text of .recompute/config after an init with `options`.
Result<std::string> project_text(const fs::path& root, const InitOptions& options) {
  const auto file = root / ".recompute" / "config";
  auto old = read_file(file, 1 << 20);
  if (!old && old.error().code != Errc::not_found) return std::move(old).error();
  std::string text =
      old && !trim(*old).empty()
          ? *old
          : "# What re knows about this project. `re init` makes it; you may edit "
            "it.\n[project]\n" +
                fmt::format("name = {}\n",
                            options.name.empty() ? root.filename().string() : options.name);
  if (!options.name.empty()) text = client::with_setting(text, "name", options.name);
  if (!client::parse_project(text, root) && text.find("id =") == std::string::npos)
    text = client::with_setting(text, "id", random_id(16));
  if (!options.instance.empty()) text = client::with_setting(text, "instance", options.instance);
  if (!options.remote_home.empty())
    text = client::with_setting(text, "remote_home", options.remote_home);
  return text;
}

}  // namespace

Result<Project> find_project(const fs::path& directory) {
  LIBRE_TRY(const auto start, real_directory(directory));
  for (fs::path root = start;; root = root.parent_path()) {
    if (has_project(root)) return read_project(root);
    if (root == root.parent_path()) break;
  }
  return Error{Errc::not_found, fmt::format("{} is not inside a project", start.string()),
               "neither it nor a directory above it has .recompute/config",
               "go to your code, or make this a project: re init"};
}

Result<Project> init_project(const fs::path& directory, const InitOptions& options) {
  LIBRE_TRY(const auto root, real_directory(directory));
  LIBRE_CHECK(refuse_unmeant(root));
  LIBRE_CHECK(
      client::check_project_name(options.name.empty() ? root.filename().string() : options.name));
  LIBRE_TRY(const auto text, project_text(root, options));
  LIBRE_TRY(Project project, client::parse_project(text, root));
  // A value with a line break or a comment in it would come back as another one.
  if (!options.remote_home.empty() && project.remote_home != options.remote_home)
    return Error{Errc::usage,
                 fmt::format("--remote-home cannot be \"{}\"", printable(options.remote_home)),
                 "it begins or ends with white space, or holds a line break or \" ;\"",
                 "choose another directory"};
  LIBRE_CHECK(make_state_directory(root / ".recompute"));
  LIBRE_CHECK(write_file_atomic(root / ".recompute" / "config", text, 0644));
  return project;
}

}  // namespace libre
