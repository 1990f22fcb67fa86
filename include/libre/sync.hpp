// Bringing a project to an instance, and files in both directions.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace libre {

enum class SyncNoteKind {
  sent,
  deleted,       // changes on the other side
  kept_aside,    // changed over there since: its version now lies beside, see `detail`
  left_alone,    // gone here, but changed over there: not deleted
  unreadable,    // could not be read here; skipped
  outside_link,  // a symlink that points outside the project; kept as it is
  special,       // a socket, fifo or device: skipped
  vanished,      // gone or changed while it was read; the next sync has it
  mode,          // dry runs: only whether it is executable would change
};
const char* name_of(SyncNoteKind kind);

// One thing that a sync did, would do, or could not do. In a dry run `detail` says why: "new", "another
// content", "moved from old.py" …
struct SyncNote {
  using Kind = SyncNoteKind;
  Kind kind = Kind::sent;
  std::string path{};  // relative to the root, raw bytes
  std::string detail{};
};

struct SyncOptions {
  bool dry_run = false;  // plan only; change nothing
  bool force = false;    // compare contents even where size and time say "unchanged"
};

struct SyncReport {
  std::uint64_t files = 0;  // selected here
  std::uint64_t bytes = 0;  // their size
  std::uint64_t files_sent = 0;
  std::uint64_t bytes_sent = 0;  // file bytes that travelled
  std::uint64_t deleted = 0;
  double seconds = 0;
  bool dry_run = false;
  std::vector<SyncNote> notes{};
};

// push and pull of single files and directories.
struct TransferOptions {
  bool dry_run = false;  // say what would be done; change nothing
};

struct TransferReport {
  std::uint64_t files = 0;        // named by the patterns
  std::uint64_t files_moved = 0;  // not there already
  std::uint64_t bytes_moved = 0;
  double seconds = 0;
  bool dry_run = false;
  // Of a dry run: bytes_moved is a bound, because of some files only what has changed would travel.
  bool at_most = false;
  std::vector<SyncNote> notes{};
};

}  // namespace libre
