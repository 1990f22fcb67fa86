// Where a project's mirror is. Pure but for resolving links on this machine.
#pragma once
#include <libre/config.hpp>
#include <libre/project.hpp>

#include "sync/endpoint.hpp"

namespace libre::client {

// The mirror as the endpoint wants it named: `<remote_home>/<project>`, the project's own remote_home
// before the instance's.
sync::MirrorSpec mirror_of(const Project& project, const InstanceConfig& instance);

// True where the mirror on the instance `local` would be the project itself: nothing is to be copied
// then. `home` is the home directory that relative mirrors start from.
bool is_in_place(const Project& project, const InstanceConfig& instance,
                 const std::filesystem::path& home);

}  // namespace libre::client
