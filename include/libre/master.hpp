// Shared connections. The first command that reaches a machine by SSH leaves its connection to a process
// in the background, the master; later ones of this user use it and pay no login. It leaves when nobody
// has used it for InstanceConfig::persist_minutes, and nothing is lost where it is killed.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <libre/config.hpp>
#include <libre/result.hpp>

namespace libre {

struct MasterInfo {
  std::string instance{};  // "user@host"
  std::int64_t pid = 0;
  double since = 0;          // Unix time of the login
  std::int64_t streams = 0;  // open now, for commands that run
  double idle = 0;           // seconds without a stream
  double idle_limit = 0;     // it leaves after so many
};

// The masters of this user and home directory: of one instance, or (null) all of them. One that does not
// answer within `limit` is left out.
Result<std::vector<MasterInfo>> list_masters(
    const InstanceConfig* instance, std::chrono::milliseconds limit = std::chrono::seconds(2));

// Ends them, with all streams that they have; commands that still run connect anew. Returns those
// that were ended.
Result<std::vector<MasterInfo>> stop_masters(
    const InstanceConfig* instance, std::chrono::milliseconds limit = std::chrono::seconds(2));

}  // namespace libre
