#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/process.hpp"

using namespace libre;

namespace {

// From here on this process sees a kernel without pidfd_open, as before Linux 5.3.
bool become_old() {
  sock_filter rules[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_pidfd_open},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog program{4, rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
         ::syscall(SYS_pidfd_open, ::getpid(), 0) < 0 && errno == ENOSYS;
}

int wait_on_old_kernel() {
  if (!become_old()) return 1;
  const auto sleeper = spawn({.argv = {"sleep", "30"}});
  if (!sleeper) return 2;
  const auto early = wait_exit(*sleeper, {Deadline::after(std::chrono::milliseconds(50)), nullptr});
  ::kill(*sleeper, SIGKILL);
  if (early || early.error().code != Errc::timed_out) return 3;
  const auto killed = wait_exit(*sleeper, {Deadline::after(std::chrono::seconds(20)), nullptr});
  return killed && killed->signal == SIGKILL ? 0 : 4;
}

}  // namespace

TEST_CASE("a wait for a child keeps its deadline on a kernel without pidfd_open") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(wait_on_old_kernel());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
