// What a sign from the kernel means for a selection. Pure.
#pragma once
#include <string>
#include <vector>

namespace libre::sync {

// Something happened to a name in a directory that we watch.
struct Sign {
  enum class Kind {
    came,      // made, or renamed to this name
    went,      // removed, or renamed to another one
    content,   // written, or its mode or times changed
    overflow,  // more happened than the kernel could note down; `path` is empty
  };
  Kind kind = Kind::content;
  std::string path{};  // relative to the project
  bool is_directory = false;
};

struct Meaning {
  bool changed = false;  // something selected is not as it was
  bool look = false;     // which files are selected may be another question now
  bool at_once = false;  // a directory came: what is made in it before it is watched goes unseen
};

// `selected`: the paths as last looked at, sorted. Our own state is never a change, but the files in it
// that people write are.
Meaning meaning_of(const Sign& sign, const std::vector<std::string>& selected);

}  // namespace libre::sync
