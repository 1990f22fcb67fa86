#include "jobs/supervision.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.hpp"
#include "jobs/ledger.hpp"
#include "jobs/process_tree.hpp"

namespace libre::jobs {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

ControlReply failure(Errc code, std::string message) { return {name_of(code), std::move(message)}; }

}  // namespace

Supervision::Supervision(std::filesystem::path folder, std::filesystem::path runtime_dir,
                         Submitted job, RunState state, StartedCommand command, JobLog log,
                         ControlServer control)
    : folder_(std::move(folder)),
      runtime_dir_(std::move(runtime_dir)),
      job_(std::move(job)),
      state_(std::move(state)),
      command_(std::move(command)),
      log_(std::move(log)),
      control_(std::move(control)),
      buffer_(256u << 10, '\0') {
  input_ = StdinFeed(std::move(command_.in), job_.spec.terminal);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  ::sigaddset(&set, SIGUSR1);
  signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

void Supervision::run() {
  state_.pid = command_.pid;
  state_.started = now();
  if (const auto identity = identify(command_.pid)) state_.pid_start = identity->start_ticks;
  (void)write_state(folder_, state_);  // a full disk must not stop the job; the supervisor is known
  reap();                              // what ended before the signal descriptor was there
  while (!tree_gone_) step();
  drain_all();
  finish();
}

void Supervision::step() {
  std::vector<pollfd> fds = {{signals_.get(), POLLIN, 0},
                             {command_.out.get(), POLLIN, 0},
                             {command_.err.get(), POLLIN, 0},
                             {input_.wants_to_write() ? input_.fd() : -1, POLLOUT, 0}};
  control_.add_to(fds);
  const Deadline next = killer_.next().or_earlier(killer_.patience());
  if (::poll(fds.data(), fds.size(), next.poll_timeout()) < 0) return;
  if (fds[1].revents) drain(command_.out, job_.spec.separate_streams ? 1 : 0);
  if (fds[2].revents) drain(command_.err, 2);
  if (fds[3].revents) input_.pump();
  feed_waiting_input();
  for (auto& call : control_.take(fds)) serve(std::move(call));
  killer_.act();
  answer_stuck_kills();
  if (fds[0].revents) read_signals();
  if (killer_.active()) reap();
}

void Supervision::read_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    if (info.ssi_signo == SIGUSR1) (void)control_.listen(runtime_dir_, job_.id);
  reap();
}

void Supervision::reap() {
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid < 0 && errno == EINTR) continue;
    // An agent that the job started may go on: it is everybody's. Whatever leaves it as our last
    // child ends, and so wakes us.
    if (pid < 0 || (pid == 0 && command_ended_ && own_children().empty())) tree_gone_ = true;
    if (pid <= 0) return;
    end_.user_seconds += seconds(usage.ru_utime);
    end_.system_seconds += seconds(usage.ru_stime);
    end_.peak_memory =
        std::max(end_.peak_memory, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
    if (pid != command_.pid) continue;
    command_ended_ = true;
    if (WIFSIGNALED(status))
      end_.signal = WTERMSIG(status);
    else
      end_.code = WEXITSTATUS(status);
    // Asked for after the command's own end, a kill only ends what it left behind.
    end_.killed_by = state_.killed_by;
  }
}

bool Supervision::drain(Fd& fd, int stream) {
  if (!fd) return false;
  const ssize_t got = ::read(fd.get(), buffer_.data(), buffer_.size());
  if (got > 0) {
    log_.append(stream, {buffer_.data(), static_cast<std::size_t>(got)}, now());
    return true;
  }
  // A pty says EIO while no process has it open; another one may open it again, but then it is not
  // the terminal that the command ended on.
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) fd.reset();
  return false;
}

void Supervision::drain_all() {
  while (drain(command_.out, job_.spec.separate_streams ? 1 : 0)) continue;
  while (drain(command_.err, 2)) continue;
}

void Supervision::serve(ControlCall call) {
  const ControlRequest& request = call.request;
  if (request.verb == "kill") {
    begin_kill(call);
  } else if (request.verb == "signal") {
    control_.reply(call.connection, send_signal(request));
  } else if (request.verb == "resize") {
    control_.reply(call.connection, resize(request));
  } else if (request.verb == "claim") {
    control_.reply(call.connection, claim_input(request));
    feed_waiting_input();  // what its writer before has under way is refused now
  } else if (request.verb == "stdin") {
    waiting_input_.push_back(std::move(call));
    feed_waiting_input();
  } else {
    control_.reply(call.connection, failure(Errc::unsupported, "unknown request: " + request.verb));
  }
}

