#include <doctest/doctest.h>

#include "jobs/job_selector.hpp"
#include "jobs/state.hpp"

using namespace libre;
using namespace libre::jobs;

namespace {

JobInfo job(std::uint64_t id, const std::string& name, const std::string& project,
            JobState state = JobState::running) {
  JobInfo info;
  info.id = id;
  info.spec.name = name;
  info.spec.project = project;
  info.state = state;
  return info;
}

const std::vector<JobInfo> jobs_here = {job(3, "train", "a"), job(4, "eval", "a", JobState::failed),
                                        job(7, "train", "b"), job(9, "12", "b")};

}  // namespace

TEST_CASE("a job is named by id, by last, or by name") {
  CHECK(select_job(jobs_here, "4", "b") == 4u);
  CHECK(select_job(jobs_here, "last", "") == 9u);
  CHECK(select_job(jobs_here, "last", "a") == 4u);
  CHECK(select_job(jobs_here, "train", "") == 7u);
  CHECK(select_job(jobs_here, "train", "a") == 3u);
  CHECK(select_job(jobs_here, "12", "") == 9u);
}

TEST_CASE("a job is named by the key of its submit, whatever its project") {
  auto jobs = jobs_here;
  jobs[1].spec.key = "k5f0";
  CHECK(select_job(jobs, "k5f0", "b") == 4u);
  CHECK_FALSE(select_job(jobs, "k5f", "b"));
}

TEST_CASE("last is the newest of the user's own commands, not an install or a download") {
  auto jobs = jobs_here;
  jobs[3].spec.kind = "install";
  CHECK(select_job(jobs, "last", "") == 7u);
  CHECK(select_job(jobs, "12", "") == 9u);
  for (auto& one : jobs) one.spec.kind = "data";
  CHECK(select_job(jobs, "last", "") == 9u);
}

TEST_CASE("projects of one name are told apart by their ids") {
  auto jobs = jobs_here;
  for (auto& one : jobs) one.spec.project = "same";
  jobs[0].spec.project_id = jobs[1].spec.project_id = "id-of-a";
  jobs[2].spec.project_id = jobs[3].spec.project_id = "id-of-b";
  CHECK(select_job(jobs, "last", "id-of-a") == 4u);
  CHECK(select_job(jobs, "train", "id-of-a") == 3u);
  CHECK(select_job(jobs, "last", "same") == 9u);
  CHECK(filter_jobs(jobs, {.project = "id-of-a"}).size() == 2);
  CHECK(filter_jobs(jobs, {.project = "same"}).size() == 4);
  CHECK(filter_jobs(jobs, {.project = "id-of-c"}).empty());
}

TEST_CASE("T17: a path, nothing, or an unknown word names no job") {
  for (const std::string bad :
       {"/etc", "..", "../3", "3/", "0", "-1", "99999999999999999999999", "\xff", "tarin "}) {
    CAPTURE(bad);
    CHECK(select_job(jobs_here, bad, "").error().code == Errc::not_found);
  }
  CHECK(select_job(jobs_here, "", "").error().code == Errc::usage);
  CHECK(select_job(jobs_here, "trainn", "").error().hint.find("train") != std::string::npos);
  CHECK(select_job({}, "last", "p").error().code == Errc::not_found);
}

TEST_CASE("a filter keeps all live jobs and the newest that ended") {
  auto jobs = jobs_here;
  for (std::uint64_t id = 10; id < 15; ++id) jobs.push_back(job(id, "", "a", JobState::succeeded));
  const auto kept = filter_jobs(jobs, {.limit = 2});
  std::vector<std::uint64_t> ids;
  for (const auto& one : kept) ids.push_back(one.id);
  CHECK(ids == std::vector<std::uint64_t>{3, 7, 9, 13, 14});
  CHECK(filter_jobs(jobs_here, {.project = "a"}).size() == 2);
  CHECK(filter_jobs(jobs_here, {.only_live = true}).size() == 3);
}

TEST_CASE("a state follows from what is known") {
  CHECK(derive_state({}, {}) == JobState::starting);
  RunState state;
  CHECK(derive_state(state, {}) == JobState::starting);
  state.pid = 5;
  CHECK(derive_state(state, {}) == JobState::running);
  CHECK(derive_state(state, JobEnd{}) == JobState::succeeded);
  CHECK(derive_state(state, JobEnd{.code = 1}) == JobState::failed);
  CHECK(derive_state(state, JobEnd{.signal = 9}) == JobState::failed);
  CHECK(derive_state(state, JobEnd{.spawn_error = "no"}) == JobState::failed);
  CHECK(derive_state(state, JobEnd{.killed_by = "re kill"}) == JobState::killed);
  CHECK(derive_state(state, JobEnd{.lost = "gone", .killed_by = "re kill"}) == JobState::lost);
  CHECK(JobEnd{.lost = "gone"}.shell_code() == 1);
  CHECK(JobEnd{.spawn_error = "no"}.shell_code() == 127);
  CHECK(JobEnd{.code = 126, .spawn_error = "no"}.shell_code() == 126);
  CHECK(JobEnd{.signal = 15}.shell_code() == 143);
}
