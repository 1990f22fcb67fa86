// Brings a project's mirror up to date.
#pragma once
#include <string>

#include <libre/observer.hpp>
#include <libre/project.hpp>
#include <libre/sync.hpp>

#include "base/wait.hpp"
#include "sync/endpoint.hpp"

namespace libre::sync {

// Selects, reads, offers, sends what is needed. `instance` names the memory of file contents in the
// project's state directory. Unless it is a dry run, `.recompute/rsync.db` and that memory are
// rewritten. Files that changed while they were read are looked at once more before this returns; what
// changes then, too, has a note (vanished). After an error the mirror holds whole old and whole new files; the next call goes on.
Result<SyncReport> sync_project(const Project& project, Endpoint& endpoint,
                                const MirrorSpec& mirror, const std::string& instance,
                                const SyncOptions& options, Observer* observer, const Wait& wait);

}  // namespace libre::sync
