#include "sync/aside.hpp"

#include "base/text.hpp"

namespace libre::sync {
namespace {

// Long names are cut so that the suffix fits.
std::string kept_path(const std::string& path, const std::string& suffix) {
  const std::size_t name = name_in(path).size();
  const std::size_t room = max_component - suffix.size();
  return path.substr(0, path.size() - (name > room ? name - room : 0)) + suffix;
}

}  // namespace

Result<std::string> keep_aside(Rooted& root, const std::string& path, const std::string& stamp,
                               bool until_replaced) {
  for (int attempt = 1; attempt < 1000; ++attempt) {
    const auto suffix = ".re-kept-" + stamp + (attempt > 1 ? "-" + std::to_string(attempt) : "");
    const auto kept = kept_path(path, suffix);
    if (kept.size() > max_path) break;
    LIBRE_TRY(const auto there, root.look(path));
    if (!there) return kept;  // somebody took it away
    if (until_replaced && there->kind == FoundKind::file) {
      const auto linked = root.hard_link(path, kept);
      if (linked && *linked) return kept;
      if (linked) continue;
    }
    LIBRE_TRY(const bool moved, root.rename_to_new(path, kept));
    if (moved) return kept;
  }
  return Error{Errc::exists, "cannot keep " + root.shown(path) + " aside",
               "every name for it is taken", "move it away and try again"};
}

}  // namespace libre::sync
