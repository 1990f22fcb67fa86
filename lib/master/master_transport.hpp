// A machine reached through a master: every stream is a connection of its own to the master's socket.
#pragma once
#include <memory>
#include <string>

#include "base/stream.hpp"
#include "master/messages.hpp"
#include "master/place.hpp"
#include "transport/transport.hpp"

namespace libre::master {

// `first` is a connection to the master over which nothing but a greeting went.
std::unique_ptr<transport::Transport> make_master_transport(Place place, std::string who,
                                                            std::unique_ptr<FdStream> first);

// Sends one request on a connection to a master and takes its reply; the reply's error is the error.
Result<Reply> ask(FdStream& master, const Request& request, const Wait& wait);

}  // namespace libre::master
