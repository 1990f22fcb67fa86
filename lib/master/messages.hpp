// What a master, its clients and the one who starts it say to each other. Each message is one JSON text
// with its length before it (message_io.hpp).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "transport/ssh/target.hpp"

namespace libre::master {

// Of both sides; they must be equal, because both come with one installation.
std::string own_version();

enum class Verb {
  hello,    // only asks whether a master of our version answers; another request may follow
  agent,    // a stream to the unix socket `path`, one that is open already where there is one
  tcp,      // a stream to `host` and `port`
  execute,  // `command` with its output, errors and exit code (command_frames.hpp)
  status,   // Reply::status; another request may follow
  stop,     // the master answers, and leaves at once
};

struct Request {
  std::string version = own_version();
  Verb verb = Verb::hello;
  std::string path{};
  std::string host{};
  int port = 0;
  std::string command{};   // "" = the login shell
  std::string terminal{};  // its kind; "" = none
  int columns = 0, rows = 0;
  bool raw =
      false;  // execute: stdin and stdout are the stream, without frames; nothing else is told
};

struct Status {
  std::string instance{};  // "user@host"
  std::int64_t pid = 0;
  double since = 0;          // Unix time of the login
  std::int64_t streams = 0;  // of clients, those that are being opened included
  std::int64_t spares = 0;   // streams to the agent that are open ahead of need
  double idle = 0;           // seconds without a stream; 0 where there are some
  double idle_limit = 0;     // it leaves after so many
};

struct Reply {
  std::string
      error{};  // an Error as JSON; "" = it was done, and the stream begins behind this message
  std::optional<Status> status{};
  double round_trip = 0;  // to the machine, in seconds, for a stream; 0 = not known
};

// From the one who starts a master, on the socket between both.
struct StartRequest {
  std::string version = own_version();
  transport::SshTarget target{};   // with its password: this socket is the only way that it travels
  std::string directory{};         // of the master's socket
  std::int64_t timeout_ms = 0;     // for connecting and logging in
  std::int64_t idle_limit_ms = 0;  // the master leaves after so long without a stream
  std::string agent_socket{};      // to open spare streams to; "" = not known yet
  bool may_ask = false;            // somebody can answer questions
};

enum class Topic { status, notice, secret, line, confirm, ready, failed };

// To the one who started it: talk, questions, and at last `ready` or `failed` (`text` is an Error).
struct Note {
  Topic topic = Topic::status;
  std::string text{};
};

// To a question.
struct Answer {
  std::string text{};
  bool yes = false;
  std::string error{};  // an Error as JSON; "" = there is an answer
};

}  // namespace libre::master
