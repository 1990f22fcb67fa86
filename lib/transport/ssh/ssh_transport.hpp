// A machine reached by SSH.
//
//   LIBRE_TRY(const auto target, resolve_ssh_target(instance));
//   LIBRE_TRY(auto transport, connect_ssh(target, {.prompter = &prompter}, {deadline, &waker}));
//
// Threads: the transport and all its streams belong to one thread at a time, because they share one
// session; handing them all over to another thread is fine. Only close() may come from elsewhere: it
// wakes and refuses calls on that stream, and the server hears of it when the stream is destroyed.
//
// Streams keep the session alive, so they may outlive the transport. Reading one stream takes in what
// comes for the others (up to 2.6 MB each). A peer that answers while it is written to needs a
// caller who reads in between: use write_some and poll_events for that.
#pragma once
#include <memory>
#include <string>

#include "transport/multiplexer.hpp"
#include "transport/ssh/hooks.hpp"
#include "transport/ssh/target.hpp"

namespace libre::transport {

class Session;

// A stream over SSH. Of streams that are no commands errors() is empty, and exit_code() and resize() are
// for nothing.
class SshStream : public InteractiveStream, public Channel {
 public:
  Result<std::size_t> write_some(std::span<const std::byte> bytes) override = 0;
  std::string take_errors() override = 0;
  void resize(TerminalSize size) override = 0;
};

class SshTransport final : public Transport, public Multiplexer {
 public:
  explicit SshTransport(std::shared_ptr<Session> session);
  ~SshTransport() override;

  Result<std::unique_ptr<Stream>> open_socket(const std::string& path, const Wait& wait) override;
  Result<std::unique_ptr<Stream>> open_tcp(const std::string& host, int port,
                                           const Wait& wait) override;
  Result<std::unique_ptr<CommandStream>> execute(const std::string& command,
                                                 const Wait& wait) override;
  Result<std::unique_ptr<InteractiveStream>> execute_interactively(
      const std::string& command, const std::optional<Terminal>& terminal,
      const Wait& wait) override;
  std::string describe() const override;

  // The same, with the stream's whole power.
  Result<std::unique_ptr<SshStream>> open_socket_stream(const std::string& path, const Wait& wait);
  Result<std::unique_ptr<SshStream>> open_tcp_stream(const std::string& host, int port,
                                                     const Wait& wait);

  Result<std::unique_ptr<Channel>> begin_socket(const std::string& path) override;
  Result<std::unique_ptr<Channel>> begin_tcp(const std::string& host, int port) override;
  Result<std::unique_ptr<Channel>> begin_command(const std::string& command,
                                                 const std::optional<Terminal>& terminal) override;
  int fd() const override;
  short poll_events() const override;
  bool alive() const;
  Result<void> serve() override;
  bool has_heard() const override;
  Result<void> check_alive() override;
  std::optional<std::chrono::nanoseconds> round_trip() const override;

 private:
  std::shared_ptr<Session> session_;
};

// Connects and logs in. Errors: dns, refused, unreachable, timed_out, host_key, auth (with the
// methods tried and those that the server offers), config, interrupted, disconnected. The time that
// a person takes to answer does not count against the deadline.
Result<std::unique_ptr<SshTransport>> connect_ssh(const SshTarget& target,
                                                  const ConnectHooks& hooks, const Wait& wait);

}  // namespace libre::transport
