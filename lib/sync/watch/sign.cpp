#include "sync/watch/sign.hpp"

#include <algorithm>

#include "sync/core/tree.hpp"

namespace libre::sync {

Meaning meaning_of(const Sign& sign, const std::vector<std::string>& selected) {
  using Kind = Sign::Kind;
  if (sign.kind == Kind::overflow) return {.changed = true, .look = true, .at_once = true};
  const auto name = name_in(sign.path);
  if (parent_of(sign.path) == ".recompute") {
    const bool decides = name == "include" || name == "exclude" || name == "config";
    return {.changed = decides, .look = decides};
  }
  // Of directories the content is their mode: one that could not be listed may be now.
  if (sign.is_directory) return {.look = true, .at_once = sign.kind == Kind::came};
  const bool known = std::binary_search(selected.begin(), selected.end(), sign.path);
  const bool decides = name == ".gitignore";
  // A name that was not selected may be now, or its going may leave a directory empty. Writing to it
  // changes nothing: a log that we do not send may grow as it likes.
  if (!known) return {.look = decides || sign.kind != Kind::content};
  return {.changed = true, .look = decides || sign.kind == Kind::went};
}

}  // namespace libre::sync
