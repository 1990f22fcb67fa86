// The program that is a job's parent: `re-agent supervise FOLDER RUNTIME`. One per job.
//
// It is a program of its own, in its own session, so that it outlives the agent, the SSH connection
// and the laptop. It is one thread around poll(2), so that there is nothing in it to lock and
// almost nothing to fail. What it does, in order: records who it is (state.json), reserves the
// space for exit.json, says on stdout that it lives (its parent waits for that), asks for the login
// environment, becomes the subreaper of everything that comes after, starts the command, writes its
// output to the log, serves the control socket, and, when the last process of the tree has ended,
// writes exit.json. The job's code is the command's own.
//
// INT, TERM and HUP do not end it: they are meant for the job.
#pragma once
#include <filesystem>

namespace libre::jobs {

// Does all of that in the calling process, which must be single-threaded and have no children.
// Detaches: the caller's parent sees an exit code at once, the work goes on in a child. Returns the
// exit code for main().
int supervise(const std::filesystem::path& folder, const std::filesystem::path& runtime_dir);

// What a supervisor says on its stdout once it has recorded itself; instead of it, an Error as
// JSON.
inline constexpr char alive_word[] = "alive\n";

}  // namespace libre::jobs
