// This test program is also the agent that its jobs are supervised by: started as
// `unit_jobs supervise …`, `unit_jobs serve …` or `unit_jobs print-environment …`, it does that and
// no test. So these tests need no other program, and sanitizers watch the supervisors too.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"
#include "jobs/login_environment.hpp"
#include "jobs/supervisor.hpp"

namespace {

bool act_as_agent() {
  const auto line = libre::read_file("/proc/self/cmdline");
  const auto words = libre::split(line ? *line : std::string(), '\0');
  if (words.size() < 3) return false;
  if (words[1] == "supervise" && words.size() >= 4)
    std::_Exit(libre::jobs::supervise(words[2], words[3]));
  if (words[1] == "serve") {  // as an agent: says to the pipe words[2] that it is there, and stays
    if (const libre::Fd ready(::open(words[2].c_str(), O_WRONLY | O_CLOEXEC)); ready)
      (void)libre::write_all(ready.get(), "serving\n");
    for (;;) ::pause();
  }
  if (words[1] != "print-environment") return false;
  const auto text = libre::jobs::print_environment(words[2], libre::jobs::own_variables());
  std::_Exit(libre::write_all(STDOUT_FILENO, text) ? 0 : 1);
}

[[maybe_unused]] const bool acted = act_as_agent();

}  // namespace
