#include "deps/local_environments.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "jobs/project_environment.hpp"

namespace libre::deps {
namespace fs = std::filesystem;
namespace {

// Of all that were made for `id`, the one of the newest job that is whole.
std::optional<fs::path> newest_whole(const fs::path& place, const std::string& id) {
  std::optional<fs::path> found;
  std::uint64_t newest = 0;
  std::error_code failure;
  for (fs::directory_iterator entry(place, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const auto name = entry->path().filename().string();
    if (!jobs::is_environment_name(name) || !name.starts_with(id + ".")) continue;
    const auto job = std::stoull(name.substr(id.size() + 1));
    if (job < newest || !jobs::is_whole_environment(entry->path())) continue;
    newest = job;
    found = entry->path();
  }
  return found;
}

bool is_safe(const std::string& name) {
  const fs::path path(name);
  return !name.empty() && path.is_relative() && name.find('\0') == std::string::npos &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".."; });
}

}  // namespace

std::string environment_name(const std::string& id, std::uint64_t job) {
  return id + "." + std::to_string(job);
}

Result<void> make_current(const fs::path& directory) {
  return write_file_atomic(directory.parent_path() / "current",
                           directory.filename().string() + "\n");
}

Result<fs::path> LocalEnvironments::place_of(const std::string& project_id,
                                             const std::string& id) const {
  const auto place = jobs::environments_place(state_root_, project_id);
  if (!place || !jobs::is_environment_name(environment_name(id, 0)))
    return Error{Errc::usage, "this names no environment: " + printable(project_id + " " + id)};
  return *place;
}

Result<EnvironmentInfo> LocalEnvironments::use(const std::string& project_id, const std::string& id,
                                               const Wait& wait) {
  LIBRE_TRY(const auto place, place_of(project_id, id));
  EnvironmentInfo info;
  if (const auto found = newest_whole(place, id)) {
    if (jobs::current_environment(place) != found) LIBRE_CHECK(make_current(*found));
    const auto text = read_file(*found / jobs::environment_marker, 64 * 1024);
    const auto marker = text ? from_json<EnvironmentMarker>(*text) : Result<EnvironmentMarker>{};
    info.ready = true;
    info.directory = found->string();
    if (marker) info.python = marker->python;
    return info;
  }
  LIBRE_TRY(const auto live, jobs_.list({.project = project_id, .only_live = true}, wait));
  for (const auto& job : live)
    if (job.spec.kind == "install" && std::ranges::find(job.spec.argv, id) != job.spec.argv.end())
      info.building = job.id;
  return info;
}

Result<std::string> LocalEnvironments::stage(const std::string& project_id, const std::string& id,
                                             const std::map<std::string, std::string>& files,
                                             const Wait& /*wait*/) {
  LIBRE_TRY(const auto place, place_of(project_id, id));
  for (const auto& [name, content] : files) {
    if (!is_safe(name)) return Error{Errc::usage, "this is no name for a file: " + printable(name)};
    const auto file = place / "asked" / id / name;
    LIBRE_CHECK(make_directories(file.parent_path(), 0700));
    LIBRE_CHECK(write_file_atomic(file, content));
  }
  LIBRE_CHECK(make_directories(place / "asked" / id, 0700));
  return place.string();
}

}  // namespace libre::deps
