// Where the files lie that are sent: in the project, under the names that they get over there; or, of a push,
// below several roots and under other names.
#pragma once
#include <functional>
#include <string>

#include "sync/core/tree.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

struct LocalFile {
  Rooted* root;  // borrowed
  std::string path{};
};
// The local file that an entry of the wanted tree stands for.
using LocalFiles = std::function<LocalFile(const Entry&)>;

inline LocalFiles files_in(Rooted& root) {
  return [&root](const Entry& entry) { return LocalFile{&root, entry.path.str()}; };
}

}  // namespace libre::sync
