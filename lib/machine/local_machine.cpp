#include "machine/local_machine.hpp"

#include <fnmatch.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/files.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "jobs/login_environment.hpp"
#include "machine/authorized_keys.hpp"
#include "machine/server_settings.hpp"

namespace libre::machine {
namespace fs = std::filesystem;
namespace {

constexpr auto profile_limit = std::chrono::seconds(10);
constexpr auto tool_limit = std::chrono::seconds(10);
constexpr std::size_t most_output = 1u << 16;
constexpr std::uint64_t most_config = 1u << 20;

// The first line of it; tools greet in several.
std::string first_line(const std::string& text) {
  const auto lines = split_lines(text);
  return lines.empty() ? std::string() : std::string(trim(lines.front()));
}

// Runs `argv`, whose program is looked up on the PATH of `variables`. "" where that goes wrong.
std::string output_of(std::vector<std::string> argv, const jobs::Variables& variables,
                      const Wait& wait) {
  const Wait limit{wait.deadline.or_earlier(Deadline::after(tool_limit)), wait.waker};
  SpawnOptions options;
  options.argv = std::move(argv);
  options.environment = variables;
  const auto output = run(std::move(options), {}, limit, most_output);
  return output && output->exit.ok() ? output->out : std::string();
}

std::string find_on_path(const std::string& name, const jobs::Variables& variables) {
  for (const auto& directory : split(jobs::get_variable(variables, "PATH"), ':')) {
    const auto path = fs::path(directory.empty() ? "." : directory) / name;
    if (::access(path.c_str(), X_OK) == 0) return path.string();
  }
  return {};
}

Tool find_tool(const std::string& name, const std::vector<std::string>& arguments,
               const jobs::Variables& variables, const Wait& wait) {
  Tool tool{.path = find_on_path(name, variables)};
  if (tool.path.empty()) return tool;
  std::vector<std::string> argv = {tool.path};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  tool.version = first_line(output_of(std::move(argv), variables, wait));
  return tool;
}

// One start of the interpreter for all questions: a slow disk makes each one last.
void ask_python(MachineFacts& facts, const jobs::Variables& variables, const Wait& wait) {
  facts.python.path = find_on_path("python3", variables);
  if (facts.python.path.empty()) return;
  constexpr const char* question =
      "import sys\n"
      "print('.'.join(map(str, sys.version_info[:3])))\n"
      "for name in ('ensurepip', 'venv', 'pip'):\n"
      "  try:\n"
      "    __import__(name); print(name)\n"
      "  except Exception: pass\n";
  const auto lines = split_lines(output_of({facts.python.path, "-c", question}, variables, wait));
  if (lines.empty()) return;
  const auto has = [&](std::string_view name) {
    return std::find(lines.begin() + 1, lines.end(), name) != lines.end();
  };
  facts.python.version = lines.front();
  facts.has_venv = has("venv") && has("ensurepip");
  facts.has_pip = has("pip");
}

void look_at_home(MachineFacts& facts, const fs::path& home) {
  facts.home = home.string();
  facts.home_writable = ::access(home.c_str(), W_OK | X_OK) == 0;
  if (!facts.home_writable) facts.home_problem = std::strerror(errno);
  const auto disk = disk_space(home);
  if (!disk) return;
  facts.disk_free = disk->free;
  facts.disk_total = disk->total;
  facts.inodes_free = disk->inodes_free;
  facts.inodes_total = disk->inodes_total;
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.07  Sat …" is its first line.
std::string driver_version() {
  const auto text = read_file("/proc/driver/nvidia/version", most_config);
  if (!text) return {};
  for (const auto& word : split(first_line(*text), ' '))
    if (!word.empty() && word.find('.') != std::string::npos &&
        word.find_first_not_of("0123456789.") == std::string::npos)
      return word;
  return "unknown";
}

// Reads a configuration of sshd with the files that it includes put in their place; nested ones are not
// followed. "" where it cannot be read, which is common: some machines keep it to root.
std::string server_config(const fs::path& file) {
  const auto text = read_file(file, most_config);
  if (!text) return {};
  std::string result;
  for (const auto& line : split_lines(*text)) {
    const auto words = split(std::string(trim(line)), ' ');
    if (to_lower(words.front()) != "include" || words.size() < 2) {
      result += line + "\n";
      continue;
    }
    fs::path pattern = std::string(trim(words.back()));
    if (pattern.is_relative()) pattern = file.parent_path() / pattern;
    std::error_code failure;
    std::vector<fs::path> included;
    for (const auto& entry : fs::directory_iterator(pattern.parent_path(), failure))
      if (::fnmatch(pattern.filename().c_str(), entry.path().filename().c_str(), 0) == 0)
        included.push_back(entry.path());
    std::sort(included.begin(), included.end());
    for (const auto& path : included) result += read_file(path, most_config).value_or("") + "\n";
  }
  return result.empty() ? "\n" : result;
}

bool others_may_write(const fs::path& path) {
  struct ::stat info {};
  return ::stat(path.c_str(), &info) == 0 && (info.st_mode & 022) != 0;
}

}  // namespace

Result<MachineFacts> LocalMachine::look(const Wait& wait) {
  MachineFacts facts;
  ::utsname name{};
  if (::uname(&name) == 0)
    facts.system = std::string(name.sysname) + " " + name.release + " " + name.machine;
  look_at_home(facts, options_.home);
  const auto begin = Deadline::Clock::now();
  const auto login = jobs::login_environment(jobs::own_variables(), options_.agent, profile_limit);
  facts.profile_seconds = std::chrono::duration<double>(Deadline::Clock::now() - begin).count();
  facts.shell = jobs::get_variable(login.variables, "SHELL");
  ask_python(facts, login.variables, wait);
  facts.uv = find_tool("uv", {"--version"}, login.variables, wait);
  facts.nvidia_smi = find_tool(
      "nvidia-smi", {"--query-gpu=driver_version", "--format=csv,noheader"}, login.variables, wait);
  facts.gpu_driver = driver_version();
  if (const auto text = server_config(options_.server_config); !text.empty())
    facts.server = read_server_settings(text);
  if (wait.waker && wait.waker->notified()) return Error{Errc::interrupted, "interrupted"};
  facts.clock = now();
  return facts;
}

Result<KeyReport> LocalMachine::authorize(const std::string& line, const Wait&) {
  LIBRE_CHECK(key_of_line(line));
  const std::lock_guard alone(authorizing_);
  const fs::path directory = options_.home / ".ssh";
  KeyReport report{.file = (directory / "authorized_keys").string()};
  LIBRE_CHECK(make_directories(directory, 0700));
  if (others_may_write(directory)) ::chmod(directory.c_str(), 0700);
  auto present = read_file(report.file, most_config);
  if (!present && present.error().code != Errc::not_found)
    return std::move(present).error().wrapped("cannot read the keys that may log in");
  LIBRE_TRY(const std::string text, with_key(present.value_or(""), line));
  report.added = text != present.value_or("");
  // A link is followed: people keep such files elsewhere.
  std::error_code failure;
  const auto target = fs::weakly_canonical(report.file, failure);
  if (report.added || others_may_write(report.file))
    LIBRE_CHECK(write_file_atomic(failure ? fs::path(report.file) : target, text, 0600));
  if (others_may_write(options_.home))
    report.notice = "others may write to " + options_.home.string() +
                    ", for which sshd refuses all keys there; chmod go-w it";
  return report;
}

}  // namespace libre::machine
