// What a pull asks for, and what a delta is made against: the contents that lie in a mirror now.
#include "sync/delta/delta.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/file_times.hpp"
#include "sync/list.hpp"
#include "sync/local_endpoint_turn.hpp"
#include "sync/observe.hpp"
#include "sync/outgoing.hpp"

namespace libre::sync {

Result<Listing> LocalEndpoint::list(const ListRequest& request, const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, request.mirror));
  LIBRE_CHECK(check_owner(mirror, request.mirror));
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  return list_matches(root, request.patterns, request.shallow, wait);
}

namespace {

// By its changes, where the reader has said what it has.
Result<Expected> expected_of(Rooted& root, const ReadItem& item, const Wait& wait) {
  Expected expected{item.offset, item.size, item.mtime_ns, true};
  if (item.old.size == 0 || !is_listed(item.size)) return expected;
  const auto fd = root.open_file(item.path);
  if (!fd) return expected;  // whoever sends it finds that out
  const auto now =
      list_file(fd->get(), item.size, block_size_for(item.size, item.old.block_size), wait);
  LIBRE_CHECK(still_wanted(wait));
  FileContent content(fd->get(), item.size);
  auto delta = now ? make_delta(item.old, *now, content) : Result<Delta>(now.error());
  if (!delta) return expected;
  expected.steps = steps_from(std::move(delta->steps), item.offset);
  expected.with_digest = false;
  expected.digest = now->digest;
  return expected;
}

}  // namespace

Result<void> LocalEndpoint::read(const MirrorSpec& spec, const std::vector<ReadItem>& items,
                                 const ContentSink& sink, const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  for (const auto& item : items) {
    await_next_tick(
        item.mtime_ns);  // so that who writes to it while it is read gives it another time
    LIBRE_TRY(auto expected, expected_of(root, item, wait));
    Outgoing file(root, item.path, std::move(expected));
    for (;;) {
      LIBRE_CHECK(still_wanted(wait));
      LIBRE_TRY(const auto piece, file.next());
      LIBRE_CHECK(sink(piece));
      if (piece.is_end) break;
    }
  }
  return {};
}

Result<BlockList> LocalEndpoint::blocks(const MirrorSpec& spec, const std::string& path,
                                        const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  LIBRE_TRY(const auto found, root.look(path));
  if (!found || found->kind != FoundKind::file || !is_listed(found->stamp.size))
    return Error{Errc::not_found, "there is no large file " + root.shown(path)};
  LIBRE_TRY(const auto fd, root.open_file(path));
  // Reading takes its time, in which nobody is to think that our client is silent.
  if (open_) LIBRE_CHECK(open_->turn.lock->go_on());
  auto list = list_file(fd.get(), found->stamp.size, block_size_for(found->stamp.size), wait);
  if (open_) open_->turn.lock->await_client();
  return list;
}

}  // namespace libre::sync
