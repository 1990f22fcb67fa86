// What may be wrong on this machine, on the way to an instance, and there; each with what to do.
#pragma once
#include <string>
#include <vector>

#include <libre/client.hpp>

namespace libre {

enum class Health {
  ok,
  warn,  // it works, but slower or less safely than it could
  fail,  // something will not work
};
const char* name_of(Health health);

struct Finding {
  std::string about{};  // a stable word for programs: "configuration", "login", "disk" …
  Health health = Health::ok;
  std::string text{};  // what was found
  std::string fix{};   // what to do, a command where there is one; "" where nothing is to be done
};

// Looks at this machine; changes nothing.
std::vector<Finding> examine_here();

// Logs in to an instance by a connection of its own, and looks at the machine. The agent is put there
// where it is missing, as every command does. Where the machine cannot be reached that is what is found.
std::vector<Finding> examine(const InstanceConfig& instance, const ConnectOptions& options);

}  // namespace libre
