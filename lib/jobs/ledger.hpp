// The folders of the jobs: <root>/<id>/ with
//
//   job.json    Submitted; there before anything else, never changed
//   state.json  RunState; replaced atomically, written by the supervisor
//   log         what the job printed, raw
//   log.index   where each piece of it came from, and when (job_log.hpp)
//   exit.json   JobEnd; there when, and only when, the job has ended
//   exit.reserve  disk blocks kept for exit.json while the job runs
//
// and <root>/last_id, so that an id is never used twice, not even when folders are removed.
//
// The home may be an NFS share of several machines, so there are no locks and no database: only
// write-temp + rename, and append. A folder appears whole, by rename of a directory, which
// also decides who gets an id when two agents submit at once.
//
// What a loss of power must not take is waited for: job.json before a job is accepted, exit.json. What
// it may take is not, for a wait costs milliseconds: state.json speaks of processes, which are gone then
// too, and the boot that job.json names tells that.
//
// Errors: Errc::disk_full or Errc::io where a file cannot be written; the old content is then
// intact.
#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include "jobs/state.hpp"

namespace libre::jobs {

class Ledger {
 public:
  // `root` is made where it is missing (0700).
  static Result<Ledger> open(const std::filesystem::path& root);

  std::filesystem::path folder(std::uint64_t id) const { return root_ / std::to_string(id); }
  std::vector<std::uint64_t> ids() const;  // ascending

  // Takes the next free id. After an error no folder is left. One thread at a time. Not yet durable.
  Result<Submitted> create(const JobSpec& spec, const GpuGrant& gpus = {});

  // Removes a job that never started. False where it did start in the meantime; an error where its
  // folder cannot be moved, which is then left as it was.
  Result<bool> remove_unstarted(std::uint64_t id);

 private:
  explicit Ledger(std::filesystem::path root) : root_(std::move(root)) {}
  std::uint64_t highest_id() const;
  std::filesystem::path root_;
};

// One folder. Missing state or exit files are not errors.
Result<Submitted> read_submitted(const std::filesystem::path& folder);
std::optional<RunState> read_state(const std::filesystem::path& folder);
std::optional<JobEnd> read_end(const std::filesystem::path& folder);
bool has_end(const std::filesystem::path& folder);  // without reading it
std::uint64_t log_size(const std::filesystem::path& folder);
Result<JobInfo> read_info(const std::filesystem::path& folder);

// Waits until the disk has the job's record under its name. Errors: disk_full, io.
Result<void> make_durable(const std::filesystem::path& folder);

Result<void> write_state(const std::filesystem::path& folder, const RunState& state);

// Takes disk space for exit.json now, so that a job's end is recorded even when the disk is full
// by then (usually because of the job itself).
Result<void> reserve_end(const std::filesystem::path& folder);
// Uses the reserve where there is one. After it the job has ended.
Result<void> write_end(const std::filesystem::path& folder, const JobEnd& end);

}  // namespace libre::jobs
