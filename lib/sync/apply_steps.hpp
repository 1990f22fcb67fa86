// The single steps of carrying out a plan: each looks at what lies there, does its work in the root, and writes
// down what is ours now. In which order, and where contents come from, is apply.cpp.
#pragma once
#include <set>
#include <string>

#include "sync/apply.hpp"

namespace libre::sync {

class ApplySteps {
 public:
  // All are borrowed. `stamp` names what is kept aside.
  ApplySteps(Rooted& root, Journal& journal, const Work& work, const std::string& stamp)
      : root_(root), journal_(journal), work_(work), stamp_(stamp) {}

  // Any action but one that needs a content.
  Result<void> step(const Action& action);
  // The content of such a one, which lies complete at `staged`.
  Result<void> put_in_place(const Action& action, const std::string& staged);
  // The same for one that is open.
  Result<void> put_in_place(const Action& action, const std::string& staged, int file);
  // It did not come, or did not come out right of what is there: the old one stays.
  Result<void> reject(const Action& action, bool was_reused);
  // The file that is to be removed at `path` has been moved to the staging directory.
  void moved(const SharedText& path) { moved_.insert(path); }
  Placed own_directory() const;
  // What was done and is to be said, once. Needs nothing of the plan but the wanted tree.
  Applied done();

 private:
  Result<void> remove(const Action& action);
  Result<void> remove_dir(const Action& action);
  Result<void> make_dir(const Action& action);
  Result<void> make_link(const Action& action);
  Result<void> attributes(const Action& action);
  Result<void> drop_intent(const SharedText& path);
  Result<void> move_there(const Action& action, const std::string& staged);
  Result<void> remember(const Entry& entry);
  Result<void> remember(const Entry& entry, const Stamp& stamp);
  Result<bool> is_as_planned(std::string_view path);
  bool is_as_planned(std::string_view path, const std::optional<Found>& there) const;
  Result<void> clear_way(const Action& action);
  Result<void> put_aside(std::string_view path, bool until_replaced);
  void note(SyncNote::Kind kind, std::string_view path, std::string detail);

  Rooted& root_;
  Journal& journal_;
  const Work& work_;
  const std::string& stamp_;
  std::set<SharedText> moved_;
  std::vector<std::size_t> sent_;  // by index in the wanted tree
  Applied applied_;
};

}  // namespace libre::sync
