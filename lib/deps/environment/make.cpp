#include "deps/environment/make.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "deps/environments.hpp"
#include "deps/local_environments.hpp"
#include "jobs/project_environment.hpp"

namespace libre::deps {
namespace fs = std::filesystem;
namespace {

// A handler can have nothing else.
volatile sig_atomic_t asked_to_end = 0;
volatile pid_t child = 0;
void end_soon(int signal) {
  asked_to_end = signal;
  if (child > 0) ::kill(child, signal);
}

constexpr std::size_t kept_environments = 2;  // beside the current one

void say(const std::string& line) { (void)write_all(STDOUT_FILENO, "re: " + line + "\n"); }

int fail(const Error& error) {
  std::string text = "re: ERROR: " + error.message;
  if (!error.cause.empty()) text += ": " + error.cause;
  (void)write_all(STDERR_FILENO,
                  (error.hint.empty() ? "" : "re: " + error.hint + "\n") + text + "\n");
  return 1;
}

// Nothing of another environment, and no question that nobody would answer.
jobs::Variables variables_of(const std::map<std::string, std::string>& more) {
  auto variables = jobs::own_variables();
  for (const char* name : {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX"})
    jobs::drop_variable(variables, name);
  const std::map<std::string, std::string> quiet = {{"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
                                                    {"PIP_NO_INPUT", "1"},
                                                    {"PIP_PROGRESS_BAR", "off"},
                                                    {"PYTHONUNBUFFERED", "1"},
                                                    {"CONDA_ALWAYS_YES", "1"}};
  for (const auto& [name, value] : quiet) jobs::set_variable(variables, name, value);
  for (const auto& [name, value] : more) jobs::set_variable(variables, name, value);
  return variables;
}

Result<void> run_step(const BuildStep& step, const fs::path& project) {
  say(step.what);
  LIBRE_TRY(const auto pid, spawn({.argv = step.argv,
                                   .environment = variables_of(step.environment),
                                   .directory = project}));
  child = pid;
  if (asked_to_end != 0) ::kill(pid, asked_to_end);
  const auto exit = wait_exit(pid, {});
  child = 0;
  LIBRE_CHECK(exit);
  if (asked_to_end != 0) return Error{Errc::interrupted, "ended before the environment was made"};
  if (exit->ok()) return {};
  return Error{Errc::io, step.what + " failed",
               fs::path(step.argv[0]).filename().string() + " ended with code " +
                   std::to_string(exit->shell_code())};
}

// Who builds in a directory. State directories are per host, but may lie on NFS: a name, not a lock.
constexpr char builder_file[] = ".re-builder";

Result<void> sign(const fs::path& directory) {
  LIBRE_CHECK(make_directories(directory, 0700));
  LIBRE_TRY(const auto self, identify(::getpid()));
  return write_file_atomic(directory / builder_file,
                           to_json(Builder{self.pid, self.start_ticks, self.boot_id}));
}

bool is_being_built(const fs::path& directory) {
  const auto text = read_file(directory / builder_file, 4096);
  const auto builder = text ? from_json<Builder>(*text) : Result<Builder>(text.error());
  return builder && is_alive({static_cast<pid_t>(builder->pid), builder->start, builder->boot_id});
}

void remove_quietly(const fs::path& directory) {
  std::error_code ignored;
  fs::remove_all(directory, ignored);
}

std::vector<fs::path> environments_in(const fs::path& place) {
  std::vector<std::pair<std::uint64_t, fs::path>> numbered;
  std::error_code failure;
  for (fs::directory_iterator entry(place, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const auto name = entry->path().filename().string();
    if (jobs::is_environment_name(name))
      numbered.emplace_back(std::stoull(name.substr(name.find('.') + 1)), entry->path());
  }
  std::ranges::sort(numbered);
  std::vector<fs::path> directories;
  for (auto& [job, path] : numbered) directories.push_back(std::move(path));
  return directories;
}

// Whether a process of ours has entered it: its environment says so (of the shell of `re ssh`, RE_ENVIRONMENT).
bool is_used(const fs::path& directory) {
  const std::string text = directory.string();
  std::error_code failure;
  for (fs::directory_iterator entry("/proc", failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const auto variables = read_file(entry->path() / "environ", 4 << 20);
    if (!variables) continue;
    for (const auto& variable : split(*variables, '\0'))
      if (variable == "VIRTUAL_ENV=" + text || variable == "CONDA_PREFIX=" + text ||
          variable == "RE_ENVIRONMENT=" + text)
        return true;
  }
  return false;
}

// Removes what killed builders left, and whole ones that are old and unused.
void tidy(const fs::path& place) {
  const auto current = jobs::current_environment(place);
  std::size_t whole = 0;
  auto all = environments_in(place);
  std::ranges::reverse(all);
  for (const auto& directory : all) {
    if (directory == current) continue;
    const bool complete = jobs::is_whole_environment(directory);
    const bool kept =
        complete ? ++whole <= kept_environments || is_used(directory) : is_being_built(directory);
    if (!kept) remove_quietly(directory);
  }
}

BuildRequest request_of(const BuildOptions& options, const fs::path& directory) {
  const auto asked = options.place / "asked" / options.id;
  std::error_code failure;
  return {.source = options.source,
          .python = options.python,
          .directory = directory.string(),
          .asked = asked.string(),
          .file = fs::exists(asked / "environment.yaml", failure) ? "environment.yaml"
                                                                  : "environment.yml",
          .packages = fs::exists(asked / "packages.txt", failure),
          .project = options.project.string(),
          .wheels = options.wheels.string()};
}

Result<void> build(const BuildOptions& options, const fs::path& directory) {
  LIBRE_TRY(const auto machine, look_at_machine(variables_of({}), options.python, {}));
  LIBRE_TRY(const auto plan, plan_build(machine, request_of(options, directory)));
  for (const auto& note : plan.notes) say(note);
  for (const auto& step : plan.steps) LIBRE_CHECK(run_step(step, options.project));
  EnvironmentMarker marker{machine.python.version, plan.made_by};
  const auto python = directory / "bin/python";
  if (::access(python.c_str(), X_OK) == 0)
    if (const auto own = look_at_machine(variables_of({}), python.string(), {}))
      marker.python = own->python.version;
  LIBRE_CHECK(write_file_atomic(directory / jobs::environment_marker, to_json(marker)));
  return make_current(directory);
}

}  // namespace

int build_environment(const BuildOptions& options) {
  struct sigaction action {};
  action.sa_handler = end_soon;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  const auto directory = options.place / environment_name(options.id, options.job);
  tidy(options.place);
  auto built = sign(directory);
  if (built) built = build(options, directory);
  if (!built) {
    remove_quietly(directory);
    const int code = fail(built.error());
    return asked_to_end != 0 ? 128 + asked_to_end : code;
  }
  say("ready: " + directory.string());
  if (options.wheels.parent_path() == options.place / "wheels") remove_quietly(options.wheels);
  tidy(options.place);
  return 0;
}

int describe_machine(const std::string& python) {
  const auto machine = look_at_machine(variables_of({}), python, {});
  if (!machine) return fail(machine.error());
  (void)write_all(STDOUT_FILENO, to_json(machine->python) + "\n");
  return 0;
}

}  // namespace libre::deps
