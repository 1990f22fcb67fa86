// One root directory on an instance, as the syncing side sees it. local_endpoint does the work,
// remote_endpoint asks for it over rpc, serve_endpoint answers; nobody above knows which one it has.
//
// A sync is update() where both sides know the tree that was brought last and little has changed: one exchange.
// Otherwise, and for a push, it is an offer (of the changes, or of the whole tree) and, where contents are needed,
// supply(): two at most. A pull is list() and
// read(). One thread uses an Endpoint at a time. After any error the root holds whole old and
// whole new files; the next offer completes the work, and uses what has arrived.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <libre/sync.hpp>

#include "base/wait.hpp"
#include "sync/core/content_stream.hpp"
#include "sync/core/difference.hpp"
#include "sync/core/tree.hpp"
#include "sync/delta/block_list.hpp"

namespace libre::sync {

// Names a mirror.
struct MirrorSpec {
  std::string path{};        // absolute, or relative to the home directory there
  std::string project_id{};  // who may use it; "" = anybody (only for reading)
  std::string project_name{};
  std::string
      source_root{};  // the project's own directory where it is on the same machine, else ""
};

struct MirrorInfo {
  std::string path{};  // absolute
  bool exists = false;
};

struct OfferOptions {
  bool dry_run = false;
  bool force = false;
  bool partial = false;  // an addition to what is there: nothing is deleted
  bool whole = false;  // what is there already is of no use: all needed contents are to come whole
};

// Content that the other side lacks: of tree[index], from byte `offset` on (earlier ones are there).
struct Need {
  std::uint64_t index = 0;
  std::uint64_t offset = 0;
  // What lies at the same path over there. It may be copied from (delta/delta.hpp). Without a digest where
  // that is not known there: somebody has changed the file. blocks() tells.
  std::optional<ContentId> base{};
};

struct Offered {
  bool done = false;          // nothing is needed, and everything else has been carried out already
  bool first = false;         // nothing was ever put there
  std::uint64_t deleted = 0;  // files and links (dry_run: that would be)
  std::vector<Need> needs{};  // ascending index
  std::vector<SyncNote> notes{};
};

struct Applied {
  std::uint64_t files = 0;  // put in place: their content came, or was there under another name
  std::uint64_t deleted = 0;
  // Files that were to be made of what is there, and did not come out right. Each has a note (vanished);
  // offer() with `whole` is what helps.
  std::uint64_t wrong = 0;
  std::vector<SyncNote> notes{};
};

// Where content comes from: called in the order of the needs.
class ContentSource {
 public:
  virtual ~ContentSource() = default;
  // The next step of the current file. After an end the next call begins the next file.
  virtual Result<ContentPiece> next() = 0;
  // From any thread: ends a next() that waits for somebody else, with an error.
  virtual void interrupt() {}
};

// Where content goes to. An error ends the transfer with it.
using ContentSink = std::function<Result<void>(const ContentPiece&)>;

// Which files: paths relative to the mirror, with wildcards. A directory means everything in it.
struct ListRequest {
  MirrorSpec mirror{};
  std::vector<std::string> patterns{};
  bool shallow = false;  // only the matches themselves, nothing inside directories
};

struct ListMatch {
  std::uint64_t pattern = 0;  // which one
  std::string path{};         // relative to the mirror; "" is the mirror itself
  bool directory = false;
};

struct Listing {
  // In place of the digest of a file's content: that of its size, times and inode, which tells the reader
  // whether anybody has touched it since last time; all zero where somebody could without a trace.
  Tree tree{};
  std::vector<ListMatch> matches{};
  std::vector<SyncNote> notes{};
};

struct ReadItem {
  std::string path{};
  std::uint64_t offset = 0;  // skip that much; the digest at the end covers the skipped bytes too
  std::uint64_t size = 0;    // as listed; a file of another size or time has status gone
  std::int64_t mtime_ns = 0;
  // The blocks of what the reader has in the file's place; size 0 = nothing. Copies in the content
  // stream mean ranges of that, and occur only where there is such a list.
  BlockList old{};
};
// More lists in one request (encoded, bytes) would only take memory on both sides: ask again instead.
inline constexpr std::uint64_t max_lists_in_request = 16u << 20;

class Endpoint {
 public:
  virtual ~Endpoint() = default;

  // Where the mirror is. Errc::exists where another project owns it. Changes nothing.
  virtual Result<MirrorInfo> find(const MirrorSpec& mirror, const Wait& wait) = 0;

  // Says that an update of this mirror will come, from the tree with that digest: the other side may look at
  // what lies there meanwhile. A help only: it changes nothing, holds nobody up, and what goes wrong with it
  // shows in the update.
  virtual void look_ahead(const MirrorSpec& mirror, const Digest& from, const Wait& wait) = 0;

  // Says that the large file at `path`, which has `size` bytes here, will change in an update or an offer that comes
  // soon: the other side may begin to copy what it has. A help only, as look_ahead().
  virtual void copy_ahead(const MirrorSpec& mirror, const std::string& path, std::uint64_t size,
                          const Wait& wait) = 0;

  // Makes the mirror equal to the tree that `difference` leads to, at once and as a whole. `contents` is
  // the content stream of the files that new_contents() names: kept in memory on both sides, so it is
  // small. Copies in it mean what base_of() says (delta/delta.hpp). Errc::outdated where the other side knows another tree, or needs more contents (something
  // has changed there): nothing was done, and offer() must be asked. Takes turns as offer() does.
  virtual Result<Applied> update(const MirrorSpec& mirror, const Difference& difference,
                                 std::string_view contents, const Wait& wait) = 0;

  // Compares, and unless it is a dry run prepares to become equal. Where no content is needed, it
  // carries everything out at once. Two syncs of one mirror take turns: the second one waits here, not
  // for ever (Errc::exists), and takes the place of one whose client is silent (mirror_locks.hpp).
  virtual Result<Offered> offer(const MirrorSpec& mirror, const Tree& wanted,
                                const OfferOptions& options, const Wait& wait) = 0;

  // The same for the tree `wanted`, which `difference` leads to, and without any options: instead of the whole
  // tree its changes travel. Errc::outdated where the other side knows another tree than the one before.
  virtual Result<Offered> offer_changes(const MirrorSpec& mirror, const Difference& difference,
                                        const Tree& wanted, const Wait& wait) = 0;

  // The blocks of the file that lies at `path` over there now, for making a delta where nothing is
  // remembered of it here. Reads all of it; keeps the offer. Errc::not_found where there is none that has
  // a list.
  virtual Result<BlockList> blocks(const MirrorSpec& mirror, const std::string& path,
                                   const Wait& wait) = 0;

  // Carries out the last offer, with the contents that it needs. Errc::disk_full names the place and
  // what is free there; Errc::exists: another sync has taken over.
  virtual Result<Applied> supply(ContentSource& contents, const Wait& wait) = 0;

  virtual Result<Listing> list(const ListRequest& request, const Wait& wait) = 0;
  virtual Result<void> read(const MirrorSpec& mirror, const std::vector<ReadItem>& items,
                            const ContentSink& sink, const Wait& wait) = 0;
};

}  // namespace libre::sync
