// The table of jobs, which `list` and `kill` share.
#pragma once
#include <libre/job.hpp>

#include "cli/ui/table.hpp"

namespace cli {

// `with_all` puts the original's row 0, "all *", on top. `now` is Unix time. Pure.
Table job_table(const std::vector<libre::JobInfo>& jobs, double now, bool with_all);

// What the job runs, as one line.
std::string command_of(const libre::JobSpec& spec);

}  // namespace cli
