// Answers "jobs.*" requests with a JobHost: the other end of RemoteJobHost. docs/protocol.md lists
// them.
#pragma once
#include "jobs/job_host.hpp"
#include "rpc/server.hpp"

namespace libre::jobs {

// Adds the methods to `service`. `host` is borrowed, and called from all threads that serve.
void serve_job_host(rpc::Service& service, JobHost& host);

}  // namespace libre::jobs
