#include "base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const auto& s : strings) result.push_back(const_cast<char*>(s.c_str()));
  result.push_back(nullptr);
  return result;
}

// In the child between fork and exec only async-signal-safe calls are allowed, so everything that
// needs memory is prepared here, before fork.
struct ChildPlan {
  std::vector<char*> argv, environment;
  std::vector<std::string> candidates;  // full paths to try, in PATH order
  const SpawnOptions& options;
  int report;
};

std::vector<std::string> executable_candidates(const SpawnOptions& options) {
  const std::string& name = options.program.empty() ? options.argv.at(0) : options.program;
  if (name.find('/') != std::string::npos) return {name};
  std::string path = "/usr/local/bin:/usr/bin:/bin";
  if (options.environment) {
    for (const auto& entry : *options.environment)
      if (entry.starts_with("PATH=")) path = entry.substr(5);
  } else if (const char* own = ::getenv("PATH")) {
    path = own;
  }
  std::vector<std::string> candidates;
  for (const auto& directory : split(path, ':'))
    candidates.push_back((directory.empty() ? "." : directory) + "/" + name);
  return candidates;
}

void put_descriptor(int from, int to) {
  if (from == to)
    ::fcntl(from, F_SETFD, 0);
  else
    ::dup2(from, to);
}

[[noreturn]] void become_child(const ChildPlan& plan) {
  const SpawnOptions& o = plan.options;
  const auto fail = [&](int error) {
    [[maybe_unused]] const auto sent = ::write(plan.report, &error, sizeof error);
    ::_exit(127);
  };
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (o.new_session) ::setsid();
  // Move the given descriptors out of the way of 0..2 first: they may overlap.
  const auto safe = [&](int fd) { return fd >= 0 && fd < 3 ? ::fcntl(fd, F_DUPFD, 3) : fd; };
  int in = o.in, out = safe(o.out), err = safe(o.err);
  if (in < 0) in = ::open("/dev/null", O_RDONLY);
  if (in < 0) fail(errno);
  put_descriptor(safe(in), 0);
  if (out >= 0) put_descriptor(out, 1);
  if (err >= 0) put_descriptor(err, 2);
  if (o.new_session && o.controlling_terminal) ::ioctl(0, TIOCSCTTY, 0);
  if (!o.directory.empty() && ::chdir(o.directory.c_str()) != 0) fail(errno);
  int reason = ENOENT;
  for (const auto& candidate : plan.candidates) {
    if (o.environment)
      ::execve(candidate.c_str(), plan.argv.data(), plan.environment.data());
    else
      ::execv(candidate.c_str(), plan.argv.data());
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    if (reason == ENOEXEC) break;
  }
  fail(reason);
  ::_exit(127);
}

}  // namespace

Result<pid_t> spawn(const SpawnOptions& options) {
  if (options.argv.empty()) return Error{Errc::usage, "there is no program to start"};
  LIBRE_TRY(auto report, make_pipe());
  ChildPlan plan{
      pointers(options.argv), {}, executable_candidates(options), options, report.second.get()};
  if (options.environment) plan.environment = pointers(*options.environment);
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("cannot start a process", errno);
  if (pid == 0) become_child(plan);
  report.second.reset();
  int reason = 0;
  ssize_t got;
  do got = ::read(report.first.get(), &reason, sizeof reason);
  while (got < 0 && errno == EINTR);
  if (got != sizeof reason) return pid;  // exec closed the pipe: it runs
  ::waitpid(pid, nullptr, 0);
  return system_error("cannot run " + (options.program.empty() ? options.argv[0] : options.program),
                      reason);
}

// Linux before 5.3 has nothing to poll on for the end of a child.
static Result<void> pause_for_old_kernel(const Wait& wait) {
  const Deadline soon = Deadline::after(std::chrono::milliseconds(10));
  auto paused = wait_for(-1, 0, {wait.deadline.or_earlier(soon), wait.waker});
  if (!paused && paused.error().code == Errc::timed_out && !wait.deadline.passed()) return {};
  return paused;
}

Result<Exit> wait_exit(pid_t pid, const Wait& wait) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process) LIBRE_CHECK(wait_for(process.get(), POLLIN, wait));
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(pid, &status, process ? 0 : WNOHANG);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) return system_error("cannot wait for a process", errno);
    if (ended == 0) LIBRE_CHECK(pause_for_old_kernel(wait));
  }
  if (WIFSIGNALED(status)) return Exit{0, WTERMSIG(status)};
  return Exit{WEXITSTATUS(status), 0};
}

