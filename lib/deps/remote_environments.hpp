// The environments of another machine, asked for over a connection to its agent.
#pragma once
#include "deps/environments.hpp"
#include "rpc/connection.hpp"

namespace libre::deps {

// One thread, as the Connection. Both calls may be repeated after a break.
class RemoteEnvironments final : public Environments {
 public:
  explicit RemoteEnvironments(rpc::Connection& connection) : connection_(connection) {}  // borrowed

  Result<EnvironmentInfo> use(const std::string& project_id, const std::string& id,
                              const Wait& wait) override;
  // The same in two steps, to go out right behind the request `before` and to be carried out only if that one
  // succeeds; else used() ends with Errc::interrupted.
  Result<rpc::CallId> send_use(const std::string& project_id, const std::string& id,
                               rpc::CallId before, const Wait& wait);
  Result<EnvironmentInfo> used(rpc::CallId call, const Wait& wait);

  Result<std::string> stage(const std::string& project_id, const std::string& id,
                            const std::map<std::string, std::string>& files,
                            const Wait& wait) override;

 private:
  rpc::Connection& connection_;
};

}  // namespace libre::deps
