// A way to a machine: streams to unix sockets there, and commands there.
//
// Everything above asks for streams and never knows whether SSH is underneath. A Transport and its
// streams belong to one thread (one SSH session is touched by one thread).
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/stream.hpp"

namespace libre::transport {

// A command that runs on the machine: its stdin and stdout are the stream. Stderr is kept apart.
class CommandStream : public Stream {
 public:
  virtual const std::string& errors() const = 0;  // stderr so far, at most 64 KiB of it
  virtual Result<int> exit_code(
      const Wait& wait) = 0;  // after the end of the stream; 128+n for signals
};

struct TerminalSize {
  int columns = 80, rows = 24;
};

// A pseudo terminal to ask for.
struct Terminal {
  std::string kind = "dumb";  // as $TERM has it
  TerminalSize size{};
};

// A command whose caller waits for other things too (a keyboard): wait with poll(2) for poll_events()
// on poll_fd(), at most 5 s, then call serve(), then read with a deadline that has passed.
class InteractiveStream : public CommandStream {
 public:
  virtual int poll_fd() const = 0;
  virtual short poll_events() const = 0;
  // Takes in what came, sends what is pending, keeps the connection alive; never blocks.
  virtual Result<void> serve() = 0;
  // Takes as much as the other side allows right now, and never blocks: 0 = nothing. What is taken is
  // sent by this and later calls.
  virtual Result<std::size_t> write_some(std::span<const std::byte> bytes) = 0;
  virtual std::string
  take_errors() = 0;  // stderr since the last call, without the limit of errors()
  virtual void resize(TerminalSize size) = 0;  // of its terminal
};

class Transport {
 public:
  virtual ~Transport() = default;

  // A stream to a unix socket. Errc::refused or not_found: nobody serves there (as far as the
  // server tells: SSH says the same for both). Errc::denied: the server forbids such forwards.
  virtual Result<std::unique_ptr<Stream>> open_socket(const std::string& path,
                                                      const Wait& wait) = 0;

  // A TCP connection that the machine makes. Errc::denied where the server forbids forwards;
  // Errc::unsupported where the transport cannot do it.
  virtual Result<std::unique_ptr<Stream>> open_tcp(const std::string& host, int port,
                                                   const Wait& wait);

  // Starts `command` as the login shell of the user reads it. See bootstrap for what is safe to pass.
  virtual Result<std::unique_ptr<CommandStream>> execute(const std::string& command,
                                                         const Wait& wait) = 0;

  // The same for a person, on a terminal where one is given; "" = the login shell itself.
  // Errc::unsupported where the transport cannot do it.
  virtual Result<std::unique_ptr<InteractiveStream>> execute_interactively(
      const std::string& command, const std::optional<Terminal>& terminal, const Wait& wait);

  // For messages: "user@host", "local".
  virtual std::string describe() const = 0;
};

}  // namespace libre::transport
