// The master's side of its start: it logs in while the one who started it watches and answers, and then
// serves.
#pragma once
#include "base/fd.hpp"

namespace libre::master {

// What the program libre-master does. `starter` is the socket to the one who started it; a StartRequest
// comes from there. Returns when the master has left; false where it never served. The starter's end
// during the login is the end of the attempt.
bool run_master(Fd starter);

}  // namespace libre::master
