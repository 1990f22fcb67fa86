// `re-agent shell DIRECTORY-IN-BASE64 [PROJECT [ROOT-IN-BASE64]]`: becomes the user's shell in a directory, in the
// Python environment of the project where there is one. Paths come encoded because every login shell reads base64
// as one plain word.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/files.hpp"
#include "base/text.hpp"
#include "jobs/login_environment.hpp"
#include "jobs/project_environment.hpp"
#include "places.hpp"
#include "verbs.hpp"

namespace libre::agent {
namespace fs = std::filesystem;
namespace {

constexpr auto profile_limit = std::chrono::seconds(10);

void go_to(const std::string& directory) {
  if (!directory.empty() && ::chdir(directory.c_str()) != 0)
    std::fprintf(stderr, "re: %s: %s; you are in your home directory\n",
                 printable(directory).c_str(), std::strerror(errno));
  else
    ::setenv("PWD", directory.c_str(), 1);
}

std::optional<fs::path> environment_of(const std::string& project, const std::string& root) {
  const auto places = find_places(process_environment(), root);
  const auto place = places ? jobs::environments_place(places->state_root, project) : std::nullopt;
  return place ? jobs::current_environment(*place) : std::nullopt;
}

int become(const std::string& program, std::vector<std::string> argv) {
  std::vector<char*> words;
  for (auto& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());
  std::fprintf(stderr, "re: cannot run %s: %s\n", program.c_str(), std::strerror(errno));
  return 127;
}

void put_variables(const jobs::Variables& variables) {
  for (const auto& variable : variables)
    if (const auto at = variable.find('='); at != std::string::npos)
      ::setenv(variable.substr(0, at).c_str(), variable.c_str() + at + 1, 1);
}

// Files that a login reads often put a Python of their own in front (conda does), so the environment is entered
// behind them: bash and fish can be told so.
int become_bash(const std::string& shell, const std::string& entering) {
  const int fd = ::memfd_create("re-shell", 0);
  const std::string number = std::to_string(fd);
  const std::string text =
      "[ -r /etc/profile ] && . /etc/profile\n"
      "for re_file in ~/.bash_profile ~/.bash_login ~/.profile; do\n"
      "  [ -r \"$re_file\" ] && { . \"$re_file\"; break; }\n"
      "done\n"
      "unset re_file\n" +
      entering + "exec " + number + "<&-\n";
  if (fd < 0 || !write_all(fd, text)) return become(shell, {"-bash"});
  return become(shell, {"bash", "--rcfile", "/proc/self/fd/" + number, "-i"});
}

// Others read what they read without a login, in the environment that a login has.
int become_other(const std::string& shell, const std::string& name, const fs::path& environment) {
  const auto agent = own_executable();
  auto login = jobs::login_environment(jobs::own_variables(), agent ? *agent : fs::path(),
                                       profile_limit, shell);
  jobs::activate_environment(login.variables, environment);
  put_variables(login.variables);
  ::unsetenv("PYTHONHOME");
  return become(shell, {name, "-i"});
}

int enter(const std::string& shell, const std::string& name, const fs::path& environment) {
  jobs::Variables entered{"PATH="};
  jobs::activate_environment(entered, environment);
  const auto bin = jobs::get_variable(entered, "PATH");
  if (bin.empty()) return become(shell, {"-" + name});  // the system's Python is used
  const auto where = shell_quote(environment.string());
  const std::string variable =
      jobs::get_variable(entered, "CONDA_PREFIX").empty() ? "VIRTUAL_ENV" : "CONDA_PREFIX";
  // Bash and fish enter it later than exec, and only what a process began with can be seen from outside.
  ::setenv("RE_ENVIRONMENT", environment.c_str(), 1);
  if (name == "bash")
    return become_bash(shell, "export " + variable + "=" + where + " PATH=" + shell_quote(bin) +
                                  ":\"$PATH\"\nunset PYTHONHOME\n");
  if (name == "fish")
    return become(shell, {"fish", "-l", "-C",
                          "set -gx " + variable + " " + where + "; set -gx PATH " +
                              shell_quote(bin) + " $PATH; set -e PYTHONHOME"});
  return become_other(shell, name, environment);
}

}  // namespace

int shell_verb(const std::vector<std::string>& arguments) {
  std::string directory, root;
  if (arguments.empty() || arguments.size() > 3 || !base64_decode(arguments[0], directory) ||
      (arguments.size() > 2 && !base64_decode(arguments[2], root)))
    return usage("re-agent shell DIRECTORY-IN-BASE64 [PROJECT [ROOT-IN-BASE64]]");
  go_to(directory);
  const char* own = std::getenv("SHELL");
  const std::string shell = own && *own ? own : "/bin/sh";
  const std::string name = fs::path(shell).filename().string();
  const auto environment = arguments.size() > 1 ? environment_of(arguments[1], root) : std::nullopt;
  if (environment) return enter(shell, name, *environment);
  return become(shell, {"-" + name});  // the dash makes it a login shell
}

}  // namespace libre::agent
