#include "sync/sync_project.hpp"

#include <algorithm>
#include <limits>

#include "sync/contents.hpp"
#include "sync/scan.hpp"
#include "sync/select.hpp"
#include "sync/tree_memory.hpp"

namespace libre::sync {
namespace {

// Contents that go along with an update. More of them take longer than a round trip, so that nothing is
// gained; and what is asked for piece by piece goes on where it was after an interruption.
constexpr std::uint64_t update_limit = 1u << 20;
// Of more files that are other even what is said of them takes longer.
constexpr std::size_t most_given = 10'000;

void append(std::vector<SyncNote>& notes, std::vector<SyncNote> more) {
  if (notes.empty()) {
    notes = std::move(more);
    return;
  }
  notes.insert(notes.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

bool is_vanished(const SyncNote& note) { return note.kind == SyncNote::Kind::vanished; }
bool has_vanished(const std::vector<SyncNote>& notes) {
  return std::ranges::any_of(notes, is_vanished);
}
// What changed while it was read; taken out of the notes.
bool take_vanished(std::vector<SyncNote>& notes) { return std::erase_if(notes, is_vanished) > 0; }

class ProjectSync {
 public:
  ProjectSync(const Project& project, Endpoint& endpoint, const MirrorSpec& mirror,
              const std::string& instance, const SyncOptions& options, Observer& observer,
              const Wait& wait)
      : project_(project),
        endpoint_(endpoint),
        mirror_(mirror),
        instance_(instance),
        options_(options),
        observer_(observer),
        wait_(wait),
        blocks_(project.state_directory() / "blocks") {}

  Result<SyncReport> run() {
    LIBRE_CHECK(bring_up_to_date());
    // A job is to run on the files as they are now, not on the old ones: they get a second chance.
    if (take_vanished(sent_notes_)) LIBRE_CHECK(bring_up_to_date());
    append(report_.notes, std::move(sent_notes_));
    return std::move(report_);
  }

 private:
  // Selects, reads, sends. Adds to the numbers of the report, and begins its notes anew.
  Result<void> bring_up_to_date() {
    announced_ = announce();
    LIBRE_TRY(auto selection, select_files(project_, wait_));
    LIBRE_TRY(auto root, Rooted::open(project_.root));
    const auto file = memory_file(project_.state_directory(), instance_);
    auto memory = HashMemory::load(file);
    // Both are a help only; a state directory that cannot be written is no reason to leave the code behind.
    if (!options_.dry_run) say_failed(write_selection(project_, selection));
    LIBRE_TRY(auto scanned, scan(root, request_for(selection), memory, wait_));
    if (!options_.dry_run && memory.has_changed()) say_failed(memory.save(file));
    memory = {};  // 60 bytes for each file
    report_.files = scanned.files;
    report_.bytes = scanned.bytes;
    report_.dry_run = options_.dry_run;
    report_.notes = std::move(selection.notes);
    append(report_.notes, std::move(scanned.notes));
    const auto tree = known(std::move(scanned.tree));
    Deltas deltas(files_in(root), blocks_, wait_, !options_.dry_run);
    LIBRE_TRY(const bool updated, update(root, tree, deltas));
    if (!updated) LIBRE_CHECK(compare(root, tree, deltas));
    if (scanned.blocks_found || blocks_grew_) (void)blocks_.shrink(usual_memory_size);
    return {};
  }

  bool may_update() const { return !options_.dry_run && !options_.force && !whole_; }

  // The other side looks at its mirror while we look at the project.
  bool announce() {
    if (!may_update()) return false;
    const auto from = load_digest(tree_file(project_.state_directory(), instance_));
    if (from) endpoint_.look_ahead(mirror_, *from, wait_);
    return from.has_value();
  }

  // And copies what it has of a large file while we read that, since most of it will stay.
  ScanRequest request_for(Selection& selection) {
    ScanRequest request{std::move(selection.paths), std::move(selection.empty_directories),
                        std::move(selection.unreadable), options_.force,
                        options_.dry_run ? nullptr : &blocks_};
    if (announced_)
      request.before_reading = [this](const std::string& path, std::uint64_t size) {
        if (size >= worth_copying_ahead && std::exchange(announced_, false))
          endpoint_.copy_ahead(mirror_, path, size, wait_);
      };
    return request;
  }

  void say_failed(const Result<void>& written) {
    if (!written) observer_.status(written.error().describe());
  }

  // By what has changed, where both sides remember the same tree. False where they do not.
  Result<bool> update(Rooted& root, const KnownTree& tree, Deltas& deltas) {
    if (!may_update()) return false;
    const auto file = tree_file(project_.state_directory(), instance_);
    if (load_digest(file) == tree.digest)
      return give(root, {tree.digest, tree.digest}, {}, tree, deltas);
    auto before = load_tree(file);
    if (!before) return false;
    auto change = difference(*before, tree);
    if (change.changed.size() <= most_given) {
      std::vector<Need> given;
      for (const auto index : new_contents(before->tree, change))
        given.push_back({index, 0, base_of(before->tree, change.changed[index])});
      LIBRE_TRY(const auto bytes, bytes_to_send(change.changed, given, deltas, update_limit));
      if (bytes <= update_limit) return give(root, change, std::move(given), tree, deltas);
    }
    before.reset();  // it has an entry for each file
    return offer_changes(root, std::move(change), tree, deltas);
  }

  // Where it can be compared as a whole instead: false; any other error ends the sync. An agent of an older version
  // that still serves, because a job runs, does not know offers of changes.
  Result<bool> outdated(const Error& error) {
    if (error.code != Errc::outdated && error.code != Errc::unsupported) return error;
    observer_.status(error.describe());
    return false;
  }

  Result<bool> offer_changes(Rooted& root, Difference change, const KnownTree& tree,
                             Deltas& deltas) {
    // All files are new. Or a directory of many got another name: each of them is in the difference twice.
    if (change.removed.size() + change.changed.size() >= tree.tree.size()) return false;
    auto offered = endpoint_.offer_changes(mirror_, change, tree.tree, wait_);
    change = {};  // an entry for each file that is other
    if (!offered) return outdated(offered.error());
    LIBRE_CHECK(supply(root, tree, *std::move(offered), deltas));
    return true;
  }

  Result<bool> give(Rooted& root, const Difference& change, std::vector<Need> given,
                    const KnownTree& tree, Deltas& deltas) {
    LocalContents contents(files_in(root), change.changed, std::move(given), Digests::read, &deltas,
                           observer_);
    LIBRE_TRY(const auto stream, contents.collect());
    if (!stream) return false;
    auto applied = endpoint_.update(mirror_, change, *stream, wait_);
    if (!applied) return outdated(applied.error());
    report_.bytes_sent += contents.bytes();
    take(*std::move(applied));
    if (change.from != change.to) remember_tree(tree);
    return true;
  }

  void take(Applied applied) {
    report_.files_sent += applied.files;
    report_.deleted += applied.deleted;
    whole_ = whole_ || applied.wrong > 0;
    append(sent_notes_, std::move(applied.notes));
  }

  void remember_tree(const KnownTree& tree) {
    if (has_vanished(sent_notes_)) return;
    say_failed(save_tree(tree_file(project_.state_directory(), instance_), tree));
  }

  // Asks what is needed, and sends that.
  Result<void> compare(Rooted& root, const KnownTree& known, Deltas& deltas) {
    const Tree& tree = known.tree;
    const OfferOptions offer_options{
        .dry_run = options_.dry_run, .force = options_.force, .whole = whole_};
    LIBRE_TRY(auto offered, endpoint_.offer(mirror_, tree, offer_options, wait_));
    return supply(root, known, std::move(offered), deltas);
  }

  // Sends what an offer needs.
  Result<void> supply(Rooted& root, const KnownTree& known, Offered offered, Deltas& deltas) {
    const Tree& tree = known.tree;
    if (offered.first)
      if (const auto text = surprise(tree); !text.empty()) observer_.notice(text);
    append(sent_notes_, std::move(offered.notes));
    // Nothing was sent, so what did not come out right was to be made of what is there.
    whole_ = whole_ || (offered.done && has_vanished(sent_notes_));
    if (options_.dry_run) {
      report_.files_sent = offered.needs.size();
      LIBRE_TRY(report_.bytes_sent, bytes_to_send(tree, offered.needs, deltas,
                                                  std::numeric_limits<std::uint64_t>::max()));
    }
    if (options_.dry_run || offered.done) {
      report_.deleted += offered.deleted;
    } else {
      LIBRE_TRY(const bool learnt,
                learn_blocks(endpoint_, mirror_, tree, offered.needs, blocks_, wait_));
      blocks_grew_ = blocks_grew_ || learnt;
      if (learnt) deltas.try_again();
      LocalContents contents(files_in(root), tree, std::move(offered.needs), Digests::expected,
                             &deltas, observer_);
      LIBRE_TRY(auto applied, endpoint_.supply(contents, wait_));
      report_.bytes_sent += contents.bytes();
      take(std::move(applied));
    }
    if (!options_.dry_run) remember_tree(known);
    return {};
  }

  const Project& project_;
  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  const std::string& instance_;
  const SyncOptions& options_;
  Observer& observer_;
  const Wait& wait_;
  const BlockMemory blocks_;
  bool blocks_grew_ = false;
  bool announced_ = false;  // the other side looks, and has not been told of a large file yet
  bool whole_ =
      false;  // something was not made right out of what is there: no second attempt at that
  SyncReport report_;
  std::vector<SyncNote> sent_notes_;  // what the other side did
};

}  // namespace

Result<SyncReport> sync_project(const Project& project, Endpoint& endpoint,
                                const MirrorSpec& mirror, const std::string& instance,
                                const SyncOptions& options, Observer* observer, const Wait& wait) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  auto report =
      ProjectSync(project, endpoint, mirror, instance, options, observer ? *observer : silent, wait)
          .run();
  if (report)
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
