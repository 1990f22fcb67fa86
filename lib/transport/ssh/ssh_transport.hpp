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
// comes for the others (up to 1.3 MB each). A peer that answers while it is written to needs a
// caller who reads in between: use write_some and poll_events for that.
#pragma once
#include <memory>
#include <string>

#include "transport/ssh/hooks.hpp"
#include "transport/ssh/target.hpp"
#include "transport/transport.hpp"

namespace libre::transport {

class Session;

// A stream over SSH; a CommandStream for commands, while errors() and exit_code() of other streams
// are empty and Errc::unsupported.
class SshStream : public CommandStream {
 public:
  // Takes as much as the other side allows right now, and never blocks: 0 = nothing. What is taken is
  // sent by this and later calls on any stream of the session; poll_events() says when.
  virtual Result<std::size_t> write_some(std::span<const std::byte> bytes) = 0;
};

class SshTransport final : public Transport {
 public:
  explicit SshTransport(std::shared_ptr<Session> session);
  ~SshTransport() override;

  Result<std::unique_ptr<Stream>> open_socket(const std::string& path, const Wait& wait) override;
  Result<std::unique_ptr<CommandStream>> execute(const std::string& command,
                                                 const Wait& wait) override;
  std::string describe() const override;

  // The same, with the stream's whole power.
  Result<std::unique_ptr<SshStream>> open_socket_stream(const std::string& path, const Wait& wait);
  // A TCP connection that the machine makes. Errc::denied where the server forbids forwards.
  Result<std::unique_ptr<SshStream>> open_tcp(const std::string& host, int port, const Wait& wait);

  // For a loop that serves many streams with poll(2): wait for poll_events() on fd(), then try each
  // stream with a deadline that has passed. serve() alone takes in what came, sends what is pending
  // and keeps the connection alive (call it at least every alive_interval); it does not block.
  int fd() const;
  short poll_events() const;
  bool alive() const;
  Result<void> serve();

  const std::shared_ptr<Session>& shared_session() const { return session_; }  // for this folder

 private:
  std::shared_ptr<Session> session_;
};

// Connects and logs in. Errors: dns, refused, unreachable, timed_out, host_key, auth (with the
// methods tried and those that the server offers), config, interrupted, disconnected. The time that
// a person takes to answer does not count against the deadline.
Result<std::unique_ptr<SshTransport>> connect_ssh(const SshTarget& target,
                                                  const ConnectHooks& hooks, const Wait& wait);

}  // namespace libre::transport
