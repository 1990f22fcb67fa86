// A directory that nothing done through this object can leave. Paths are valid relative paths
// (core/tree.hpp); every component is opened by itself, without following symbolic links, so neither
// a hostile list of files nor a link swapped in while we work leads outside.
//
// One thread at a time. The two last used directories stay open: sorted paths cost few opens, also where
// each file goes from one directory to another.
#pragma once
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "sync/core/plan.hpp"

namespace libre::sync {

// A regular file that is open for reading.
struct OpenFile {
  Fd fd{};
  Stamp stamp{};  // as it was then
  int get() const { return fd.get(); }
};

class Rooted {
 public:
  // The root itself may be reached through links: its path is the user's own word.
  static Result<Rooted> open(const std::filesystem::path& root);
  // The same directory, for another thread.
  Rooted another() const { return {root_, fd_}; }

  const std::filesystem::path& root() const { return root_; }
  int fd() const { return fd_->get(); }
  // For messages only.
  std::string shown(std::string_view path) const;

  // All of these: Errc::denied for a path that is invalid or forbidden, Errc::not_found for what is
  // missing or lies behind a symbolic link, Errc::disk_full where there is no room.
  Result<std::optional<Found>> look(
      std::string_view path);                         // nullopt: nothing there, or no way there
  Result<OpenFile> open_file(std::string_view path);  // Errc::denied for what is no regular file
  Result<Fd> open_for_append(std::string_view path);  // made where it is missing
  // A new one, to be written to, with what the umask leaves of 0666, or of 0777; nullopt where something has that name.
  Result<std::optional<Fd>> open_new(std::string_view path, bool executable);
  Result<Fd> open_unnamed();  // a new file without a name, for reading and writing; not everywhere
  // Gives it one, where it must not be taken.
  Result<void> give_name(int file, std::string_view path);
  Result<void> make_directory(
      std::string_view path);  // its parent must be there; fine where it exists
  Result<void> remove_file(std::string_view path);       // a file or link; fine where it is gone
  Result<bool> remove_directory(std::string_view path);  // false where it is not empty
  Result<void> rename(std::string_view from, std::string_view to);  // replaces files and links
  Result<bool> rename_to_new(std::string_view from,
                             std::string_view to);                     // false where `to` exists
  Result<bool> hard_link(std::string_view from, std::string_view to);  // false where `to` exists
  Result<void> make_link(const std::string& target, std::string_view path);
  Result<void> set_attributes(std::string_view path, bool executable, std::int64_t mtime_ns);
  // The same for a file that is open; `path` is for messages only.
  Result<void> set_attributes(int file, std::string_view path, bool executable,
                              std::int64_t mtime_ns) const;
  Result<void> set_mtime(int file, std::string_view path, std::int64_t mtime_ns) const;
  Result<std::vector<std::string>> list(
      std::string_view directory);  // names, sorted; "" = the root

 private:
  struct Place {
    int directory;
    std::string name;
  };
  Rooted(std::filesystem::path root, std::shared_ptr<const Fd> fd)
      : root_(std::move(root)), fd_(std::move(fd)) {}
  Result<Place> place(std::string_view path);
  Result<int> enter(std::string_view directory);
  Error failed(const char* what, std::string_view path, int reason) const;
  struct Directory {
    std::string path{};
    Fd fd{};
  };
  void forget(std::string_view path);

  std::filesystem::path root_;
  std::shared_ptr<const Fd> fd_;
  std::array<Directory, 2> open_;  // the one used last comes first
};

Stamp stamp_of(const struct stat& status);
Result<Found> found_of(int directory, const std::string& name, const struct stat& status);
// Of a file that has `size` bytes, or had them a moment ago: of all that is there.
Result<Digest> digest_of_file(int fd, std::uint64_t size);

// "1.2 GB free" for the file system of a descriptor; "" where it cannot be asked.
std::string free_space_of(int fd);

}  // namespace libre::sync