namespace {

// Moves bytes between us and a child until both outputs ended.
Result<void> exchange(Fd& in, Fd& out, Fd& err, std::string_view input, Output& result,
                      const Wait& wait, std::size_t limit) {
  if (input.empty())
    in.reset();
  else
    LIBRE_CHECK(set_nonblocking(in.get(), true));
  char buffer[32 * 1024];
  const auto collect = [&](Fd& from, std::string& to) {
    const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
    if (got <= 0 && !(got < 0 && errno == EINTR))
      from.reset();
    else if (got > 0 && to.size() < limit)
      to.append(buffer, static_cast<std::size_t>(got));
  };
  while (out || err) {
    pollfd fds[4] = {{out.get(), POLLIN, 0},
                     {err.get(), POLLIN, 0},
                     {in.get(), POLLOUT, 0},
                     {wait.waker ? wait.waker->fd() : -1, POLLIN, 0}};
    const int ready = ::poll(fds, 4, wait.deadline.poll_timeout());
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for a process", errno);
    if (wait.deadline.passed())
      return Error{Errc::timed_out, "timed out"};  // even if it still prints
    if (ready <= 0) continue;
    if (fds[3].revents) return Error{Errc::interrupted, "interrupted"};
    if (fds[0].revents) collect(out, result.out);
    if (fds[1].revents) collect(err, result.err);
    if (!fds[2].revents) continue;
    const ssize_t put = ::write(in.get(), input.data(), input.size());
    if (put > 0) input.remove_prefix(static_cast<std::size_t>(put));
    if (input.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) in.reset();
  }
  return {};
}

}  // namespace

Result<Output> run(SpawnOptions options, std::string_view input, const Wait& wait,
                   std::size_t limit) {
  LIBRE_TRY(auto in, make_pipe());
  LIBRE_TRY(auto out, make_pipe());
  LIBRE_TRY(auto err, make_pipe());
  options.in = in.first.get();
  options.out = out.second.get();
  options.err = err.second.get();
  options.new_session = true;
  LIBRE_TRY(const pid_t pid, spawn(options));
  in.first.reset();
  out.second.reset();
  err.second.reset();
  Output result;
  auto moved = exchange(in.second, out.first, err.first, input, result, wait, limit);
  if (moved) {
    auto exit = wait_exit(pid, wait);
    if (exit) {
      result.exit = *exit;
      return result;
    }
    moved = std::move(exit).error();
  }
  ::kill(-pid, SIGKILL);
  (void)wait_exit(pid, {});
  return std::move(moved).error().wrapped(options.argv[0] + " did not finish");
}

std::string boot_id() {
  const auto id = read_file("/proc/sys/kernel/random/boot_id");
  return id ? std::string(trim(*id)) : std::string();
}

namespace {

struct StatLine {
  char state = '?';
  std::uint64_t start_ticks = 0;
};

Result<StatLine> read_stat(pid_t pid) {
  LIBRE_TRY(const auto text, read_file("/proc/" + std::to_string(pid) + "/stat"));
  const auto after_name = text.rfind(')');  // the name itself may hold anything
  if (after_name == std::string::npos) return Error{Errc::io, "cannot read /proc/PID/stat"};
  const auto fields = split(std::string_view(text).substr(after_name + 2), ' ');
  if (fields.size() < 20) return Error{Errc::io, "cannot read /proc/PID/stat"};
  StatLine line{fields[0][0]};
  std::from_chars(fields[19].data(), fields[19].data() + fields[19].size(), line.start_ticks);
  return line;
}

}  // namespace

Result<ProcessIdentity> identify(pid_t pid) {
  LIBRE_TRY(const auto line, read_stat(pid));
  return ProcessIdentity{pid, line.start_ticks, boot_id()};
}

bool is_alive(const ProcessIdentity& identity) {
  if (identity.pid <= 0 || identity.boot_id != boot_id()) return false;
  const auto line = read_stat(identity.pid);
  return line && line->start_ticks == identity.start_ticks && line->state != 'Z' &&
         line->state != 'X';
}

}  // namespace libre
