// Where files lie while they arrive: `.re-staging/` inside the root, so that putting one in its place
// is a rename. A file there is named by what it will be; an interrupted transfer goes on at its size.
#pragma once
#include <string>

#include "base/digest.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

inline constexpr const char* staging_directory = ".re-staging";
bool is_staging_path(std::string_view path);

// One file on its way in.
class Incoming {
 public:
  // Opens or goes on with `name` in the staging directory.
  static Result<Incoming> open(Rooted& root, const std::string& name);

  std::uint64_t size() const { return size_; }
  Result<void> restart();                       // drops what is there
  Result<void> add(std::string_view bytes);
  Digest digest() const { return digester_.finish(); }
  const std::string& path() const { return path_; }  // relative to the root

 private:
  Incoming(Rooted& root, std::string path, Fd fd) : root_(&root), path_(std::move(path)), fd_(std::move(fd)) {}
  Rooted* root_;
  std::string path_;
  Fd fd_;
  Digester digester_;
  std::uint64_t size_ = 0;
};

// How much of `name` is there.
Result<std::uint64_t> staged_size(Rooted& root, const std::string& name);
// Removes the directory with everything in it; to be called when a transfer is complete.
Result<void> clear_staging(Rooted& root);

}  // namespace libre::sync
