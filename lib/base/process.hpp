// The only way that libre starts another program. argv is passed as it is; no shell reads it.
#pragma once
#include <sys/types.h>

#include <cstdint>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/wait.hpp"

namespace libre {

struct Exit {
  int code = 0;    // where signal is 0
  int signal = 0;  // what killed it, or 0
  bool ok() const { return code == 0 && signal == 0; }
  int shell_code() const { return signal ? 128 + signal : code; }  // as `echo $?` would show it
  auto operator<=>(const Exit&) const = default;
};

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is also what runs, unless `program` is set
  std::string program{};          // file to run, where argv[0] is only a name; found on PATH
  std::optional<std::vector<std::string>> environment{};  // "K=V"; unset = inherit ours
  std::filesystem::path directory{};                      // empty = stay
  int in = -1, out = -1, err = -1;    // borrowed descriptors; -1 = /dev/null for in, inherit else
  bool new_session = false;           // setsid: no terminal, own process group
  bool controlling_terminal = false;  // with new_session: `in` is a pty and becomes its terminal
};

// Starts a program; returns its pid. Fails where it cannot be executed (not_found, denied, …): the
// child reports errno before anything of it ran.
Result<pid_t> spawn(const SpawnOptions& options);

// Waits for a child of ours and reaps it.
Result<Exit> wait_exit(pid_t pid, const Wait& wait);

struct Output {
  Exit exit;
  std::string out, err;
};

// Runs a program to its end, feeding `input`, collecting at most `limit` bytes of each output.
// At the deadline, or when woken, it is killed with its process group.
Result<Output> run(SpawnOptions options, std::string_view input = {}, const Wait& wait = {},
                   std::size_t limit = 16u << 20);

// Identity of a process that survives pid reuse.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat
  std::string boot_id{};          // /proc/sys/kernel/random/boot_id
  bool operator==(const ProcessIdentity&) const = default;
};
Result<ProcessIdentity> identify(pid_t pid);     // not_found where it is gone
bool is_alive(const ProcessIdentity& identity);  // false for zombies too
std::string boot_id();

}  // namespace libre
