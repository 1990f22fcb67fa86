// An interactive shell over there on this process's terminal.
#pragma once
#include "transport/transport.hpp"

namespace libre::transport {

// Runs `command` ("" = the login shell) with our stdin, stdout and stderr, on a pseudo terminal of the
// machine where stdin is a terminal. Window size changes are passed on; Ctrl-C and the like are
// bytes for the remote side. The local terminal is as before on every return. Returns the exit code,
// 128 + n for a signal. The waker ends it with Errc::interrupted.
//
// Installs a SIGWINCH handler while it runs; only one shell can run at a time (Errc::exists).
Result<int> run_shell(Transport& transport, const std::string& command, const Wait& wait);

}  // namespace libre::transport
