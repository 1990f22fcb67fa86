#include "base/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <memory>

namespace libre {
namespace fs = std::filesystem;

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (!value || !*value) return std::nullopt;
    return value;
  };
}

Result<fs::path> home_directory(const Environment& env) {
  if (auto home = env("HOME")) return fs::path(*home);
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
  while (file) {
    const passwd* entry = ::fgetpwent(file.get());
    if (!entry) break;
    if (entry->pw_uid == ::getuid()) return fs::path(entry->pw_dir);
  }
  return Error{Errc::config, "cannot find your home directory",
               "HOME is not set and /etc/passwd has no entry for this user", "set HOME"};
}

fs::path expand_tilde(std::string_view path, const fs::path& home) {
  if (path == "~") return home;
  if (path.starts_with("~/")) return home / path.substr(2);
  return fs::path(path);
}

static fs::path xdg(const Environment& env, const char* variable, fs::path fallback) {
  // The XDG specification: relative values are to be ignored.
  if (auto value = env(variable); value && value->starts_with('/')) return *value;
  return fallback;
}

fs::path state_home(const Environment& env, const fs::path& home) {
  return xdg(env, "XDG_STATE_HOME", home / ".local/state");
}
fs::path cache_home(const Environment& env, const fs::path& home) {
  return xdg(env, "XDG_CACHE_HOME", home / ".cache");
}
fs::path config_home(const Environment& env, const fs::path& home) {
  return xdg(env, "XDG_CONFIG_HOME", home / ".config");
}

Result<fs::path> own_executable() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size < 0) return system_error("cannot find our own program file", errno);
  return fs::path(std::string(path, static_cast<std::size_t>(size)));
}

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || !*name) return "localhost";
  const std::string full = name;
  return full.substr(0, full.find('.'));
}

}  // namespace libre
