// A connection to a machine as a loop sees it that serves many streams at once and must never block
// in one of them. The master is such a loop; ssh/ssh_transport.hpp is such a connection.
//
//   wait with poll(2) for poll_events() on fd(); serve(); then look at the channels that have news.
//
// Threads: the multiplexer and all its channels belong to one.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "transport/transport.hpp"

namespace libre::transport {

// One stream, or one command, of a Multiplexer. Nothing here blocks. Destroying it closes it over there;
// one that is still opening should first be advanced to its end, or the other side keeps it open.
class Channel {
 public:
  virtual ~Channel() = default;

  // Goes on with opening: true once it is open. Errors as the Transport's functions have them.
  virtual Result<bool> advance() = 0;

  // Whether advance(), read_some() or exit_now() may tell something new since they were last asked.
  virtual bool has_news() const = 0;

  // nullopt: nothing is there now. 0: the other side has ended. Where nobody reads, the other side is
  // held back: at most 2.6 MB wait here.
  virtual Result<std::optional<std::size_t>> read_some(std::span<std::byte> buffer) = 0;
  virtual Result<std::size_t> write_some(std::span<const std::byte> bytes) = 0;  // 0 = none now
  virtual void finish_writing() = 0;  // no more will be written; reading goes on

  // Of commands.
  virtual std::string take_errors() = 0;  // stderr since the last call
  // The exit code, 128 + n for signals; nullopt while it is not known. Errc::disconnected: it never comes.
  virtual Result<std::optional<int>> exit_now() = 0;
  virtual void resize(TerminalSize size) = 0;  // of its terminal
};

class Multiplexer {
 public:
  virtual ~Multiplexer() = default;

  // As in Transport, but they only begin: Channel::advance tells how it goes on.
  virtual Result<std::unique_ptr<Channel>> begin_socket(const std::string& path) = 0;
  virtual Result<std::unique_ptr<Channel>> begin_tcp(const std::string& host, int port) = 0;
  virtual Result<std::unique_ptr<Channel>> begin_command(
      const std::string& command, const std::optional<Terminal>& terminal) = 0;

  virtual int fd() const = 0;
  virtual short poll_events() const = 0;  // with POLLOUT while bytes wait to be sent
  // Takes in what came, sends what is pending, and keeps the connection alive. Call it at least every
  // alive_interval. An error is the end of the connection and of all its channels.
  virtual Result<void> serve() = 0;
  // Whether something came in outside serve(), while one of the channels was looked at or written to: others may
  // have news by it, or it was the connection's end, and poll(2) will not tell.
  virtual bool has_heard() const = 0;
  // Asks the machine for a sign of life where none came for a while; an answer that does not come within
  // seconds makes serve() fail. For the first use after a pause, when the network may be another one.
  virtual Result<void> check_alive() = 0;
  // As of a Stream (base/stream.hpp).
  virtual std::optional<std::chrono::nanoseconds> round_trip() const { return std::nullopt; }
};

}  // namespace libre::transport
