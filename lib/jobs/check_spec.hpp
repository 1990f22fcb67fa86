// Whether a job can be started at all. Pure.
#pragma once
#include <libre/job.hpp>
#include <libre/result.hpp>

namespace libre::jobs {

// Errc::usage where it has no command or two, or a word that cannot be passed to a program.
Result<void> check_spec(const JobSpec& spec);

}  // namespace libre::jobs
