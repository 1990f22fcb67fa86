#include "support/home.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

extern char** environ;

namespace libre::testing {
namespace fs = std::filesystem;

fs::path built_re() { return fs::path(LIBRE_BUILD_DIR) / "bin/re"; }
fs::path built_agent() { return fs::path(LIBRE_BUILD_DIR) / "libexec/libre/re-agent-linux-x86_64"; }

Home::Home() : path_(fs::temp_directory_path() / ("re-test-home-" + random_id(8))) {
  fs::create_directories(path_ / "run");
  fs::permissions(path_ / "run", fs::perms(0700));
  set["XDG_RUNTIME_DIR"] = (path_ / "run").string();
}

Home::~Home() {
  end_processes_of(path_);
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> Home::environment() const {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string::npos || text.starts_with("XDG_") || text.starts_with("RE_"))
      continue;
    variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  variables["HOME"] = path_.string();
  for (const auto& [name, value] : set) variables[name] = value;
  std::vector<std::string> list;
  for (const auto& [name, value] : variables) list.push_back(name + "=" + value);
  return list;
}

Output Home::run(std::vector<std::string> argv, const fs::path& directory,
                 std::string_view input) const {
  auto output = libre::run({.argv = std::move(argv),
                            .environment = environment(),
                            .directory = directory.empty() ? path_ : directory},
                           input, {.deadline = Deadline::after(std::chrono::seconds(60))});
  if (!output) throw std::runtime_error(output.error().describe());
  return std::move(*output);
}

pid_t Home::start(std::vector<std::string> argv, const fs::path& directory, int in, int out,
                  int err) const {
  auto pid = spawn({.argv = std::move(argv),
                    .environment = environment(),
                    .directory = directory.empty() ? path_ : directory,
                    .in = in,
                    .out = out,
                    .err = err,
                    .new_session = true});
  if (!pid) throw std::runtime_error(pid.error().describe());
  return *pid;
}

void Home::write(std::string_view name, std::string_view content) const {
  const auto file = path_ / name;
  fs::create_directories(file.parent_path());
  if (auto written = write_file_atomic(file, content, 0644); !written)
    throw std::runtime_error(written.error().describe());
}

std::string Home::read(std::string_view name) const { return read_file(path_ / name).value_or(""); }

std::vector<pid_t> processes_of(const fs::path& home) {
  std::vector<pid_t> found;
  const std::string wanted = "HOME=" + home.string();
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc() || *parsed.ptr != '\0' || pid == ::getpid()) continue;
    const auto variables = read_file(entry.path() / "environ");
    if (!variables) continue;
    for (const auto& variable : split(*variables, '\0'))
      if (variable == wanted) {
        found.push_back(pid);
        break;
      }
  }
  return found;
}

void end_processes_of(const fs::path& home) {
  // Twice: a process may have been between fork and exec while we looked.
  for (int round = 0; round < 2; ++round)
    for (const pid_t pid : processes_of(home)) ::kill(pid, SIGKILL);
}

}  // namespace libre::testing
