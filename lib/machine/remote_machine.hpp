// The Machine at the other end of a connection to its agent. Borrows the connection; one thread.
#pragma once
#include "machine/machine.hpp"
#include "rpc/connection.hpp"

namespace libre::machine {

class RemoteMachine final : public Machine {
 public:
  explicit RemoteMachine(rpc::Connection& connection) : connection_(connection) {}
  Result<MachineFacts> look(const Wait& wait) override;
  Result<KeyReport> authorize(const std::string& line, const Wait& wait) override;

 private:
  rpc::Connection& connection_;
};

}  // namespace libre::machine
