#include "jobs/login_environment.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace libre::jobs {
namespace {

constexpr std::size_t output_limit = 8u << 20;

struct Account {
  std::string name, home, shell;
};

// Without NSS, which a static program cannot load. Users of LDAP are not in there: $USER, $HOME and
// $SHELL, which sshd sets, come first for that reason.
Account own_account() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
  while (file) {
    const passwd* entry = ::fgetpwent(file.get());
    if (!entry) break;
    if (entry->pw_uid == ::getuid()) return {entry->pw_name, entry->pw_dir, entry->pw_shell};
  }
  return {};
}

Variables plain_environment(const Variables& inherited) {
  Variables variables;
  for (const auto& entry : inherited)
    if (!entry.starts_with("SSH_") && !entry.starts_with("RE_JOB") && !entry.starts_with("_="))
      variables.push_back(entry);
  const Account account = own_account();
  const auto fill = [&](const char* name, const std::string& value) {
    if (get_variable(variables, name).empty() && !value.empty())
      set_variable(variables, name, value);
  };
  fill("HOME", account.home);
  fill("USER", account.name);
  fill("LOGNAME", get_variable(variables, "USER"));
  fill("SHELL", account.shell);
  fill("PATH", "/usr/local/bin:/usr/bin:/bin");
  if (::access(get_variable(variables, "SHELL").c_str(), X_OK) != 0)
    set_variable(variables, "SHELL", "/bin/sh");
  return variables;
}

// Reads until both markers are there, the output ends, or time is up. A daemon that the profile
// started may hold the pipe open for ever, so its end is not what is waited for.
std::optional<Variables> read_answer(int fd, const std::string& marker, const Wait& wait) {
  std::string output;
  char buffer[16 * 1024];
  while (output.size() < output_limit && wait_for(fd, POLLIN, wait)) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) return std::nullopt;
    output.append(buffer, static_cast<std::size_t>(got));
    if (auto variables = parse_environment(marker, output)) return variables;
  }
  return std::nullopt;
}

std::optional<Variables> ask_shell(const Variables& environment, const std::string& shell,
                                   bool interactive, const std::filesystem::path& agent,
                                   std::chrono::milliseconds patience) {
  const std::string marker = random_id(24);
  auto pipe = make_pipe();
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!pipe || !nowhere) return std::nullopt;
  SpawnOptions options;
  options.program = shell;
  options.argv = {"-" + std::filesystem::path(shell).filename().string()};
  if (interactive) options.argv.push_back("-i");
  options.argv.push_back("-c");
  options.argv.push_back(shell_quote({agent.string(), "print-environment", marker}));
  options.environment = environment;
  options.directory = get_variable(environment, "HOME");
  options.out = pipe->second.get();
  options.err = nowhere.get();
  options.new_session = true;
  if (::access(options.directory.c_str(), X_OK) != 0) options.directory = "/";
  const auto pid = spawn(options);
  if (!pid) return std::nullopt;
  pipe->second.reset();
  const Wait wait{Deadline::after(patience), nullptr};
  auto answer = read_answer(pipe->first.get(), marker, wait);
  // With the answer in hand the shell may end in peace (its logout files), but not take its time.
  const Wait leave{
      Deadline::after(answer ? std::chrono::milliseconds(500) : std::chrono::milliseconds(0)),
      nullptr};
  if (!wait_exit(*pid, leave)) {
    ::kill(-*pid, SIGKILL);
    (void)wait_exit(*pid, {});
  }
  return answer;
}

}  // namespace

std::string get_variable(const Variables& variables, std::string_view name) {
  const std::string prefix = std::string(name) + "=";
  for (const auto& entry : variables)
    if (entry.starts_with(prefix)) return entry.substr(prefix.size());
  return {};
}

void drop_variable(Variables& variables, std::string_view name) {
  const std::string prefix = std::string(name) + "=";
  std::erase_if(variables, [&](const std::string& entry) { return entry.starts_with(prefix); });
}

