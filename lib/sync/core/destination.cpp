#include "sync/core/destination.hpp"

#include "base/text.hpp"

namespace libre::sync {
namespace {

std::string joined(const std::string& directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  return name.empty() ? directory : directory + "/" + std::string(name);
}

// Where `source` itself goes; "" is the root.
std::string base_of(const Source& source, const Target& target) {
  if (source.directory && (source.contents_only || source.path.empty()))
    return joined(target.directory, target.name);
  return joined(target.directory,
                target.name.empty() ? name_in(source.path) : std::string_view(target.name));
}

}  // namespace

Result<std::string> plain_path(std::string_view destination) {
  std::string path;
  for (const auto& component : split(destination, '/')) {
    if (component.empty() || component == ".") continue;
    path = joined(path, component);
  }
  const bool fine = !destination.starts_with('/') && (path.empty() || is_valid_path(path));
  if (fine) return path;
  return Error{Errc::usage,
               "\"" + printable(destination) + "\" is no place inside the project's directory",
               {},
               "name a relative path without \"..\""};
}

Target target_of(const std::string& destination, bool into, const std::vector<Source>& sources) {
  const bool contents = sources.size() == 1 && sources[0].directory &&
                        (sources[0].contents_only || sources[0].path.empty());
  if (into || contents || sources.size() != 1 || destination.empty()) return {destination, {}};
  return {std::string(parent_of(destination)), std::string(name_in(destination))};
}

Result<Placement> place(const Tree& listed, const std::vector<Source>& sources,
                        const Target& target) {
  Placement placement;
  std::vector<Entry> entries;
  for (const auto& source : sources) {
    const auto base = base_of(source, target);
    for (const auto& entry : listed.entries()) {
      const bool below = source.path.empty() || is_below(entry.path, source.path);
      if (!below && entry.path != source.path) continue;
      const auto rest =
          !below ? std::string_view{}
                 : entry.path.view().substr(source.path.empty() ? 0 : source.path.size() + 1);
      Entry placed = entry;
      placed.path = joined(base, rest);
      if (placed.path.empty()) continue;  // an empty directory whose contents go to the root
      const auto [known, added] = placement.from.emplace(placed.path, entry.path);
      if (!added && known->second != entry.path)
        return Error{Errc::usage,
                     "\"" + printable(entry.path) + "\" and \"" + printable(known->second) +
                         "\" would both become \"" + printable(placed.path) + "\"",
                     {},
                     "copy them one by one to different places"};
      if (added) entries.push_back(std::move(placed));
    }
  }
  auto tree = Tree::make(std::move(entries));
  if (!tree)
    return Error{Errc::usage, "these files cannot all go to one place", tree.error().message};
  placement.tree = std::move(*tree);
  return placement;
}

}  // namespace libre::sync
