// Where jobs and GPUs meet: lib/jobs knows who has claimed what, lib/probe what there is.
#pragma once
#include <memory>

#include "jobs/local_job_host.hpp"
#include "probe/gpu_reader.hpp"

namespace libre::agent {

jobs::LookAtGpus look_at_gpus(std::shared_ptr<probe::GpuReader> reader);

}  // namespace libre::agent
