#include "sync/apply.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/stream.hpp"
#include "sync/apply_steps.hpp"
#include "sync/delta/rebuild.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

using Kind = Action::Kind;

class Application {
 public:
  Application(Rooted& root, Journal& journal, Work& work, ContentSource& contents,
              const std::string& stamp, const Wait& wait)
      : steps_(root, journal, work, stamp),
        root_(root),
        journal_(journal),
        work_(work),
        contents_(contents),
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
    // 100 bytes for each file, and telling what was sent takes as much.
    work_.actions = std::vector<Action>();  // {} would keep the memory
    work_.needs = std::vector<Need>();
    work_.present.clear();
    return steps_.done();
  }

 private:
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
    if (action.kind != Kind::content) return steps_.step(action);
    const auto reused = staged_.find(action.index);
    return reused == staged_.end() ? Result<void>() : place_reused(action, reused->second);
  }

  std::set<std::string> staged_names() const {
    std::set<std::string> names;
    for (const auto& need : work_.needs) {
      const auto name = staging_name(work_.wanted[static_cast<std::size_t>(need.index)]);
      names.insert(whole_name(name));
      names.insert(name);
    }
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
    if (moves && staged) steps_.moved(reused.from);
    staged_.emplace(reused.index, std::move(staged));
    return {};
  }

  // What it is copied from has just arrived. Where it has not, neither does this.
  Result<void> copy_shared(const Action& action, const SharedText& from) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_TRY(const auto staged, stage_copy(root_, from, entry, staging_name(entry), wait_));
    return staged ? steps_.put_in_place(action, staged->path) : steps_.reject(action, false);
  }

  Result<void> place_reused(const Action& action, const std::optional<Staged>& staged) {
    LIBRE_TRY(const auto there,
              staged ? root_.look(staged->path) : Result<std::optional<Found>>(std::nullopt));
    if (there && there->stamp == staged->stamp) return steps_.put_in_place(action, staged->path);
    return steps_.reject(action, true);
  }

  // Says what we are about to put where, so that after a crash it is known to be ours.
  Result<void> write_intents() {
    for (const auto& action : work_.actions) {
      // Content tells a file again that was forgotten; nothing tells a directory.
      if (action.kind == Kind::make_dir && !journal_.find(action.path))
        LIBRE_CHECK(journal_.put(action.path, steps_.own_directory()));
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

  Result<void> receive(const Action& action, const Need& need) {
    const bool is_small = work_.wanted[action.index].size <= small_size;
    return is_small && need.offset == 0 && !need.base ? receive_whole(action)
                                                      : receive_by_pieces(action, need);
  }

  // Nothing is written before all of it has come.
  Result<void> receive_whole(const Action& action) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_TRY(const bool came, collect(entry));
    if (!came || whole_.size() != entry.size || digest_of(as_bytes(whole_)) != entry.digest)
      return steps_.reject(action, false);
    const auto name = staging_name(entry);
    LIBRE_TRY(const auto staged,
              stage_whole(root_, name, whole_, entry.executable, entry.mtime_ns));
    if (staged) return steps_.put_in_place(action, staged->path, staged->file.get());
    LIBRE_TRY(auto incoming, Incoming::open(root_, name));
    if (incoming.size() > 0) LIBRE_CHECK(incoming.restart());
    LIBRE_CHECK(incoming.add(whole_));
    return incoming.is_intact() ? put_in_place(action, incoming) : refuse(action, incoming, false);
  }

  // False where the other side could not read all of it.
  Result<bool> collect(const Entry& entry) {
    whole_.clear();
    for (ContentPiece piece;;) {
      LIBRE_TRY(piece, contents_.next());
      if (piece.is_end) return piece.end.status == ContentStatus::complete;
      if (piece.copy) return copy_of_nothing(entry);
      if (piece.bytes.size() > entry.size - whole_.size()) return more_than_announced(entry);
      whole_ += piece.bytes;
    }
  }

  Result<void> receive_by_pieces(const Action& action, const Need& need) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_TRY(auto incoming, Incoming::open(root_, staging_name(entry)));
    if (incoming.size() != need.offset) LIBRE_CHECK(incoming.restart());
    const bool usable = incoming.size() == need.offset;
    auto base = open_base(entry, need);
    auto ahead =
        work_.ahead && entry.path == work_.ahead->path() ? std::move(work_.ahead) : nullptr;
    if (ahead && !(base && incoming.size() == 0 && ahead->is_of(base.get()))) ahead.reset();
    Rebuild rebuild(incoming, std::move(base), need.base ? need.base->size : 0, entry,
                    std::move(ahead));
    ContentPiece piece;
    for (;;) {
      LIBRE_TRY(piece, contents_.next());
      if (piece.is_end) break;
      if (usable) LIBRE_CHECK(rebuild.take(piece, wait_));
    }
    const bool came = piece.end.status == ContentStatus::complete;
    bool right = false;
    if (came) {
      LIBRE_TRY(right, rebuild.is_right(wait_));
    }
    return right ? put_in_place(action, incoming)
                 : refuse(action, incoming, came && need.base.has_value());
  }

  Result<void> put_in_place(const Action& action, const Incoming& arrived) {
    const Entry& entry = work_.wanted[action.index];
    LIBRE_CHECK(arrived.make_durable());
    LIBRE_CHECK(arrived.set_attributes(entry.executable, entry.mtime_ns));
    return steps_.put_in_place(action, arrived.path(), arrived.file());
  }

  Result<void> refuse(const Action& action, const Incoming& arrived, bool was_reused) {
    LIBRE_CHECK(root_.remove_file(arrived.path()));
    return steps_.reject(action, was_reused);
  }

  // What cannot be opened makes a content that is not right, and no end of the sync.
  Fd open_base(const Entry& entry, const Need& need) {
    if (!need.base) return {};
    auto file = root_.open_file(entry.path);
    return file ? std::move(file->fd) : Fd();
  }

  ApplySteps steps_;
  Rooted& root_;
  Journal& journal_;
  Work& work_;
  ContentSource& contents_;
  const Wait& wait_;
  std::map<std::size_t, std::optional<Staged>> staged_;  // what is reused, by its index
  std::set<std::string> used_names_;                     // of these, in the staging directory
  std::map<std::size_t, SharedText> shared_;             // what is copied when it has arrived
  std::string whole_;                                    // the small content that comes now
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
