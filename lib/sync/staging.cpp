#include "sync/staging.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/stream.hpp"
#include "sync/delta/append_range.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

// `open` opens a file in the staging directory, which is made where it is missing.
template <class Open>
auto open_staged(Rooted& root, const Open& open) -> decltype(open()) {
  auto opened = open();
  if (opened || opened.error().code != Errc::not_found) return opened;
  LIBRE_CHECK(root.make_directory(staging_directory));
  return open();
}

Result<Fd> open_staged(Rooted& root, const std::string& path) {
  return open_staged(root, [&] { return root.open_for_append(path); });
}

Error cannot_write(const Rooted& root, Error error) {
  if (error.code == Errc::disk_full) {
    error.cause += " (" + free_space_of(root.fd()) + " in " + root.root().string() + ")";
    error.hint = "free some space there and try again; what has arrived is kept";
  }
  return error;
}

enum class Hold { ours, moved, taken };

// Where the lock is ours, its last holder may have put the file in its final place: what we opened is
// then no staged file any more, and to write to it would tear a whole one.
Result<Hold> take_hold(Rooted& root, const std::string& path, const Fd& fd) {
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Hold::taken;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return system_error("cannot look at " + root.shown(path), errno);
  LIBRE_TRY(const auto found, root.look(path));
  return found && found->kind == FoundKind::file && found->stamp.inode == status.st_ino
             ? Hold::ours
             : Hold::moved;
}

}  // namespace

std::string in_staging(const std::string& name) {
  return std::string(staging_directory) + "/" + name;
}

bool is_staging_path(std::string_view path) {
  return path == staging_directory || is_below(path, staging_directory);
}

Result<Incoming> Incoming::open(Rooted& root, const std::string& name) {
  const auto path = in_staging(name);
  for (auto hold = Hold::moved; hold == Hold::moved;) {
    LIBRE_TRY(auto fd, open_staged(root, path));
    LIBRE_TRY(hold, take_hold(root, path, fd));
    if (hold != Hold::ours) continue;
    Incoming incoming(root, path, std::move(fd));
    LIBRE_CHECK(incoming.read_what_is_there());
    return incoming;
  }
  const auto own = path + "-" + random_id(8);
  LIBRE_TRY(auto fd, open_staged(root, own));
  Incoming incoming(root, own, std::move(fd));
  incoming.is_private_ = true;
  return incoming;
}

Incoming::~Incoming() {
  if (fd_ && is_private_) (void)root_->remove_file(path_);
}

