// .recompute/config as a value and as text. Pure.
#pragma once
#include <libre/project.hpp>

namespace libre::client {

// Errc::config names file and line.
Result<Project> parse_project(std::string_view text, const std::filesystem::path& root);

// Errc::usage where `name` cannot be a directory's name on an instance, or stand in an INI file.
Result<void> check_project_name(std::string_view name);

// `text` with the line of `key` replaced, or appended; everything else stays as it is.
std::string with_setting(std::string_view text, const std::string& key, const std::string& value);

}  // namespace libre::client
