#include "jobs/job_selector.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace libre::jobs {
namespace {

bool is_of(const JobInfo& job, std::string_view project) {
  return project.empty() || job.spec.project_id == project || job.spec.project == project;
}

Error no_such_job(std::string_view job, const std::vector<std::string>& names) {
  const std::string near = nearest(job, names);
  return Error{Errc::not_found, "there is no job " + printable(job), "",
               near.empty() ? "`re list` shows the jobs" : "did you mean " + printable(near) + "?"};
}

}  // namespace

Result<std::uint64_t> select_job(const std::vector<JobInfo>& jobs, std::string_view job,
                                 std::string_view project) {
  if (job.empty()) return Error{Errc::usage, "no job is named", "", "give an id, a name, or: last"};
  const bool is_number =
      std::all_of(job.begin(), job.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::uint64_t id = 0;
  if (is_number) std::from_chars(job.data(), job.data() + job.size(), id);
  std::vector<std::string> names;
  const JobInfo* newest = nullptr;
  bool newest_is_own = false;  // "last" means the user's own commands, where there is one
  for (const JobInfo& candidate : jobs) {
    if (is_number && candidate.id == id) return id;
    if (candidate.spec.key == job) return candidate.id;
    if (!is_of(candidate, project)) continue;
    const bool own = candidate.spec.kind.empty();
    if (candidate.spec.name == job || (job == "last" && (own || !newest_is_own))) {
      newest = &candidate;
      newest_is_own = own;
    }
    if (!candidate.spec.name.empty()) names.push_back(candidate.spec.name);
  }
  if (newest) return newest->id;
  if (job != "last") return no_such_job(job, names);
  return Error{Errc::not_found,
               project.empty() ? "there is no job yet" : "there is no job of this project yet", "",
               "start one: re async \"command\""};
}

bool matches(const JobInfo& job, const JobFilter& filter) {
  return !(filter.only_live && is_final(job.state)) && is_of(job, filter.project);
}

std::vector<JobInfo> filter_jobs(std::vector<JobInfo> jobs, const JobFilter& filter) {
  std::erase_if(jobs, [&](const JobInfo& job) { return !matches(job, filter); });
  if (filter.limit == 0) return jobs;
  std::uint64_t ended = 0;
  for (const JobInfo& job : jobs) ended += is_final(job.state) ? 1 : 0;
  std::erase_if(jobs, [&](const JobInfo& job) {
    const bool goes = is_final(job.state) && ended > filter.limit;
    ended -= goes ? 1 : 0;
    return goes;
  });
  return jobs;
}

}  // namespace libre::jobs
