// Runs the GPUs' tools, several side by side, and survives those that hang.
//
// A tool that talks to a broken driver may sit in the kernel where not even SIGKILL ends it. Such a one
// is left behind, reaped when it does end, and until then no other is started, so that they do not pile up.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/process.hpp"

namespace libre::probe {

struct ToolCommand {
  std::vector<std::string> argv;
  std::string program{};                   // the file, where argv[0] is only a name
  std::vector<std::string> environment{};  // "K=V", instead of that of all; none = that of all
};

struct ToolAnswer {
  Exit exit{};
  std::string text{};  // stdout; stderr is dropped
};

class ToolRuns {
 public:
  // `environment` finds the tools, and is what they get; "K=V".
  explicit ToolRuns(std::vector<std::string> environment) : environment_(std::move(environment)) {}

  // Starts all, and waits for them until the deadline or the waker; what runs then is killed and
  // its answer is an error. Errc::not_found where there is no such program; Errc::timed_out also where
  // an earlier one cannot be ended. One thread at a time.
  std::vector<Result<ToolAnswer>> run(const std::vector<ToolCommand>& commands, const Wait& wait);

 private:
  struct Running {
    pid_t pid = -1;
    Fd out{};
    std::string text{};
  };
  Result<Running> start(const ToolCommand& command);
  Result<ToolAnswer> finish(Running& running, const Wait& wait);
  void end(pid_t pid);
  bool has_stuck_ones();

  std::vector<std::string> environment_;
  std::vector<pid_t> stuck_;  // killed, and not gone yet
};

}  // namespace libre::probe
