#include "probe/remote_probe_host.hpp"

#include "probe/messages.hpp"

namespace libre::probe {

Result<MachineFigures> RemoteProbeHost::figures(const ProbeQuery& query, const Wait& wait) {
  return rpc::call<MachineFigures>(connection_, "probe.figures", query, wait);
}

}  // namespace libre::probe
