// A command that runs through a master, as its client sees it (command_frames.hpp).
#pragma once
#include <memory>

#include "base/stream.hpp"
#include "transport/transport.hpp"

namespace libre::master {

// `master`: a connection behind whose reply the frames begin.
std::unique_ptr<transport::InteractiveStream> make_command_stream(std::unique_ptr<FdStream> master);

}  // namespace libre::master
