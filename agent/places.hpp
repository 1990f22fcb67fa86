// Where the agent of one user on one machine keeps its things.
#pragma once
#include <filesystem>
#include <string>

#include <libre/result.hpp>

#include "base/paths.hpp"

namespace libre::agent {

struct Places {
  std::filesystem::path home;
  std::filesystem::path state_root;  // $XDG_STATE_HOME/re/<host>: homes may be shared by machines
  std::filesystem::path
      runtime_dir;  // /tmp/re-<uid>/<key of state_root>: sockets and locks, on a local disk
  std::filesystem::path program;  // this very file

  std::filesystem::path socket() const { return runtime_dir / "agent.sock"; }
};

// `root` moves the state below itself; "" = the XDG places. Creates nothing.
Result<Places> find_places(const Environment& env, const std::string& root);

// Makes the directories, private to us. Where /tmp/re-<uid> is not ours, runtime_dir moves into
// state_root.
Result<void> make_places(Places& places);

}  // namespace libre::agent
