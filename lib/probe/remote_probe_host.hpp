// Asks another machine's agent. One thread, as the Connection.
#pragma once
#include "probe/probe_host.hpp"
#include "rpc/connection.hpp"

namespace libre::probe {

class RemoteProbeHost final : public ProbeHost {
 public:
  explicit RemoteProbeHost(rpc::Connection& connection) : connection_(connection) {}  // borrowed
  // Errc::timed_out and Errc::interrupted leave the question open: drop the connection.
  Result<MachineFigures> figures(const ProbeQuery& query, const Wait& wait) override;

 private:
  rpc::Connection& connection_;
};

}  // namespace libre::probe
