// A machine as a place to work: what it is like, and whose keys open it. LocalMachine answers for the
// machine it runs on (in the agent), RemoteMachine asks for it (in the client), serve_machine answers.
#pragma once
#include <libre/result.hpp>

#include "base/wait.hpp"
#include "machine/facts.hpp"

namespace libre::machine {

struct KeyReport {
  bool added = false;    // false: this key could log in already
  std::string file{};    // the authorized_keys file
  std::string notice{};  // why the server may still refuse it, "" = nothing is known
};

class Machine {
 public:
  virtual ~Machine() = default;

  // Looks, and changes nothing. What cannot be found out keeps its default. Takes as long as the
  // user's profile and `python3` take to start.
  virtual Result<MachineFacts> look(const Wait& wait) = 0;

  // Lets the owner of a public key ("ssh-ed25519 AAAA… comment") log in as this user: one line more in
  // ~/.ssh/authorized_keys, which is replaced whole; every other line stays. Directory and file get the
  // modes that sshd wants. Doing it again changes nothing. Errc::usage where `line` is no public key.
  virtual Result<KeyReport> authorize(const std::string& line, const Wait& wait) = 0;
};

}  // namespace libre::machine