// Takes in what the file holds beyond size_.
Result<void> Incoming::read_what_is_there() {
  if (is_intact()) return {};  // nothing more: so it is with every file that is new
  constexpr std::size_t size = 64 * 1024;
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
  for (;;) {
    const ssize_t got = ::pread(fd_.get(), buffer.get(), size, static_cast<off_t>(size_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read " + root_->shown(path_), errno);
    if (got == 0) return {};
    digester_.add(std::span(buffer.get(), static_cast<std::size_t>(got)));
    size_ += static_cast<std::uint64_t>(got);
  }
}

Result<void> Incoming::make_durable() const {
  if (size_ <= durable_size || ::fdatasync(fd_.get()) == 0) return {};
  return system_error("cannot write " + root_->shown(path_) + " to disk", errno);
}

bool Incoming::is_intact() const {
  struct stat status {};
  return ::fstat(fd_.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) == size_;
}

Result<void> Incoming::set_attributes(bool executable, std::int64_t mtime_ns) const {
  return root_->set_attributes(fd_.get(), path_, executable, mtime_ns);
}

Digest Incoming::digest() const {
  if (adopted_) return *adopted_;
  return writer_ ? writer_->digest() : digester_.finish();
}

Result<void> Incoming::adopt(Fd file, std::uint64_t size, const Digest& digest) {
  (void)::flock(file.get(), LOCK_EX | LOCK_NB);  // before anybody can find it
  const auto first_name = path_ + "-" + random_id(8);
  LIBRE_CHECK(root_->give_name(file.get(), first_name));
  if (auto renamed = root_->rename(first_name, path_); !renamed) {
    (void)root_->remove_file(first_name);
    return renamed;
  }
  writer_.reset();
  fd_ = std::move(file);
  adopted_ = digest;
  size_ = writing_ = size;
  return {};
}

Result<void> Incoming::restart() {
  writer_.reset();
  adopted_.reset();
  if (::ftruncate(fd_.get(), 0) != 0)
    return system_error("cannot empty " + root_->shown(path_), errno);
  digester_ = Digester();
  size_ = writing_ = 0;
  return {};
}

Result<void> Incoming::add(std::string_view bytes) {
  if (writer_) {
    auto added = writer_->add(bytes);
    size_ = writer_->size();
    return added ? std::move(added) : cannot_write(*root_, std::move(added).error());
  }
  if (auto written = write_all(fd_.get(), bytes); !written)
    return cannot_write(*root_, std::move(written).error());
  size_ += bytes.size();
  writing_ = begin_writing_to_disk(fd_.get(), writing_, size_);
  digester_.add(as_bytes(bytes));
  return {};
}

// Where a file is going to be large, and its bytes have to be moved.
void Incoming::use_threads(std::uint64_t size) {
  if (writer_ || size < worth_threads || may_share_blocks(fd_.get())) return;
  writer_ = CopyWriter::begin(fd_.get(), size_, digester_);
}

Result<bool> Incoming::add_from(int file, std::uint64_t offset, std::uint64_t length,
                                const Wait& wait) {
  use_threads(size_ + length);
  if (writer_) {
    auto added = writer_->add_from(file, offset, length, wait);
    size_ = writer_->size();
    return added ? std::move(added) : cannot_write(*root_, std::move(added).error());
  }
  while (length > 0) {
    LIBRE_CHECK(still_wanted(wait));
    auto added = append_range(fd_.get(), size_, file, offset, std::min(length, copy_step));
    if (!added) return cannot_write(*root_, std::move(added).error());
    if (*added == 0) return false;
    LIBRE_CHECK(read_what_is_there());
    writing_ = begin_writing_to_disk(fd_.get(), writing_, size_);
    offset += *added;
    length -= *added;
  }
  return true;
}

Result<void> Incoming::settle() {
  if (!writer_) return {};
  auto settled = writer_->settle();
  return settled ? std::move(settled) : cannot_write(*root_, std::move(settled).error());
}

std::string whole_name(const std::string& name) { return name + "-whole"; }

Result<std::optional<StagedWhole>> stage_whole(Rooted& root, const std::string& name,
                                               std::string_view content, bool executable,
                                               std::int64_t mtime_ns) {
  const auto path = in_staging(whole_name(name));
  LIBRE_TRY(auto fd, open_staged(root, [&] { return root.open_new(path, executable); }));
  if (!fd) return std::nullopt;
  auto done = write_all(fd->get(), content);
  if (!done) done = cannot_write(root, std::move(done).error());
  if (done) done = root.set_mtime(fd->get(), path, mtime_ns);
  if (done) return StagedWhole{path, *std::move(fd)};
  (void)root.remove_file(path);
  return std::move(done).error();
}

Result<std::uint64_t> staged_size(Rooted& root, const std::string& name) {
  const auto path = in_staging(name);
  LIBRE_TRY(const auto found, root.look(path));
  if (!found || found->kind != FoundKind::file || found->stamp.size == 0) return std::uint64_t{0};
  const auto fd = root.open_for_append(path);
  if (!fd || ::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) return std::uint64_t{0};
  return found->stamp.size;
}

Result<void> clear_staging(Rooted& root, const IsUsed& is_used) {
  LIBRE_TRY(const auto directory, root.look(staging_directory));
  if (!directory || directory->kind != FoundKind::directory) return {};
  const auto oldest = std::chrono::system_clock::now() - staging_lifetime;
  const std::int64_t oldest_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(oldest.time_since_epoch()).count();
  LIBRE_TRY(const auto names, root.list(staging_directory));
  for (const auto& name : names) {
    LIBRE_TRY(const auto found, root.look(in_staging(name)));
    // By ctime: the mtime is set to that of the original just before a file goes to its place.
    const bool outlived = found && found->stamp.ctime_ns < oldest_ns;
    if (outlived || is_used(name)) LIBRE_CHECK(root.remove_file(in_staging(name)));
  }
  LIBRE_TRY([[maybe_unused]] const bool gone, root.remove_directory(staging_directory));
  return {};
}

}  // namespace libre::sync
