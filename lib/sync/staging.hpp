// Where files lie while they arrive: `.re-staging/` inside the root, so that putting one in its place
// is a rename. A file there is named by what it will be; an interrupted transfer goes on at its size.
//
// Who fills such a file holds a lock on it (flock). A second transfer of the same content at the same
// time, or one on a file system without locks, works with a name of its own, which is removed with it:
// it cannot go on where an earlier one was, but two of them never write to one file.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/digest.hpp"
#include "base/wait.hpp"
#include "sync/delta/copy_writer.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

inline constexpr const char* staging_directory = ".re-staging";
bool is_staging_path(std::string_view path);
std::string in_staging(const std::string& name);  // relative to the root

// Smaller files are left to the system, which writes them within seconds; one that is lost with the
// power is found by its size and comes again. One syncfs(2) at the end of a sync would cover them all,
// and costs little on an idle disk; but it also waits for everything that others have written there:
// 0.6 s behind 500 MB, and the jobs of an instance write more than that. fdatasync(2) waits for nobody
// else, and costs next to nothing where the disk was told to begin while the rest arrived: 1 GiB that
// replaces another one takes 0.83 s on ext4 (copy 0.6, sync 0.005, rename 0.22); 0.95 s with fdatasync
// alone, and 0.92 s without any, because the rename then writes it (the mount option auto_da_alloc).
inline constexpr std::uint64_t durable_size = std::uint64_t{1} << 20;

// One file on its way in. Borrows the root.
class Incoming {
 public:
  // Opens or goes on with `name` in the staging directory, where nobody else is at it.
  static Result<Incoming> open(Rooted& root, const std::string& name);
  Incoming(Incoming&&) = default;
  Incoming& operator=(Incoming&&) = delete;
  ~Incoming();

  std::uint64_t size() const { return size_; }
  Result<void> restart();  // drops what is there
  // Even a file of its own name stays after this object: the caller knows where it is.
  void keep() { is_private_ = false; }
  Result<void> add(std::string_view bytes);
  // Adds bytes of another open file: without moving them where the file system can share them, else with
  // the help of threads where the file is large. The digest is of what arrived here. false where that file
  // ends before: then an unknown part was added.
  Result<bool> add_from(int file, std::uint64_t offset, std::uint64_t length, const Wait& wait);
  // What was made elsewhere, in the root's open_unnamed(), takes the place of all that was added. Nothing may be added
  // after it. A failure changes nothing.
  Result<void> adopt(Fd file, std::uint64_t size, const Digest& digest);
  // Waits until all that was added is in the file. What could not be written may show only here.
  Result<void> settle();
  Digest digest() const;
  // Before it goes to its place: waits until a large file is on disk, so that a loss of power does not
  // leave it empty or torn under its final name.
  Result<void> make_durable() const;
  Result<void> set_attributes(bool executable, std::int64_t mtime_ns) const;
  bool is_intact() const;  // after settle(): the file holds as much as we wrote, nobody else did
  const std::string& path() const { return path_; }  // relative to the root
  int file() const { return fd_.get(); }

 private:
  Incoming(Rooted& root, std::string path, Fd fd)
      : root_(&root), path_(std::move(path)), fd_(std::move(fd)) {}
  Result<void> read_what_is_there();
  void use_threads(std::uint64_t size);
  Rooted* root_;
  std::string path_;
  Fd fd_;
  Digester digester_;
  std::unique_ptr<CopyWriter> writer_;  // takes the place of digester_
  std::optional<Digest> adopted_{};     // … or this one
  std::uint64_t size_ = 0;
  std::uint64_t writing_ = 0;  // up to here the disk has been told to begin
  bool is_private_ = false;    // has a name that nobody will look for
};

// A small content that has come whole is written with half the system calls, which count where there are thousands
// of them: nobody goes on with a part of it. It lies under a name of its own kind, which nobody opens but who made it, so
// that it needs no lock.
inline constexpr std::uint64_t small_size = 256 * 1024;
struct StagedWhole {
  std::string path;  // relative to the root
  Fd file;
};
std::string whole_name(const std::string& name);
// Under whole_name(name); nullopt where somebody is at that, or an earlier transfer has left it: that is for Incoming. It
// is executable as far as the umask allows. A failure leaves nothing behind.
Result<std::optional<StagedWhole>> stage_whole(Rooted& root, const std::string& name,
                                               std::string_view content, bool executable,
                                               std::int64_t mtime_ns);

// How much of `name` is there to go on with; 0 where another transfer is at it.
Result<std::uint64_t> staged_size(Rooted& root, const std::string& name);

// Nobody has come back for what lies there longer than this.
inline constexpr std::chrono::hours staging_lifetime{7 * 24};
// Did the transfer that has ended use the file of that name? Asked only of what is left there.
using IsUsed = std::function<bool(const std::string& name)>;
// To be called when a transfer is complete: removes what it used, what has outlived its time, and
// the directory where that leaves it empty. Other partial files wait for the transfer they belong to.
Result<void> clear_staging(Rooted& root, const IsUsed& is_used);

}  // namespace libre::sync
