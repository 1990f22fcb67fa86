// Which processes belong to a job, and how to end them all.
//
// While its supervisor lives, a job's processes are the supervisor's descendants: it is their
// subreaper, so not even setsid or a double fork leads out of the tree. When the supervisor is
// gone, they are found by the RE_JOB variable in their environment, by the session of the job's
// command, and as descendants of those.
//
// Agents and supervisors of other jobs are no part of it, nor is what runs below them: a job may
// use `re` on its own machine, and so be the ancestor of the agent that everybody uses.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "jobs/state.hpp"

namespace libre::jobs {

struct ProcessRow {
  pid_t pid = 0, parent = 0, session = 0;
  std::uint64_t start_ticks = 0;
  bool zombie = false;
};

// Everything in /proc at about this moment.
std::vector<ProcessRow> process_table();

// 0 where it is gone.
pid_t parent_of(pid_t pid);

// True where `pid` runs our own program as an agent or as a supervisor.
bool is_ours(pid_t pid);

// All below `roots` that still run, without the roots, and without those that `left_out` names and
// what is below them.
std::set<pid_t> descendants_of(const std::set<pid_t>& roots, const std::vector<ProcessRow>& table,
                               const std::function<bool(pid_t)>& left_out);

// Of a supervisor: the processes of its job.
std::set<pid_t> own_tree();

// The processes of a job without its supervisor.
std::set<pid_t> find_orphans(const Submitted& submitted, const RunState& state);

// Ends them: TERM and CONT (a stopped process cannot act on TERM), after `grace` KILL until none is
// left, for at most 10 s more. Blocks.
struct EndedTree {
  std::uint64_t processes = 0;
  bool gone = true;
};
EndedTree end_orphans(const Submitted& submitted, const RunState& state,
                      std::chrono::milliseconds grace);

// Of a supervisor: its direct children that belong to its job, also those that are not reaped yet.
// Asks the kernel for the children alone where it can tell them, which takes microseconds.
std::set<pid_t> own_children();

// The same with what is below them, as far as the kernel tells the children of a process: those of its first
// thread. A few microseconds for each process.
std::set<pid_t> own_tree_now();

}  // namespace libre::jobs
