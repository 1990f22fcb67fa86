// libre-master: holds one SSH connection for all commands that use the same machine. `re` and libre start
// it (lib/master/start.hpp); people never need to. Its stdin is a socket to the one who started it.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "base/fd.hpp"
#include "master/login.hpp"

int main() {
  auto starter = libre::duplicate(STDIN_FILENO);
  if (!starter) return 1;
  // Nothing of the starter's stays open: somebody may wait for the end of a pipe that it had.
  const auto kept = static_cast<unsigned>(starter->get());
  if (kept > 3) ::close_range(3, kept - 1, 0);
  ::close_range(kept + 1, ~0u, 0);
  const libre::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null || ::dup2(null.get(), STDIN_FILENO) < 0) return 1;
  // The starter waits for this process, and init for the next one; that leads no session, so no
  // terminal can ever become its own.
  const pid_t child = ::fork();
  if (child != 0) ::_exit(child > 0 ? 0 : 1);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  return libre::master::run_master(std::move(*starter)) ? 0 : 1;
}
