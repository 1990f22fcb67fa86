// This machine as a Transport: no network, no authentication. What it runs, it runs as sshd does,
// `$SHELL -c command` with the user's environment, so that tests of what is sent to login shells
// need no SSH.
//
// Threads: as for every Transport, one at a time; only close() may come from another one.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "transport/transport.hpp"

namespace libre::transport {

struct LocalOptions {
  std::string shell{};  // the login shell; empty = $SHELL of this process, else /bin/sh
  std::optional<std::vector<std::string>> environment{};  // "K=V"; unset = inherit ours
  std::filesystem::path directory{};                      // where commands start; empty = here
};

std::unique_ptr<Transport> make_local_transport(LocalOptions options);

// Starts a program with its stdin and stdout as the stream. Destroying the stream ends the program
// (with its process group, by SIGKILL) and reaps it; daemons that left the group go on.
// Fails as spawn() does where the program cannot be executed.
struct LocalCommand {
  std::vector<std::string> argv;
  std::optional<std::vector<std::string>> environment{};
  std::filesystem::path directory{};
};
Result<std::unique_ptr<CommandStream>> start_local(const LocalCommand& command);

}  // namespace libre::transport
