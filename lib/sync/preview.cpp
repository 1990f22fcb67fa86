// What a plan would do, told with its reasons.
#include <map>

#include "sync/apply.hpp"

namespace libre::sync {
namespace {

bool changes_mode(const Work& work, const Action& action) {
  const Entry& entry = work.wanted[action.index];
  const auto there = work.present.find(action.path);
  return entry.kind == EntryKind::file && there != work.present.end() &&
         there->second.executable != entry.executable;
}

// Why wanted[action.index] is sent, for a person.
std::string reason(const Work& work, const Action& action) {
  const bool link = action.kind == Action::Kind::link;
  const auto there = work.present.find(action.path);
  if (there == work.present.end()) return link ? "new link" : "new";
  if (there->second.kind == FoundKind::file) return link ? "a link now" : "another content";
  return there->second.kind == FoundKind::symlink && link ? "another link"
                                                          : "another kind of thing";
}

}  // namespace

Applied preview(const Work& work) {
  Applied applied;
  std::map<std::size_t, std::string> made_of;
  for (const auto& reused : work.reused)
    made_of.emplace(reused.index,
                    (reused.moves ? "moved from " : "copied from ") + reused.from.str());
  for (const auto& shared : work.shared)
    made_of.emplace(shared.index, "copied from " + shared.from.str());
  for (const auto& action : work.actions) {
    const auto note = [&](SyncNote::Kind kind, std::string detail) {
      applied.notes.push_back({kind, action.path.str(), std::move(detail)});
    };
    if (action.kind == Action::Kind::remove) {
      ++applied.deleted;
      note(SyncNote::Kind::deleted, {});
    }
    if (action.kind == Action::Kind::left_alone)
      note(SyncNote::Kind::left_alone, "it was changed there since it was sent");
    if (action.kind == Action::Kind::keep_aside || action.aside_first)
      note(SyncNote::Kind::kept_aside, "it was changed there and would be renamed");
    if (action.kind == Action::Kind::content || action.kind == Action::Kind::link) {
      const auto here = made_of.find(action.index);
      note(SyncNote::Kind::sent, here == made_of.end() ? reason(work, action) : here->second);
    }
    if (action.kind == Action::Kind::attributes && changes_mode(work, action))
      note(SyncNote::Kind::mode,
           work.wanted[action.index].executable ? "executable" : "not executable");
    if (action.kind == Action::Kind::content) ++applied.files;
  }
  return applied;
}

}  // namespace libre::sync
