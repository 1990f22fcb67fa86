// Instance::shell: an interactive shell over there, on this process's terminal.
#include <cstdlib>

#include "base/process.hpp"
#include "base/text.hpp"
#include "client/instance_state.hpp"
#include "transport/shell.hpp"

namespace libre {

namespace {

Result<int> local_shell(const std::string& directory) {
  const char* shell = std::getenv("SHELL");
  const std::string program = shell && *shell ? shell : "/bin/sh";
  LIBRE_TRY(const auto pid,
            spawn({.argv = {program, "-l"}, .directory = directory, .in = 0, .out = 1, .err = 2}));
  LIBRE_TRY(const auto exit, wait_exit(pid, {}));
  return exit.shell_code();
}

}  // namespace

Result<int> Instance::shell(const std::string& directory) {
  client::Link& link = *state_->link;
  if (link.instance().local) return local_shell(directory);
  // Our own program becomes the shell, so that no login shell has to read the directory's name.
  const std::string command =
      "exec " + shell_quote(link.facts().agent) + " shell " + base64_encode(directory);
  LIBRE_TRY(transport::Transport* const transport, link.transport());
  return transport::run_shell(*transport, command, link.wait_forever());
}

}  // namespace libre
