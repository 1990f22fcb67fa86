#include "jobs/check_spec.hpp"

namespace libre::jobs {
namespace {

constexpr std::uint32_t most_gpus = 1024;

}  // namespace

Result<void> check_spec(const JobSpec& spec) {
  if (spec.gpus > most_gpus)
    return Error{Errc::usage, "a job cannot have so many GPUs", "", "--gpus 1"};
  if (spec.argv.empty() == spec.command.empty())
    return Error{Errc::usage, "a job needs either a command line or a list of words", "",
                 "give exactly one of them"};
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  bool bad = has_nul(spec.command) || has_nul(spec.directory) || has_nul(spec.shell) ||
             has_nul(spec.log_link);
  for (const auto& word : spec.argv) bad = bad || has_nul(word);
  for (const auto& [name, value] : spec.environment)
    bad = bad || has_nul(name) || has_nul(value) || name.empty() ||
          name.find('=') != std::string::npos;
  if (bad)
    return Error{Errc::usage, "a word of the job cannot be passed to a program",
                 "a NUL byte, or a bad variable name"};
  return {};
}

}  // namespace libre::jobs
