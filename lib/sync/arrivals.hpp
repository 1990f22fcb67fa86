// The contents of a pull: asks for them, and puts each file in its place when it is whole.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <libre/observer.hpp>
#include <libre/sync.hpp>

#include "sync/delta/rebuild.hpp"
#include "sync/endpoint.hpp"
#include "sync/pull_compare.hpp"

namespace libre::sync {

class Arrivals {
 public:
  // All are borrowed. `compare` is told of each file that is in its place.
  Arrivals(Endpoint& endpoint, const MirrorSpec& mirror, Rooted& root, PullCompare& compare,
           Observer& observer, const Wait& wait, TransferReport& report)
      : endpoint_(endpoint),
        mirror_(mirror),
        root_(root),
        compare_(compare),
        observer_(observer),
        wait_(wait),
        report_(report) {}

  // `entry` (borrowed) is to become the file that lies at `source` over there. Where `old_size` says that
  // another content lies in its place here, only what is new is asked for.
  Result<void> expect(const Entry& entry, const SharedText& source, std::uint64_t old_size);

  // All that is expected, in as few requests as the lists of blocks allow: one, mostly. What does not
  // come out right of an old content, or was interfered with by another pull, is asked for again, whole.
  // Errc::protocol for what nobody asked for. After an error what has arrived waits in the staging
  // directory, and the next pull goes on there.
  Result<void> receive();

 private:
  struct Wanted {
    const Entry* entry;
    SharedText source;
    std::uint64_t offset = 0;
    std::uint64_t old_size = 0;
  };
  Result<void> receive_all(const std::vector<Wanted>& wanted);
  Result<std::vector<ReadItem>> next_request(std::span<const Wanted> wanted);
  Result<BlockList> list_of_old(const Wanted& wanted);
  Result<void> take(const Wanted& wanted, const ReadItem& item, const ContentPiece& piece);
  Result<void> begin(const Wanted& wanted, const ReadItem& item);
  Result<void> end(const Wanted& wanted, const ReadItem& item, const ContentEnd& end);
  Result<void> put_in_place(const Entry& entry, Incoming& arrived);
  Result<void> give_up(const Entry& entry, const Incoming& arrived, ContentStatus status);

  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  Rooted& root_;
  PullCompare& compare_;
  Observer& observer_;
  const Wait& wait_;
  TransferReport& report_;
  std::vector<Wanted> wanted_, again_;
  Progress progress_{.what = "receiving"};
  // The file that comes now.
  std::optional<Incoming> incoming_;
  Entry expected_;  // its digest is known when it ends
  std::optional<Rebuild> rebuild_;
  bool usable_ = false;  // incoming_ goes on where the content begins
};

}  // namespace libre::sync
