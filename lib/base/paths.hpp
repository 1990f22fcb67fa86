// Where things live. Pure functions of an Environment, so tests can move the whole world.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <libre/result.hpp>

namespace libre {

// Looks up an environment variable; empty values count as unset.
using Environment = std::function<std::optional<std::string>(const char*)>;
Environment process_environment();

// $HOME first, the password file second (read without NSS, so that a static program may ask).
Result<std::filesystem::path> home_directory(const Environment& env);

// "~" and "~/x" become paths under `home`; everything else is returned unchanged.
std::filesystem::path expand_tilde(std::string_view path, const std::filesystem::path& home);

// $XDG_STATE_HOME or ~/.local/state, $XDG_CACHE_HOME or ~/.cache, $XDG_CONFIG_HOME or ~/.config.
std::filesystem::path state_home(const Environment& env, const std::filesystem::path& home);
std::filesystem::path cache_home(const Environment& env, const std::filesystem::path& home);
std::filesystem::path config_home(const Environment& env, const std::filesystem::path& home);

// The running program's own file.
Result<std::filesystem::path> own_executable();

std::string host_name();  // this machine's name, without its domain; "localhost" where it has none

}  // namespace libre
