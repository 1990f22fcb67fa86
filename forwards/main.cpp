// libre-forward: holds forwards in the background. `re` and libre start it (libre/forward.hpp); people never
// need to. Its stdin is a socket to the one who started it.
#include <signal.h>

#include <utility>

#include "base/daemon.hpp"
#include "client/forward_program.hpp"

namespace {

// A signal handler has no argument to bring its object along.
libre::Stop* stop = nullptr;
void on_signal(int) { stop->request(); }

}  // namespace

int main() {
  auto starter = libre::become_daemon();
  if (!starter) return 1;
  libre::Stop leave;
  stop = &leave;
  for (const int number : {SIGTERM, SIGINT}) ::signal(number, on_signal);
  return libre::client::run_forward(std::move(*starter), leave) ? 0 : 1;
}