void Supervision::begin_kill(const ControlCall& call) {
  kill_waiters_.push_back(call.connection);
  if (state_.killed_by.empty() && !command_ended_) {
    state_.killed_by = call.request.who.empty() ? "somebody" : call.request.who;
    state_.kill_asked = now();
    (void)write_state(folder_, state_);  // on a full disk exit.json will say it
  }
  killer_.begin(
      std::chrono::milliseconds(std::clamp<std::int64_t>(call.request.grace_ms, 0, 3'600'000)));
}

pid_t Supervision::foreground_group() const {
  pid_t foreground = 0;
  if (job_.spec.terminal && command_.out &&
      ::ioctl(command_.out.get(), TIOCGPGRP, &foreground) == 0 && foreground > 0)
    return foreground;
  return command_.pid;
}

ControlReply Supervision::send_signal(const ControlRequest& request) {
  if (request.signal < 1 || request.signal > 64)
    return failure(Errc::usage, "there is no such signal");
  // On a terminal a key press reaches the foreground group, which need not be the command's.
  const pid_t group = foreground_group();
  if (!command_ended_ || group != command_.pid) {
    ::kill(-group, request.signal);
  } else {  // the command is reaped, its number may be another's by now
    for (const pid_t pid : own_tree()) ::kill(pid, request.signal);
  }
  return {};
}

ControlReply Supervision::resize(const ControlRequest& request) {
  winsize before{}, size{};
  size.ws_col = static_cast<unsigned short>(request.columns);
  size.ws_row = static_cast<unsigned short>(request.rows);
  if (!job_.spec.terminal || !command_.out ||
      ::ioctl(command_.out.get(), TIOCGWINSZ, &before) != 0 ||
      ::ioctl(command_.out.get(), TIOCSWINSZ, &size) != 0)
    return failure(Errc::usage, "the job has no terminal");
  // The kernel tells a change only. Who attaches anew needs the whole picture drawn all the same.
  const bool same = before.ws_col == size.ws_col && before.ws_row == size.ws_row;
  const pid_t group = foreground_group();
  if (same && (!command_ended_ || group != command_.pid)) ::kill(-group, SIGWINCH);
  return {};
}

ControlReply Supervision::claim_input(const ControlRequest& request) {
  if (!input_.open()) return failure(Errc::refused, "the job does not read its input");
  input_owner_ = request.writer;
  ControlReply reply;
  reply.received = input_.received();
  return reply;
}

void Supervision::feed_waiting_input() {
  // In the order that they came, so that one sender's pieces cannot overtake each other.
  while (!waiting_input_.empty()) {
    const ControlCall& call = waiting_input_.front();
    const std::uint64_t offset = call.request.offset, last = offset + call.body.size();
    ControlReply reply;
    if (!control_.is_connected(call.connection)) {
      waiting_input_.pop_front();
      continue;
    }
    if (!input_owner_.empty() && call.request.writer != input_owner_) {
      reply = failure(Errc::refused, "the job's input comes from somewhere else now");
    } else if (offset > input_.received()) {
      reply = failure(Errc::usage, "bytes of the job's input before this piece are missing");
    } else if (!input_.open()) {
      if (!call.body.empty()) reply = failure(Errc::refused, "the job does not read its input");
    } else {
      input_.offer(offset, call.body);
      if (input_.received() < last) return;  // full: again when the job has read
      if (call.request.end) input_.end();
    }
    control_.reply(call.connection, reply);
    waiting_input_.pop_front();
  }
}

void Supervision::answer_stuck_kills() {
  if (!killer_.is_stuck()) return;
  for (const std::uint64_t connection : kill_waiters_)
    control_.reply(connection, {{}, {}, false, killer_.processes()});
  kill_waiters_.clear();
}

void Supervision::finish() {
  end_.log_error = log_.error();
  end_.ended = now();
  (void)write_end(folder_, end_);
  for (const std::uint64_t connection : kill_waiters_)
    control_.reply(connection, {{}, {}, true, killer_.processes()});
  control_.close();
}

}  // namespace libre::jobs
