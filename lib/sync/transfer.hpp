// push and pull: single files and directories, by name or wildcard, in both directions.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <libre/observer.hpp>
#include <libre/sync.hpp>

#include "base/wait.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/endpoint.hpp"

namespace libre::sync {

// Copies `sources` (relative to `local_root`, or absolute; wildcards allowed) to `destination` in the
// mirror; core/destination.hpp says to which names. What is there and equal is not sent; somebody
// else's different file there is kept aside. A later sync neither deletes nor changes what was pushed.
// With `blocks` of a large file that is there in another version only what is new is sent; the lists of those
// that are sent go there. Without it files go whole.
Result<TransferReport> push_files(Endpoint& endpoint, const MirrorSpec& mirror,
                                  const std::filesystem::path& local_root,
                                  const std::vector<std::string>& sources,
                                  const std::string& destination, Observer* observer,
                                  const Wait& wait, const TransferOptions& options = {},
                                  const BlockMemory* blocks = nullptr);

// Copies `sources` (relative to the mirror; wildcards allowed) to `destination` on this machine, whose
// directories are made. Files of the same size and time are skipped, unless `memory` (a file; empty = none) does not
// say that nobody has touched them since they were pulled: then their contents are compared. A different file there is
// replaced, and where it is a large one only what is new comes. Nothing is ever written outside the destination, whatever the other side says. After an
// error each file is the whole old or the whole new one, and the next call goes on with what arrived.
Result<TransferReport> pull_files(Endpoint& endpoint, const MirrorSpec& mirror,
                                  const std::vector<std::string>& sources,
                                  const std::filesystem::path& destination, Observer* observer,
                                  const Wait& wait, const TransferOptions& options = {},
                                  const std::filesystem::path& memory = {});

}  // namespace libre::sync
