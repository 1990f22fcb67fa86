#include "client/mirror_place.hpp"

#include "base/paths.hpp"

namespace libre::client {

sync::MirrorSpec mirror_of(const Project& project, const InstanceConfig& instance) {
  std::string parent = project.remote_home.empty() ? instance.remote_home : project.remote_home;
  if (parent == "~" || parent.starts_with("~/"))
    parent.erase(0, 2);  // the endpoint starts at the home
  while (parent.ends_with('/') && parent.size() > 1) parent.pop_back();
  return {.path = parent.empty() ? project.name : parent + "/" + project.name,
          .project_id = project.id,
          .project_name = project.name,
          .source_root = instance.local ? project.root.string() : ""};
}

bool is_in_place(const Project& project, const InstanceConfig& instance,
                 const std::filesystem::path& home) {
  if (!instance.local) return false;
  std::error_code ignored;
  const auto mirror =
      std::filesystem::weakly_canonical(home / mirror_of(project, instance).path, ignored);
  return mirror == std::filesystem::weakly_canonical(project.root, ignored);
}

}  // namespace libre::client
