// A way to a machine: streams to unix sockets there, and commands there.
//
// Everything above asks for streams and never knows whether SSH is underneath. A Transport and its
// streams belong to one thread (one SSH session is touched by one thread).
#pragma once
#include <memory>
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

class Transport {
 public:
  virtual ~Transport() = default;

  // A stream to a unix socket. Errc::refused or not_found: nobody serves there (as far as the
  // server tells: SSH says the same for both). Errc::denied: the server forbids such forwards.
  virtual Result<std::unique_ptr<Stream>> open_socket(const std::string& path,
                                                      const Wait& wait) = 0;

  // Starts `command` as the login shell of the user reads it. See bootstrap for what is safe to pass.
  virtual Result<std::unique_ptr<CommandStream>> execute(const std::string& command,
                                                         const Wait& wait) = 0;

  // For messages: "user@host", "local".
  virtual std::string describe() const = 0;
};

}  // namespace libre::transport
