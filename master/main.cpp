// libre-master: holds one SSH connection for all commands that use the same machine. `re` and libre start
// it (lib/master/start.hpp); people never need to. Its stdin is a socket to the one who started it.
#include <utility>

#include "base/daemon.hpp"
#include "master/login.hpp"

int main() {
  auto starter = libre::become_daemon();
  if (!starter) return 1;
  return libre::master::run_master(std::move(*starter)) ? 0 : 1;
}
