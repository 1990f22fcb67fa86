#include "places.hpp"

#include <unistd.h>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/stream.hpp"

namespace libre::agent {

Result<Places> find_places(const Environment& env, const std::string& root) {
  Places places;
  LIBRE_TRY(places.home, home_directory(env));
  LIBRE_TRY(places.program, own_executable());
  const auto state = root.empty() ? state_home(env, places.home) / "re"
                                  : expand_tilde(root, places.home) / "state";
  places.state_root = state / host_name();
  const auto key = digest_of(as_bytes(places.state_root.string())).hex().substr(0, 8);
  // Not $XDG_RUNTIME_DIR: it vanishes when the user's last login ends, and jobs outlive logins.
  places.runtime_dir = std::filesystem::path("/tmp") / ("re-" + std::to_string(::getuid())) / key;
  return places;
}

Result<void> make_places(Places& places) {
  if (auto made = make_private_directory(places.state_root); !made) {
    Error error = std::move(made).error();
    if (error.hint.empty())
      error.hint =
          "set remote_root to a directory on that machine where you may write and there is room";
    return error;
  }
  if (make_private_directory(places.runtime_dir.parent_path()) &&
      make_private_directory(places.runtime_dir))
    return {};
  places.runtime_dir = places.state_root / "run";
  return make_private_directory(places.runtime_dir);
}

}  // namespace libre::agent
