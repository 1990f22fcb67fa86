#include "probe/serve_probe_host.hpp"

#include "probe/messages.hpp"

namespace libre::probe {

void serve_probe_host(rpc::Service& service, ProbeHost& host) {
  service.on<ProbeQuery, MachineFigures>(
      "probe.figures", [&host](const ProbeQuery& query, rpc::Call& call) {
        return host.figures(query, {Deadline::never(), &call.waker()});
      });
}

}  // namespace libre::probe
