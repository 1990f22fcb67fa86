// What every failure in libre looks like: a kind that code can branch on, and three pieces of text
// that a person can act on.
#pragma once
#include <string>

namespace libre {

// Add a kind only when some caller must behave differently for it.
enum class Errc {
  usage,        // the caller asked for something that makes no sense; nothing was done
  config,       // a configuration file says something that we cannot use
  not_found,    // the thing named does not exist
  exists,       // it exists already, or belongs to somebody else
  busy,         // it is in use by somebody else now, and may be free later
  denied,       // the operating system or the other side forbids it
  disk_full,    // no space or no quota left
  io,           // any other failure of a file or a pipe
  dns,          // the host name has no address
  refused,      // nobody listens there
  unreachable,  // no route, or the network is down
  timed_out,    // the deadline passed
  host_key,     // the machine's key is unknown or has changed
  auth,         // the machine does not accept us
  disconnected,  // the connection ended before the answer came; the request may have been carried out
  protocol,      // the other side sent something that the protocol does not allow
  version,       // the other side speaks another version of the protocol
  unsupported,  // this machine or this server cannot do that
  outdated,     // what the request builds on is not so any more; nothing was done: ask for it anew
  interrupted,  // somebody asked us to stop (a waker, a stop token, Ctrl-C)
  internal,     // a defect of ours
};

// Stable lower-case name of a kind, as it stands in JSON ("disk_full").
const char* name_of(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string message;  // a sentence without a full stop: "cannot reach gpu1"
  std::string cause{};  // why, as far as known: "connection refused by 10.0.0.7 port 22"
  std::string hint{};   // what to do next, a command where there is one: "re doctor gpu1"

  // One text of up to three lines, for a person.
  std::string describe() const;

  // The same failure, told from further out: `outer` becomes the message, the old message and
  // cause become the cause. Code and hint stay.
  Error wrapped(std::string outer) &&;
};

// The error for a failed system call: `message` and strerror(errno_value) as the cause.
Error system_error(std::string message, int errno_value);

}  // namespace libre
