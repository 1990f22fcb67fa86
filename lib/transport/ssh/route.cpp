// Ways to a machine that are no TCP connection from here: through another machine's SSH session
// (ProxyJump), or through a program (ProxyCommand).
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <system_error>
#include <thread>

#include "base/process.hpp"
#include "transport/ssh/channel.hpp"

namespace libre::transport {
namespace {

// Copies between a channel of the machine in between and our end of a socket pair. One SSH session
// is touched by one thread, so the pump's thread owns that session from here on.
class JumpRoute final : public Route {
 public:
  JumpRoute(std::shared_ptr<Session> session, std::unique_ptr<SshChannel> channel, Fd local,
            std::unique_ptr<Waker> stop)
      : session_(std::move(session)),
        channel_(std::move(channel)),
        local_(std::move(local)),
        stop_(std::move(stop)) {}

  ~JumpRoute() override {
    stop_->notify();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> start() {
    try {
      thread_ = std::thread([this] { pump(); });
    } catch (const std::system_error& failure) {
      return Error{Errc::io, "cannot start a thread", failure.what()};
    }
    return {};
  }

 private:
  void pump() {
    while (!stop_->notified() && step()) wait();
    ::shutdown(local_.get(), SHUT_RDWR);
  }

  // Moves what can be moved at once; false when one side has ended.
  bool step() {
    const Wait now{Deadline::after(std::chrono::milliseconds(0)), stop_.get()};
    for (;;) {
      bool moved = false;
      if (down_.empty()) {
        auto got = channel_->read(buffer_, now);
        if (got && *got == 0) return false;
        if (!got && got.error().code != Errc::timed_out) return false;
        if (got) down_.append(as_text(std::span(buffer_).first(*got)));
      }
      if (!down_.empty()) {
        const auto put =
            ::send(local_.get(), down_.data(), down_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0)
          down_.erase(0, static_cast<std::size_t>(put)), moved = true;
        else if (errno != EAGAIN)
          return false;
      }
      if (up_.empty()) {
        const auto got = ::recv(local_.get(), buffer_, sizeof buffer_, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
        if (got > 0) up_.append(as_text(std::span(buffer_).first(static_cast<std::size_t>(got))));
      }
      if (!up_.empty()) {
        const auto put = channel_->write_some(as_bytes(up_));
        if (!put) return false;
        up_.erase(0, *put);
        moved = moved || *put > 0;
      }
      if (!moved) return true;
    }
  }

  void wait() {
    const short local_events =
        static_cast<short>((up_.empty() ? POLLIN : 0) | (down_.empty() ? 0 : POLLOUT));
    pollfd fds[3] = {{ssh_get_fd(session_->raw()), session_->poll_events(), 0},
                     {local_.get(), local_events, 0},
                     {stop_->fd(), POLLIN, 0}};
    ::poll(fds, 3, -1);
  }

  std::shared_ptr<Session> session_;
  std::unique_ptr<SshChannel> channel_;  // of session_, so destroyed before it
  Fd local_;
  std::unique_ptr<Waker> stop_;
  std::thread thread_;
  std::string up_, down_;  // read, but not yet taken by the other side
  std::byte buffer_[32 * 1024];
};

Result<RoutedSocket> route_through(const SshTarget& target, Connecting& connecting) {
  auto session = Session::open(target.via.front(), connecting);
  if (!session)
    return std::move(session).error().wrapped(fmt::format(
        "cannot reach {} through {}", target.describe(), target.via.front().describe()));
  const std::shared_ptr<Session> jump = std::move(*session);
  LIBRE_TRY(auto channel, SshChannel::begin_tcp(jump, target.host, target.port));
  LIBRE_CHECK(channel->finish_opening(connecting.wait));
  LIBRE_TRY(auto pair, make_socketpair());
  LIBRE_TRY(auto stop, Waker::create());
  auto route = std::make_unique<JumpRoute>(jump, std::move(channel), std::move(pair.second),
                                           std::move(stop));
  LIBRE_CHECK(route->start());
  return RoutedSocket{std::move(pair.first), std::move(route)};
}

class CommandRoute final : public Route {
 public:
  explicit CommandRoute(pid_t pid) : pid_(pid) {}
  ~CommandRoute() override {
    ::kill(pid_, SIGHUP);
    if (wait_exit(pid_, {Deadline::after(std::chrono::seconds(1))})) return;
    ::kill(pid_, SIGKILL);
    (void)wait_exit(pid_, {});
  }

 private:
  pid_t pid_;
};

// The command is a line for the shell by its definition, and %h and %r go into it as they are: so
// they may hold nothing that a shell would read as more than a name.
Result<void> check_shell_safe(const std::string& text) {
  if (text.starts_with('-') ||
      text.find_first_of(" \t\r\n'\"`$;&|<>(){}\\*?#!~") != std::string::npos)
    return Error{Errc::config, "this cannot be part of a ProxyCommand: " + text};
  return {};
}

Result<RoutedSocket> route_by_command(const SshTarget& target) {
  LIBRE_CHECK(check_shell_safe(target.host));
  LIBRE_CHECK(check_shell_safe(target.user));
  LIBRE_TRY(auto pair, make_socketpair());
  const std::string command =
      expand_percent(target.proxy_command, {{'h', target.host},
                                            {'n', target.name},
                                            {'p', std::to_string(target.port)},
                                            {'r', target.user}});
  SpawnOptions options;
  options.argv = {"/bin/sh", "-c", "exec " + command};
  options.in = pair.second.get();
  options.out = pair.second.get();
  LIBRE_TRY(const pid_t pid, spawn(options));
  return RoutedSocket{std::move(pair.first), std::make_unique<CommandRoute>(pid)};
}

}  // namespace

Result<RoutedSocket> open_route(const SshTarget& target, Connecting& connecting) {
  return target.via.empty() ? route_by_command(target) : route_through(target, connecting);
}

}  // namespace libre::transport
