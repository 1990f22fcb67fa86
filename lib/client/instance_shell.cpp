// Instance::shell: an interactive shell over there, on this process's terminal.
#include "base/process.hpp"
#include "base/text.hpp"
#include "client/instance_state.hpp"
#include "transport/shell.hpp"

namespace libre {

namespace {

Result<int> local_shell(const std::vector<std::string>& words) {
  LIBRE_TRY(const auto pid, spawn({.argv = words, .in = 0, .out = 1, .err = 2}));
  LIBRE_TRY(const auto exit, wait_exit(pid, {}));
  return exit.shell_code();
}

}  // namespace

Result<int> Instance::shell(const std::string& directory, const std::string& project_id) {
  client::Link& link = *state_->link;
  // Our own program becomes the shell, so that no login shell has to read the directory's name.
  std::vector<std::string> words{link.facts().agent, "shell", base64_encode(directory)};
  if (!project_id.empty()) {
    words.push_back(project_id);
    if (const auto& root = link.instance().remote_root; !root.empty())
      words.push_back(base64_encode(root));
  }
  if (link.instance().local) return local_shell(words);
  LIBRE_TRY(transport::Transport* const transport, link.transport());
  return transport::run_shell(*transport, "exec " + shell_quote(words), link.wait_forever());
}

}  // namespace libre
