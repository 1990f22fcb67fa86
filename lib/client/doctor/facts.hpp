// What the doctor looks at, before anything is thought about it.
#pragma once
#include <libre/client.hpp>

#include "machine/facts.hpp"
#include "transport/ssh/hooks.hpp"

namespace libre::client {

struct KeyFact {
  std::string file{};
  bool others_can_read = false;  // then ssh, and we, do not use it
};

struct HereFacts {
  std::string config_file{};
  std::optional<Error> config_error{};
  bool config_exists = false;
  bool config_readable_by_others = false;
  std::vector<std::string> config_warnings{};
  std::size_t instances = 0;
  std::vector<KeyFact> keys{};
  bool agent_named = false, agent_answers = false;  // the ssh-agent
  std::string runtime_directory{};
  std::string runtime_problem{};
  std::optional<Error> master_error{}, bundle_error{};  // our own programs
  std::vector<std::string> platforms{};                 // that we have an agent for
  std::string git{};                                    // its version, "" = there is none
  bool has_keygen = false;
  std::string home{};
  std::uint64_t disk_free = 0;
};

struct ThereFacts {
  std::string name{};
  bool local = false;
  std::optional<Error> login_error{}, agent_error{}, look_error{};
  bool jumps = false;  // the way leads through another machine
  transport::LoginTimes times{};
  double agent_seconds = 0;  // from the login until the agent answered
  double round_trip = 0;     // of a small question
  bool agent_installed = false;
  bool bridged = false;  // bootstrap::Facts::bridged
  std::string agent_version{};
  double clock_ahead = 0;  // seconds by which its clock is ahead of ours
  machine::MachineFacts machine{};
};

}  // namespace libre::client
