// The kernel's news about directories: inotify(7), one watch a directory. Decides nothing.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "sync/watch/sign.hpp"

namespace libre::sync {

class Inotify {
 public:
  // Errors: Errc::unsupported where there is none to be had; its hint names the limit that is reached.
  static Result<Inotify> open(const std::filesystem::path& root);

  int fd() const { return fd_.get(); }  // readable where there are signs

  // A round of naming the directories: those that a round does not name are watched no more at its end.
  void begin_round() { named_.clear(); }
  // Watches a directory from now on; one that is gone, or a link, is passed over. Errc::unsupported
  // as above.
  Result<void> watch(const std::string& path);
  void end_round();

  // What has happened since the last call; does not block.
  std::vector<Sign> take();

 private:
  Inotify(std::filesystem::path root, Fd fd) : root_(std::move(root)), fd_(std::move(fd)) {}
  std::filesystem::path root_;
  Fd fd_;
  std::map<int, std::string> directories_;  // by watch descriptor
  std::set<int> named_;
};

}  // namespace libre::sync
