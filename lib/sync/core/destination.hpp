// Where push and pull put things: cp and rsync semantics. Pure.
//
//   "x.py" → "y/"    y/x.py            the destination is, or is said to be, a directory
//   "x.py" → "y"     y                 unless y is a directory: then y/x.py
//   "bin/" → "out"   out/…             with a trailing slash only the contents go
//   "bin"  → "out/"  out/bin/…
//   several          into the destination, each under its own name
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sync/core/tree.hpp"

namespace libre::sync {

// A source that was found.
struct Source {
  std::string path{};  // where it is listed: a valid path, or "" for the whole root
  bool directory = false;
  bool contents_only = false;  // written with a trailing slash
};

struct Target {
  std::string directory{};  // everything goes below it: a valid path, or "" for the root
  std::string name{};       // the one source's new name; "" = its own
};

// `destination` without "./", doubled and trailing slashes. Errc::usage for an absolute path or one
// with "..".
Result<std::string> plain_path(std::string_view destination);

// `destination` is plain; `into` says that it is a directory or was written with a slash.
Target target_of(const std::string& destination, bool into, const std::vector<Source>& sources);

struct Placement {
  Tree tree{};                              // as it shall be at the destination
  std::map<SharedText, SharedText> from{};  // path there → path in `listed`
};
// Errc::usage where two sources would go to one place.
Result<Placement> place(const Tree& listed, const std::vector<Source>& sources,
                        const Target& target);

}  // namespace libre::sync
