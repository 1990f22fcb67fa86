#include "sync/apply.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/random.hpp"
#include "sync/aside.hpp"
#include "sync/delta/rebuild.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

using Kind = Action::Kind;

class Application {
 public:
  Application(Rooted& root, Journal& journal, Work& work, ContentSource& contents,
              const std::string& stamp, const Wait& wait)
      : root_(root),
        journal_(journal),
        work_(work),
        contents_(contents),
        stamp_(stamp),
        wait_(wait) {}

  Result<Applied> run() {
    LIBRE_CHECK(write_intents());
    LIBRE_CHECK(stage_reused());
    for (const auto& shared : work_.shared) shared_.emplace(shared.index, shared.from);
    auto done = each_action([this](const Action& action) { return do_what_is_here(action); });
    auto need = work_.needs.begin();
    if (done)
      done = each_action([&](const Action& action) -> Result<void> {
        if (action.kind != Kind::content || staged_.contains(action.index)) return {};
        const auto shared = shared_.find(action.index);
        return shared == shared_.end() ? receive(action, *need++)
                                       : copy_shared(action, shared->second);
      });
    if (!done) {
      (void)journal_.flush();  // whatever is lost of it is found again by content
      return std::move(done).error();
    }
    LIBRE_CHECK(journal_.compact());
    std::optional<std::set<std::string>>
        used;  // 130 bytes for each file, and nearly always for nothing
    // A leftover there harms nothing, and goes next time.
    (void)clear_staging(root_, [&](const std::string& name) {
      if (!used) used = staged_names();
      return used->contains(name);
    });
    tell_sent();
    return std::move(applied_);
  }

 private:
  // 100 bytes for each file: once the actions, which take as much, are not needed any more.
  void tell_sent() {
    work_.actions = std::vector<Action>();  // {} would keep the memory
    work_.needs = std::vector<Need>();
    work_.present.clear();
    applied_.notes.reserve(applied_.notes.size() + sent_.size());
    for (const auto index : sent_) note(SyncNote::Kind::sent, work_.wanted[index].path, {});
  }

  template <class Function>
  Result<void> each_action(const Function& function) {
    NowAndThen pause(wait_);
    for (const auto& action : work_.actions) {
      LIBRE_CHECK(pause.still_wanted());
      LIBRE_CHECK(function(action));
    }
    return {};
  }

  Result<void> do_what_is_here(const Action& action) {
    if (action.kind != Kind::content) return step(action);
    const auto reused = staged_.find(action.index);
    return reused == staged_.end() ? Result<void>() : place_reused(action, reused->second);
  }

  std::set<std::string> staged_names() const {
    std::set<std::string> names;
    for (const auto& need : work_.needs)
      names.insert(staging_name(work_.wanted[static_cast<std::size_t>(need.index)]));
    for (const auto& [index, staged] : staged_)
      if (staged) names.emplace(name_in(staged->path));
    return names;
  }

  // Before anything is done: what is copied may be deleted or replaced by the next step, or moved away.
  Result<void> stage_reused() {
    for (const bool moves : {false, true})
      for (const auto& reused : work_.reused)
        if (reused.moves == moves) LIBRE_CHECK(stage(reused));
    return {};
  }

  Result<void> stage(const Reused& reused) {
    const Entry& entry = work_.wanted[reused.index];
    auto name = staging_name(entry);
    if (!used_names_.insert(name).second) name += fmt::format("-{}", reused.index);
    const auto planned = work_.present.find(reused.from);
    const bool moves = reused.moves && planned != work_.present.end();
    LIBRE_TRY(auto staged,
              moves ? stage_move(root_, reused.from, planned->second.stamp, entry, name, wait_)
                    : stage_copy(root_, reused.from, entry, name, wait_));
    if (moves && staged) moved_.insert(reused.from);
    staged_.emplace(reused.index, std::move(staged));
    return {};
  }

