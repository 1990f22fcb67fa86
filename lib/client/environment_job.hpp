// The job that makes a project's environment.
#pragma once
#include <libre/client.hpp>

#include "client/link.hpp"

namespace libre::client {

// What that job runs; `place` is what the instance said when the files were staged, `wheels` where wheels lie
// there that it is to use ("" = it asks the index). Pure.
JobSpec environment_job(const Project& project, const Dependencies& wanted,
                        const InstanceConfig& instance, const std::string& agent,
                        const std::string& place, const std::string& wheels);

// Fetches, on this machine, the wheels that `wanted` needs on the instance, brings them there and returns where
// they lie. `facts` is the JSON with which the instance describes its Python. What pip prints goes to `sink`.
Result<std::string> bring_wheels(Link& link, const Project& project, const Dependencies& wanted,
                                 const std::string& facts, const std::string& place,
                                 const LogSink& sink);

}  // namespace libre::client
