#include "world.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "jobs/log_reader.hpp"
#include "jobs/process_tree.hpp"

namespace libre::jobs::testing {
namespace fs = std::filesystem;

World::World() : World("/bin/sh") {}

World::World(const std::string& shell)
    : root_(fs::temp_directory_path() / ("re-jobs-" + random_id(10))), shell_(shell) {
  REQUIRE(make_directories(home()));
  open_host();
}

World::World(LookAtGpus gpus) : World("/bin/sh") {
  gpus_ = std::move(gpus);
  restart_host();
}

World::~World() {
  if (!host_) open_host();
  if (const auto live = host_->list({.only_live = true}, {})) {
    std::vector<std::uint64_t> ids;
    for (const auto& job : *live) ids.push_back(job.id);
    (void)host_->kill(ids, std::chrono::milliseconds(0), at_most(20));
  }
  host_.reset();
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void World::open_host() {
  Variables environment = {"HOME=" + home().string(), "SHELL=" + shell_, "USER=tester",
                           "PATH=/usr/local/bin:/usr/bin:/bin"};
  for (const auto& entry : own_variables())
    if (entry.starts_with("ASAN_") || entry.starts_with("UBSAN_")) environment.push_back(entry);
  auto host = LocalJobHost::open({.state_root = state(),
                                  .runtime_dir = root_ / "run",
                                  .program = *own_executable(),
                                  .environment = environment,
                                  .look_at_gpus = gpus_});
  REQUIRE_MESSAGE(host, (host ? "" : host.error().describe()));
  host_ = *std::move(host);
}

void World::restart_host() {
  host_.reset();
  open_host();
}

JobInfo World::submit(const JobSpec& spec) {
  const auto job = host_->submit(spec, at_most(30));
  REQUIRE_MESSAGE(job, (job ? "" : job.error().describe()));
  return *job;
}

JobInfo World::wait_end(std::uint64_t id) {
  const auto ended = wait_for_end(folder(id), at_most(60));
  REQUIRE_MESSAGE(ended, (ended ? "" : ended.error().describe()));
  const auto job = host_->find(std::to_string(id), "", {});
  REQUIRE(job);
  REQUIRE(job->end);
  return *job;
}

std::string World::log(std::uint64_t id) {
  const auto text = read_file(folder(id) / "log", 1u << 30);
  REQUIRE(text);
  return *text;
}

void World::wait_log(std::uint64_t id, const std::string& text) {
  FolderWatch watch(folder(id));
  while (log(id).find(text) == std::string::npos) REQUIRE(watch.wait(at_most(30)));
}

std::string World::run(const std::string& command) {
  const auto job = shell(command);
  wait_end(job.id);
  return log(job.id);
}

std::size_t count_processes(const std::string& text) {
  std::size_t count = 0;
  for (const auto& row : process_table()) {
    const auto line = read_file("/proc/" + std::to_string(row.pid) + "/cmdline");
    if (row.pid != ::getpid() && !row.zombie && line && line->find(text) != std::string::npos)
      ++count;
  }
  return count;
}

}  // namespace libre::jobs::testing
