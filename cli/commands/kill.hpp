// Which jobs a person means.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <libre/job.hpp>
#include <libre/result.hpp>

namespace cli {

class Context;

// Finds `words` among `jobs`: an id, or else a name, which means the newest live job of it, so that
// nobody ends more than they named. "0" and "all" are all live ones. Errc::not_found names
// the first that is none of them. Pure.
libre::Result<std::vector<std::uint64_t>> chosen_jobs(const std::vector<libre::JobInfo>& jobs,
                                                      const std::vector<std::string>& words);

// Prints what became of them. The exit code: 1 where something is left.
libre::Result<int> tell_kills(Context& context, const std::vector<libre::KillReport>& reports);

}  // namespace cli
