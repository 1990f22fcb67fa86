// The client's side: finds the master of a connection, or starts it.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/paths.hpp"
#include "base/stream.hpp"
#include "master/messages.hpp"
#include "master/place.hpp"
#include "transport/ssh/hooks.hpp"
#include "transport/transport.hpp"

namespace libre::master {

// libre-master: $LIBRE_MASTER alone where it is set; else (or for another program of ours) in ../libexec/libre beside the running program,
// in the build tree, or under the install prefix. Errc::not_found names where it looked.
Result<std::filesystem::path> find_program(const Environment& env,
                                           const std::string& name = "libre-master");

struct ConnectOptions {
  transport::SshTarget target{};
  transport::ConnectHooks hooks{};  // used while a master logs in
  std::filesystem::path program{};
  std::chrono::milliseconds idle_limit = std::chrono::minutes(10);
  std::string agent_socket{};  // as it was the last time; "" = not known
};

// A transport over the master of this target, which is started where none answers: then this call lasts
// until that one has logged in. Any number of processes may call it at once; one of them starts it.
// Errors: those of connect_ssh; denied where the place of the socket is not safe. A failed login leaves
// nothing behind.
//
// Streams of the transport are connections of their own to the master. One that ends before its time,
// or that nobody serves any more, is Errc::disconnected: connect again.
Result<std::unique_ptr<transport::Transport>> connect_master(const ConnectOptions& options,
                                                             const Wait& wait);

// The same over a master that is there already; starts none. Errc::unreachable where none answers.
Result<std::unique_ptr<transport::Transport>> join_master(const transport::SshTarget& target,
                                                          const Wait& wait);

// What the master at `place` says of itself; with `stop` it leaves right after. Errc::not_found or
// refused where none is there.
Result<Status> query_master(const Place& place, bool stop, const Wait& wait);

}  // namespace libre::master
