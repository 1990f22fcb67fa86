#include "transport/local.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/process.hpp"

namespace libre::transport {
namespace {

constexpr std::size_t errors_kept = 64 * 1024;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

class LocalCommandStream final : public CommandStream {
 public:
  LocalCommandStream(Fd in, Fd out, Fd err, pid_t pid, std::unique_ptr<Waker> closed)
      : in_(std::move(in)),
        out_(std::move(out)),
        err_(std::move(err)),
        pid_(pid),
        closed_(std::move(closed)) {}
  ~LocalCommandStream() override {
    if (exit_) return;
    ::kill(-pid_, SIGKILL);
    (void)wait_exit(pid_, {});
  }

  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override {
    for (;;) {
      if (closed_->notified()) return Error{Errc::disconnected, "the command's stream was closed"};
      const ssize_t got = ::read(out_.get(), buffer.data(), buffer.size());
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == 0) {
        drain_errors();
        return std::size_t{0};
      }
      if (!would_block(errno)) return system_error("cannot read from the command", errno);
      LIBRE_CHECK(wait_ready(out_.get(), POLLIN, wait));
    }
  }

  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override {
    while (!bytes.empty()) {
      if (closed_->notified()) return Error{Errc::disconnected, "the command's stream was closed"};
      const ssize_t sent = ::write(in_.get(), bytes.data(), bytes.size());
      if (sent >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
        continue;
      }
      if (!would_block(errno)) return system_error("cannot write to the command", errno);
      LIBRE_CHECK(wait_ready(in_.get(), POLLOUT, wait));
    }
    return {};
  }

  void end_writing() override { in_.reset(); }
  void close() noexcept override { closed_->notify(); }
  const std::string& errors() const override { return errors_; }

  Result<int> exit_code(const Wait& wait) override {
    if (!exit_) {
      LIBRE_TRY(exit_, wait_exit(pid_, wait));
      drain_errors();
    }
    return exit_->shell_code();
  }

 private:
  // Keeps reading stderr meanwhile: a command that is stuck writing there would never go on.
  Result<void> wait_ready(int fd, short events, const Wait& wait) {
    for (;;) {
      pollfd fds[4] = {{fd, events, 0},
                       {err_.get(), POLLIN, 0},
                       {closed_->fd(), POLLIN, 0},
                       {wait.waker ? wait.waker->fd() : -1, POLLIN, 0}};
      const int ready = ::poll(fds, 4, wait.deadline.poll_timeout());
      if (ready < 0 && errno != EINTR) return system_error("cannot wait for the command", errno);
      if (ready > 0) {
        if (fds[2].revents) return Error{Errc::disconnected, "the command's stream was closed"};
        if (fds[1].revents) drain_errors();
        if (fds[0].revents) return {};
        if (fds[3].revents) return Error{Errc::interrupted, "interrupted"};
      }
      if (wait.deadline.passed()) return Error{Errc::timed_out, "timed out"};
    }
  }

  void drain_errors() {
    char buffer[8 * 1024];
    while (err_) {
      const ssize_t got = ::read(err_.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && would_block(errno)) return;
      if (got <= 0) {
        err_.reset();
        return;
      }
      const std::size_t room = errors_kept - errors_.size();
      errors_.append(buffer, std::min(room, static_cast<std::size_t>(got)));
    }
  }

  Fd in_, out_, err_;
  pid_t pid_;
  std::unique_ptr<Waker> closed_;
  std::string errors_;
  std::optional<Exit> exit_;
};

class LocalTransport final : public Transport {
 public:
  explicit LocalTransport(LocalOptions options) : options_(std::move(options)) {
    const char* own = std::getenv("SHELL");
    if (options_.shell.empty()) options_.shell = own && *own ? own : "/bin/sh";
  }

  Result<std::unique_ptr<Stream>> open_socket(const std::string& path, const Wait& wait) override {
    LIBRE_TRY(std::unique_ptr<Stream> stream, connect_unix(path, wait));
    return stream;
  }

  Result<std::unique_ptr<CommandStream>> execute(const std::string& command,
                                                 const Wait& /*starting never blocks*/) override {
    return start_local({{options_.shell, "-c", command}, options_.environment, options_.directory});
  }

  std::string describe() const override { return "local"; }

 private:
  LocalOptions options_;
};

}  // namespace

std::unique_ptr<Transport> make_local_transport(LocalOptions options) {
  return std::make_unique<LocalTransport>(std::move(options));
}

Result<std::unique_ptr<CommandStream>> start_local(const LocalCommand& command) {
  LIBRE_TRY(auto in, make_pipe());
  LIBRE_TRY(auto out, make_pipe());
  LIBRE_TRY(auto err, make_pipe());
  LIBRE_TRY(auto closed, Waker::create());
  LIBRE_CHECK(set_nonblocking(in.second.get(), true));
  LIBRE_CHECK(set_nonblocking(out.first.get(), true));
  LIBRE_CHECK(set_nonblocking(err.first.get(), true));
  SpawnOptions options{command.argv};
  options.environment = command.environment;
  options.directory = command.directory;
  options.in = in.first.get();
  options.out = out.second.get();
  options.err = err.second.get();
  options.new_session = true;
  LIBRE_TRY(const pid_t pid, spawn(options));
  return std::make_unique<LocalCommandStream>(std::move(in.second), std::move(out.first),
                                              std::move(err.first), pid, std::move(closed));
}

}  // namespace libre::transport
