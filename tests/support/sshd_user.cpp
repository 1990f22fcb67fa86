// The parts of sshd.hpp that concern users, processes and directories.
#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <stdexcept>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "support/sshd.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

std::string checked_run(const std::vector<std::string>& argv, const std::string& input) {
  auto output = run({.argv = argv}, input, {Deadline::after(std::chrono::seconds(60))});
  if (!output) throw std::runtime_error(output.error().describe());
  if (!output->exit.ok()) throw std::runtime_error(argv.at(0) + " failed: " + output->err);
  return output->out;
}

ScratchDirectory::ScratchDirectory() {
  std::string path = "/tmp/re-test-XXXXXX";
  if (!::mkdtemp(path.data())) throw std::runtime_error("cannot make a directory in /tmp");
  ::chmod(path.c_str(), 0755);  // other users' sshd sessions look in here
  path_ = path;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

// Only for a user that was made for one test.
static void kill_processes_of(const std::string& user) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (!entry || entry->pw_uid == 0) return;
  std::error_code failure;
  for (const auto& process : fs::directory_iterator("/proc", failure)) {
    const std::string name = process.path().filename().string();
    int pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    struct stat status {};
    if (::stat(process.path().c_str(), &status) == 0 && status.st_uid == entry->pw_uid)
      ::kill(pid, SIGKILL);
  }
}

TestUser::TestUser(const std::string& shell)
    : name_("ret" + random_id(8)), password_("pw-" + random_id(12)) {
  fs::create_directory(home());
  checked_run({"useradd", "-M", "-d", home().string(), "-s", shell, name_});
  checked_run({"chpasswd"}, name_ + ":" + password_ + "\n");
  checked_run({"chown", name_ + ":", home().string()});
}

TestUser::~TestUser() {
  kill_processes_of(name_);
  // Its number will be the next test user's, who must find nothing of this one.
  if (const passwd* entry = ::getpwnam(name_.c_str()))
    for (const fs::path parent : {"/tmp", "/var/tmp"}) {
      std::error_code ignored;
      fs::remove_all(parent / ("re-" + std::to_string(entry->pw_uid)), ignored);
    }
  (void)run({.argv = {"userdel", "-f", name_}});
}

void TestUser::write(const std::string& relative, const std::string& content) const {
  const fs::path path = home() / relative;
  fs::create_directories(path.parent_path());
  if (auto written = write_file_atomic(path, content, 0644); !written)
    throw std::runtime_error(written.error().describe());
  checked_run({"chown", "-R", name_ + ":", home().string()});
}

namespace {

struct Process {
  int pid = 0, parent = 0;
  std::string name{};
};

std::vector<Process> all_processes() {
  std::vector<Process> result;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename().string();
    Process process;
    if (std::from_chars(name.data(), name.data() + name.size(), process.pid).ec != std::errc())
      continue;
    const auto stat = read_file(entry.path() / "stat");
    if (!stat) continue;
    const auto open = stat->find('('), close = stat->rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    process.name = stat->substr(open + 1, close - open - 1);
    const auto fields = split(std::string_view(*stat).substr(close + 2), ' ');
    std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), process.parent);
    result.push_back(process);
  }
  return result;
}

}  // namespace

void kill_descendants(int pid, const std::string& name) {
  if (pid <= 0) return;
  std::multimap<int, Process> children;
  for (auto& process : all_processes()) children.emplace(process.parent, process);
  std::vector<int> open{pid};
  while (!open.empty()) {
    const int parent = open.back();
    open.pop_back();
    for (auto [it, end] = children.equal_range(parent); it != end; ++it) {
      open.push_back(it->second.pid);
      // The kernel keeps 15 characters of a name.
      if (name.empty() || it->second.name == name.substr(0, 15)) ::kill(it->second.pid, SIGKILL);
    }
  }
}

}  // namespace libre::testing
