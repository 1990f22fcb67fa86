// The Python environment that jobs of a project get: which one it is, and how a job gets it.
//
// A project's environments lie together in one place of the state directory; lib/deps makes them there. The
// file `current` in that place names the one that counts. An environment is whole where its marker is: that is
// written last.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "jobs/login_environment.hpp"

namespace libre::jobs {

inline constexpr char environment_marker[] = ".re-environment";

// Where the environments of a project are. nullopt for an id that is none: it comes from outside and becomes
// a path.
std::optional<std::filesystem::path> environments_place(const std::filesystem::path& state_root,
                                                        const std::string& project_id);

// Whether `name` can be that of an environment in such a place: "<digest>.<job>".
bool is_environment_name(const std::string& name);

// Whole, and its Python is still there.
bool is_whole_environment(const std::filesystem::path& directory);

// The one that counts in `place`; nullopt where there is none that is whole.
std::optional<std::filesystem::path> current_environment(const std::filesystem::path& place);

// What `activate` of a virtual environment, or of conda, does to the variables. An environment without bin/ (the
// system's Python is used) changes nothing.
void activate_environment(Variables& variables, const std::filesystem::path& directory);

}  // namespace libre::jobs
