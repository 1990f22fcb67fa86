// Instance::download: a job that fetches data over there.
#include "client/instance_state.hpp"
#include "deps/data/plan.hpp"

namespace libre {

Result<JobInfo> Instance::download(const Project& project, const DataRequest& request) {
  LIBRE_CHECK(deps::plan_data(request.urls));
  JobSpec spec;
  spec.name = spec.kind = "data";
  spec.project = project.name;
  spec.project_id = project.id;
  spec.log_link = "data/data.log";
  spec.argv = {state_->link->facts().agent, "download", "--parallel",
               std::to_string(request.parallel)};
  if (request.unpack) spec.argv.push_back("--unpack");
  if (request.force) spec.argv.push_back("--force");
  spec.argv.insert(spec.argv.end(), request.urls.begin(), request.urls.end());
  return submit(project, std::move(spec));
}

}  // namespace libre