  // What it is copied from has just arrived. Where it has not, neither does this.
  Result<void> copy_shared(const Action& action, const std::string& from) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_TRY(const auto staged, stage_copy(root_, from, entry, staging_name(entry), wait_));
    return staged ? put_in_place(action, staged->path) : reject(action, false);
  }

  Result<void> place_reused(const Action& action, const std::optional<Staged>& staged) {
    LIBRE_TRY(const auto there,
              staged ? root_.look(staged->path) : Result<std::optional<Found>>(std::nullopt));
    if (there && there->stamp == staged->stamp) return put_in_place(action, staged->path);
    return reject(action, true);
  }

  // Says what we are about to put where, so that after a crash it is known to be ours.
  Result<void> write_intents() {
    for (const auto& action : work_.actions) {
      // Content tells a file again that was forgotten; nothing tells a directory.
      if (action.kind == Kind::make_dir && !journal_.find(action.path))
        LIBRE_CHECK(journal_.put(action.path, own_directory()));
      if (action.kind != Kind::content) continue;
      const Entry& entry = work_.wanted[action.index];
      const auto* old = journal_.find(action.path);
      Placed placed = old ? *old : Placed{.by_push = work_.partial, .only_pending = true};
      placed.pending = entry.digest;
      placed.pending_size = entry.size;
      LIBRE_CHECK(journal_.put(action.path, std::move(placed)));
    }
    return journal_.flush();
  }

  Result<void> step(const Action& action) {
    switch (action.kind) {
      case Kind::remove:
        return remove(action);
      case Kind::remove_dir:
        return remove_dir(action);
      case Kind::keep_aside:
        return put_aside(action.path, false);
      case Kind::make_dir:
        return make_dir(action);
      case Kind::link:
        return make_link(action);
      case Kind::attributes:
        return attributes(action);
      case Kind::left_alone:
        note(SyncNote::Kind::left_alone, action.path, "it was changed there since it was sent");
        return journal_.forget(action.path);
      case Kind::forget:
        return journal_.forget(action.path);
      case Kind::content:
        break;
    }
    return {};
  }

  Result<void> remove(const Action& action) {
    LIBRE_TRY(const auto there, root_.look(action.path));
    const bool moved = moved_.contains(action.path) && !there;
    if (!moved && !is_as_planned(action.path, there)) {
      note(SyncNote::Kind::left_alone, action.path, "it was changed there since it was sent");
      return journal_.forget(action.path);
    }
    LIBRE_CHECK(root_.remove_file(action.path));
    ++applied_.deleted;
    note(SyncNote::Kind::deleted, action.path, {});
    return journal_.forget(action.path);
  }

  Result<void> remove_dir(const Action& action) {
    LIBRE_TRY(const bool gone, root_.remove_directory(action.path));
    // Not empty: somebody else's files are in it. It stays ours, to be removed when they are gone.
    return gone ? journal_.forget(action.path) : Result<void>();
  }

  Result<void> make_dir(const Action& action) {
    LIBRE_TRY(const auto there, root_.look(action.path));
    if (there && there->kind == FoundKind::directory) return {};
    if (there) LIBRE_CHECK(put_aside(action.path, false));
    LIBRE_CHECK(journal_.put(action.path, own_directory()));
    return root_.make_directory(action.path);
  }

  Placed own_directory() const { return {.kind = EntryKind::directory, .by_push = work_.partial}; }

  Result<void> make_link(const Action& action) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_CHECK(clear_way(action));
    const std::string temporary = std::string(staging_directory) + "/link-" + random_id(8);
    LIBRE_CHECK(root_.make_directory(staging_directory));
    LIBRE_CHECK(root_.make_link(entry.target.text(), temporary));
    LIBRE_CHECK(root_.rename(temporary, action.path));
    sent_.push_back(action.index);
    return remember(entry);
  }

  Result<void> attributes(const Action& action) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_TRY(const bool same, is_as_planned(action.path));
    if (!same) return {};  // the next sync looks at it again
    if (entry.kind == EntryKind::file)
      LIBRE_CHECK(root_.set_attributes(action.path, entry.executable, entry.mtime_ns));
    return remember(entry);
  }

  Result<void> receive(const Action& action, const Need& need) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_TRY(auto incoming, Incoming::open(root_, staging_name(entry)));
    if (incoming.size() != need.offset) LIBRE_CHECK(incoming.restart());
    const bool usable = incoming.size() == need.offset;
    Rebuild rebuild(incoming, open_base(entry, need), need.base ? need.base->size : 0, entry);
    ContentPiece piece;
    for (;;) {
      LIBRE_TRY(piece, contents_.next());
      if (piece.is_end) break;
      if (usable) LIBRE_CHECK(rebuild.take(piece, wait_));
    }
    const bool came = piece.end.status == ContentStatus::complete;
    bool right = false;
    if (came) {
      LIBRE_TRY(right, rebuild.is_right());
    }
    if (!right) {
      LIBRE_CHECK(root_.remove_file(incoming.path()));
      return reject(action, came && need.base);
    }
    LIBRE_CHECK(incoming.make_durable());
    LIBRE_CHECK(incoming.set_attributes(entry.executable, entry.mtime_ns));
    return put_in_place(action, incoming.path());
  }

  // What cannot be opened makes a content that is not right, and no end of the sync.
  Fd open_base(const Entry& entry, const Need& need) {
    if (!need.base) return {};
    auto fd = root_.open_file(entry.path);
    return fd ? *std::move(fd) : Fd();
  }

  Result<void> put_in_place(const Action& action, const std::string& staged) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_CHECK(clear_way(action));
    LIBRE_CHECK(root_.rename(staged, entry.path));
    ++applied_.files;
    sent_.push_back(action.index);
    return remember(entry);
  }

  Result<void> reject(const Action& action, bool was_reused) {
    if (was_reused) ++applied_.wrong;
    note(SyncNote::Kind::vanished, action.path,
         was_reused
             ? "what it was to be made of over there has changed; the old one stays until the "
               "next sync"
             : "it changed while it was read; the old one stays until the next sync");
    return drop_intent(action.path);
  }

  Result<void> drop_intent(const std::string& path) {
    const auto* old = journal_.find(path);
    if (!old || !old->pending) return {};
    if (old->only_pending) return journal_.forget(path);
    Placed placed = *old;
    placed.pending.reset();
    return journal_.put(path, std::move(placed));
  }

  Result<void> remember(const Entry& entry) {
    LIBRE_TRY(const auto there, root_.look(entry.path));
    if (!there) return {};
    const auto* old = journal_.find(entry.path);
    const bool known_to_sync = old && !old->by_push;
    return journal_.put(entry.path, Placed{.kind = entry.kind,
                                           .size = entry.size,
                                           .digest = entry.digest,
                                           .target = entry.target,
                                           .stamp = there->stamp,
                                           .by_push = work_.partial && !known_to_sync});
  }

  // Nobody touched it since the plan was made.
  Result<bool> is_as_planned(const std::string& path) {
    LIBRE_TRY(const auto there, root_.look(path));
    return is_as_planned(path, there);
  }
  bool is_as_planned(const std::string& path, const std::optional<Found>& there) const {
    const auto planned = work_.present.find(path);
    if (!there || planned == work_.present.end()) return !there && planned == work_.present.end();
    return there->kind == planned->second.kind && there->stamp == planned->second.stamp;
  }

  // Somebody else's version of what comes now goes aside; ours is simply replaced.
  Result<void> clear_way(const Action& action) {
    LIBRE_TRY(const auto there, root_.look(action.path));
    if (!there) return {};
    const bool theirs = action.aside_first || there->kind == FoundKind::directory;
    return theirs || !is_as_planned(action.path, there) ? put_aside(action.path, true)
                                                        : Result<void>();
  }

  Result<void> put_aside(const std::string& path, bool until_replaced) {
    LIBRE_TRY(const auto kept, keep_aside(root_, path, stamp_, until_replaced));
    note(SyncNote::Kind::kept_aside, path, kept);
    for (auto memory = journal_.manifest().lower_bound(path + "/");
         memory != journal_.manifest().end() && is_below(memory->first, path);
         memory = journal_.manifest().lower_bound(path + "/"))
      LIBRE_CHECK(journal_.forget(std::string(memory->first)));
    return {};
  }

  void note(SyncNote::Kind kind, const std::string& path, std::string detail) {
    applied_.notes.push_back({kind, path, std::move(detail)});
  }

  Rooted& root_;
  Journal& journal_;
  Work& work_;
  std::vector<std::size_t> sent_;  // by index
  ContentSource& contents_;
  const std::string& stamp_;
  const Wait& wait_;
  std::map<std::size_t, std::optional<Staged>> staged_;  // what is reused, by its index
  std::set<std::string> used_names_;                     // of these, in the staging directory
  std::set<std::string> moved_;                          // from where, by staging
  std::map<std::size_t, std::string> shared_;            // what is copied when it has arrived
  Applied applied_;
};

}  // namespace

std::string staging_name(const Entry& entry) {
  return fmt::format("{}-{}", entry.digest.hex(), entry.size);
}

Result<std::vector<Need>> needs_of(Rooted& root, const Tree& wanted,
                                   const std::vector<Action>& actions) {
  std::vector<Need> needs;
  std::set<std::string> used;  // what is staged serves only the first file of that content
  LIBRE_TRY(const auto staging, root.look(staging_directory));
  for (const auto& action : actions) {
    if (action.kind != Kind::content) continue;
    const Entry& entry = wanted[action.index];
    const auto name = staging_name(entry);
    std::uint64_t offset = 0;
    if (staging && used.insert(name).second) {
      LIBRE_TRY(offset, staged_size(root, name));
    }
    needs.push_back({action.index, offset <= entry.size ? offset : 0});
  }
  return needs;
}

Result<Applied> apply(Rooted& root, Journal& journal, Work& work, ContentSource& contents,
                      const std::string& stamp, const Wait& wait) {
  return Application(root, journal, work, contents, stamp, wait).run();
}

}  // namespace libre::sync
