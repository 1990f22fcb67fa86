// A home directory of a test's own: programs that run in it touch nothing outside, and agents that
// were started in it are ended with it.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/process.hpp"

namespace libre::testing {

std::filesystem::path built_re();     // the `re` of this build
std::filesystem::path built_agent();  // the static agent of this build

// Processes whose environment names `home` as HOME.
std::vector<pid_t> processes_of(const std::filesystem::path& home);
void end_processes_of(const std::filesystem::path& home);  // with SIGKILL

class Home {
 public:
  Home();
  ~Home();  // ends what runs with this HOME, removes the directory
  Home(const Home&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  // Our environment with HOME and the runtime directory moved here, other XDG and RE variables removed,
  // then `set` applied.
  std::vector<std::string> environment() const;
  std::map<std::string, std::string> set{{"RE_AGENT_IDLE", "20"}};

  // Runs a program to its end (60 s at most) in `directory`, the home by default.
  Output run(std::vector<std::string> argv, const std::filesystem::path& directory = {},
             std::string_view input = {}) const;
  // Starts one and returns at once; ended with the home if it still runs.
  pid_t start(std::vector<std::string> argv, const std::filesystem::path& directory = {},
              int in = -1, int out = -1, int err = -1) const;

  void write(std::string_view name, std::string_view content) const;  // parents are made
  std::string read(std::string_view name) const;  // "" where there is no such file

 private:
  std::filesystem::path path_;
};

// Polls `condition` every few milliseconds; false when it did not come true in time.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto deadline = Deadline::after(limit);
  while (!condition()) {
    if (deadline.passed()) return false;
    (void)wait_for(-1, 0, {.deadline = Deadline::after(std::chrono::milliseconds(5))});
  }
  return true;
}

}  // namespace libre::testing
