// What a mirror holds already of the contents that are wanted: whole ones, under other names, and old
// ones at the same path, which a delta may copy from.
#pragma once
#include <optional>
#include <string>

#include "base/wait.hpp"
#include "sync/core/plan.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

struct Work;

// wanted[index] has the content that lies at `from` before anything is done.
struct Reused {
  std::size_t index = 0;
  SharedText from{};
  bool moves = false;  // what lies at `from` is to be removed, and nobody else takes it
};

// wanted[index] has the content that comes for the file at `from`.
struct Shared {
  std::size_t index = 0;
  SharedText from{};
};

// Takes out of work.needs what need not come, into work.reused and work.shared, and says for the others
// what they may copy from. Only what is ours and unchanged since we put it there counts. Pure.
Result<void> use_what_is_there(Work& work, const Manifest& manifest);

struct Staged {
  std::string path{};  // in the staging directory
  Stamp stamp{};
};
// Copies the content at `from` to the staging directory, to be renamed to wanted.path; it is on disk as
// it would be if it had arrived. Nothing where `from` has another content by now.
Result<std::optional<Staged>> stage_copy(Rooted& root, std::string_view from, const Entry& wanted,
                                         const std::string& name, const Wait& wait);

// The same without copying: what lies at `from`, which must be as it was `planned`, is renamed to the
// staging directory. A crash leaves it there, where the next sync finds it. What cannot be renamed (it
// is on another file system) is copied.
Result<std::optional<Staged>> stage_move(Rooted& root, std::string_view from, const Stamp& planned,
                                         const Entry& wanted, const std::string& name,
                                         const Wait& wait);

}  // namespace libre::sync
