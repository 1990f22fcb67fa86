#include <cstdlib>
#include <filesystem>

#include "deps/dependency_source.hpp"
#include "deps/environment/make.hpp"
#include "verbs.hpp"

namespace libre::agent {

int environment_verb(const std::vector<std::string>& arguments) {
  auto given = read_options(arguments, {"describe", "id", "place", "python", "source", "wheels"});
  if (!given || (!given->contains("describe") && !given->contains("id")))
    return usage(
        "re-agent environment --describe PYTHON\n"
        "       re-agent environment --place DIR --id ID --source NAME [--python PYTHON] [--wheels "
        "DIR]");
  auto& options = *given;
  if (options.contains("describe")) return deps::describe_machine(options["describe"]);
  const char* job = std::getenv("RE_JOB_ID");
  std::error_code failure;
  return deps::build_environment({.place = options["place"],
                                  .id = options["id"],
                                  .job = std::strtoull(job ? job : "0", nullptr, 10),
                                  .source = deps::source_named(options["source"]),
                                  .python = options["python"],
                                  .project = std::filesystem::current_path(failure),
                                  .wheels = options["wheels"]});
}

}  // namespace libre::agent
