// From what a person calls a job to its id. Pure: a name is only ever compared, never made a path.
#pragma once
#include <string_view>

#include <libre/job.hpp>
#include <libre/result.hpp>

namespace libre::jobs {

// `jobs` newest last. "12" is the job of that id, of whatever project, and so is the key that one was
// submitted with; "last" the newest of the user's own commands (JobSpec::kind ""), or where there is none of
// all; a name the newest of that name; the latter two of `project` (its id or its name) where one is given.
// Errc::usage for "", Errc::not_found where none fits.
Result<std::uint64_t> select_job(const std::vector<JobInfo>& jobs, std::string_view job,
                                 std::string_view project);

// True where `filter` lets the job through, as long as its limit is not reached.
bool matches(const JobInfo& job, const JobFilter& filter);

// The jobs that `filter` lets through, newest last, as they are given.
std::vector<JobInfo> filter_jobs(std::vector<JobInfo> jobs, const JobFilter& filter);

}  // namespace libre::jobs
