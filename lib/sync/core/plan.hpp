// What must happen on the receiving side so that it holds what is wanted. Pure: three values in, a
// list of actions out. All safety rules of a sync are here:
//   - only what we once put there, and what is unchanged there, is replaced or deleted;
//   - what somebody else made or changed is kept aside where something must come in its place, and
//     left alone where nothing must;
//   - what is there already with the wanted content is adopted.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/core/path_map.hpp"
#include "sync/core/tree.hpp"

namespace libre::sync {

// How a file system tells that a file is still the one we saw: any write changes one of these.
struct Stamp {
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const Stamp&) const = default;
};

// What we once put at a path.
struct Placed {
  EntryKind kind = EntryKind::file;
  bool by_push = false;       // named by a person, not selected: a sync never deletes it
  bool only_pending = false;  // nothing was placed before
  // Content that we were about to place when we last wrote this down. After a crash either the old
  // or the new may lie there; both are ours.
  std::optional<Digest> pending{};
  std::uint64_t pending_size = 0;
  std::uint64_t size = 0;  // files
  Digest digest{};         // files: content
  SharedText target{};     // symlinks
  Stamp stamp{};           // files: right after we placed it; inode 0 = not known
  bool operator==(const Placed&) const = default;
};
using Manifest = PathMap<Placed>;

// What lies at a path now.
enum class FoundKind : std::uint8_t { file, directory, symlink, special };
struct Found {
  FoundKind kind = FoundKind::file;
  bool executable = false;
  std::optional<Digest> digest{};  // files, where needs_digest() asked for it
  Stamp stamp{};
  SharedText target{};  // symlinks
};
// Absent paths are absent. Holds every path of the wanted tree and the manifest, their parents, and
// everything inside a directory that is in the way of something else.
using Present = PathMap<Found>;

// Finds keys that are asked for in ascending order, in one pass over a map.
template <class Map>
class Ascending {
 public:
  explicit Ascending(const Map& map) : at_(map.begin()), end_(map.end()) {}
  const typename Map::mapped_type* find(std::string_view key) {
    while (at_ != end_ && at_->first < key) ++at_;
    return at_ != end_ && at_->first == key ? &at_->second : nullptr;
  }

 private:
  typename Map::const_iterator at_, end_;
};

// Must the content of a file be looked at before planning? (`placed` and `wanted` may be null.)
bool needs_digest(const Entry* wanted, const Placed* placed, const Found& found, bool force);

struct Action {
  enum class Kind : std::uint8_t {
    remove,      // ours, unchanged, not wanted any more
    remove_dir,  // a directory that we made: goes if it is empty
    keep_aside,  // somebody else's, in the way: renamed, with everything in it
    make_dir,
    content,     // needs the bytes of wanted[index]
    link,        // makes the symlink wanted[index]
    attributes,  // bytes are right; mode and time are not, or only our memory of it is missing
    left_alone,  // gone there in the wanted tree, but changed since: nothing is done
    forget,      // the manifest's memory of it is out of date
  };
  Kind kind{};
  bool aside_first = false;  // content, link: what lies there is somebody else's
  SharedText path{};
  std::size_t index = 0;  // in the wanted tree: content, link, attributes
  bool operator==(const Action&) const = default;
};

struct PlanOptions {
  bool partial = false;  // the wanted tree is an addition (push): nothing is deleted
};

// Actions in an order that can be carried out one by one; a crash between two leaves nothing torn.
std::vector<Action> make_plan(const Tree& wanted, const Manifest& manifest, const Present& present,
                              const PlanOptions& options);

// A symlink that lies where the plan needs a directory.
std::optional<std::string> link_in_the_way(const std::vector<Action>& actions,
                                           const Present& present);

// Is what lies there exactly what we put there?
bool is_ours(const Placed& placed, const Found& found);

}  // namespace libre::sync