void set_variable(Variables& variables, std::string_view name, std::string_view value) {
  drop_variable(variables, name);
  variables.push_back(std::string(name) + "=" + std::string(value));
}

Variables own_variables() {
  Variables variables;
  for (char** entry = environ; entry && *entry; ++entry) variables.emplace_back(*entry);
  return variables;
}

static std::vector<std::string> quiet_options_of(const LoginEnvironment& login,
                                                 std::chrono::milliseconds patience) {
  const std::string name = std::filesystem::path(login.shell).filename().string();
  if (name == "tcsh" || name == "csh" || name == "zsh") return {"-f"};
  if (name != "fish") return {};
  // Only fish 3.2 and later can be told; an older one ends with an error.
  SpawnOptions probe{.argv = {login.shell, "--no-config", "-c", "true"},
                     .environment = login.variables};
  const auto tried = run(std::move(probe), {}, {Deadline::after(patience)});
  if (tried && tried->exit.ok()) return {"--no-config"};
  return {};
}

Result<std::string> find_shell(const std::string& shell, const Variables& variables) {
  std::vector<std::filesystem::path> places;
  if (shell.find('/') != std::string::npos) {
    places.push_back(expand_tilde(shell, get_variable(variables, "HOME")));
  } else {
    const std::string path = get_variable(variables, "PATH") + ":/usr/local/bin:/usr/bin:/bin";
    for (const auto& directory : split(path, ':'))
      places.push_back(std::filesystem::path(directory) / shell);
  }
  for (const auto& place : places)
    if (place.is_absolute() && ::access(place.c_str(), X_OK) == 0) return place.string();
  return Error{Errc::not_found, "the shell " + printable(shell) + " cannot be run here", "",
               "correct `shell` in the configuration of this instance"};
}

LoginEnvironment login_environment(const Variables& inherited, const std::filesystem::path& agent,
                                   std::chrono::milliseconds patience, const std::string& shell) {
  LoginEnvironment login;
  login.variables = plain_environment(inherited);
  if (!shell.empty()) set_variable(login.variables, "SHELL", shell);
  login.shell = get_variable(login.variables, "SHELL");
  Variables asking = login.variables;
  const bool has_terminal = !get_variable(asking, "TERM").empty();
  if (!has_terminal) set_variable(asking, "TERM", "dumb");  // tcsh and fish complain without
  auto answer = ask_shell(asking, login.shell, true, agent, patience);
  if (!answer) answer = ask_shell(asking, login.shell, false, agent, patience);
  login.quiet_options = quiet_options_of(login, patience);
  if (!answer) return login;
  login.variables = *std::move(answer);
  if (!has_terminal && get_variable(login.variables, "TERM") == "dumb")
    drop_variable(login.variables, "TERM");
  for (const char* name : {"_", "SHLVL", "OLDPWD", "PWD"}) drop_variable(login.variables, name);
  return login;
}

std::vector<std::string> shell_command(const LoginEnvironment& login, const std::string& command) {
  std::vector<std::string> argv = {login.shell};
  argv.insert(argv.end(), login.quiet_options.begin(), login.quiet_options.end());
  argv.push_back("-c");
  argv.push_back(command);
  return argv;
}

std::string print_environment(const std::string& marker, const Variables& variables) {
  // NULs around the marker tell it from the command line that a shell with `set -v` echoes.
  const std::string fence = '\0' + marker + '\0';
  std::string output = fence;
  for (const auto& entry : variables) output += entry + '\0';
  return output + fence;
}

std::optional<Variables> parse_environment(const std::string& marker, std::string_view output) {
  const std::string fence = '\0' + marker + '\0';
  const auto begin = output.find(fence);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto first = begin + fence.size();
  const auto end = output.find(fence, first);
  if (end == std::string_view::npos) return std::nullopt;
  Variables variables;
  for (const auto& entry : split(output.substr(first, end - first), '\0'))
    if (entry.find('=') != std::string::npos && entry.front() != '=') variables.push_back(entry);
  return variables;
}

}  // namespace libre::jobs
