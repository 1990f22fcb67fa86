// What a machine tells of itself. LocalProbeHost looks (in the agent), RemoteProbeHost asks for it (in
// the client), serve_probe_host answers.
#pragma once
#include <libre/figures.hpp>

#include "base/wait.hpp"

namespace libre::probe {

struct ProbeQuery {
  // The disk of this directory is measured, or of the nearest parent that is there. Relative ones begin
  // at the home directory; "" = that.
  std::string directory{};
  std::vector<std::string> look_for{};  // places in it: MachineFigures::found says which are there
  std::string project_id{};  // whether a Python environment for it is there; "" = not asked
  double max_age = 0.5;      // seconds: figures of GPUs that are no older are as good as new ones
  std::int64_t patience_ms =
      4000;  // for the GPUs' tools; what is late is left out, and gpu_problem says so
};

class ProbeHost {
 public:
  virtual ~ProbeHost() = default;

  // What cannot be found out is left out of the figures. Errors: only those of the way there.
  virtual Result<MachineFigures> figures(const ProbeQuery& query, const Wait& wait) = 0;
};

}  // namespace libre::probe
