// A file that is written piece by piece, beside the one that it will replace: what is large need not be in
// memory as a whole. Until it is put in place the old one stays; a NewFile that never is leaves nothing behind.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace libre {

// Fails as the system does, and says which file it was for. After a failure only the destructor is left to call.
// All functions are for one thread.
class NewFile {
 public:
  // `mode` as for open(2). The directory must be there.
  static Result<NewFile> begin(const std::filesystem::path& path, unsigned mode = 0600);
  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  // May be small: they are gathered.
  Result<void> add(std::string_view bytes);

  enum class Disk : bool {
    soon,  // does not wait for it: a loss of power may leave the file torn
    now    // waits until the bytes are there
  };
  // Once, at the end.
  Result<void> put_in_place(Disk disk);

 private:
  NewFile(std::filesystem::path path, std::string temporary, Fd fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}
  Result<void> write(std::string_view bytes);

  std::filesystem::path path_;
  std::string temporary_;
  Fd fd_;  // none: in its place, or moved from
  std::string gathered_;
};

}  // namespace libre
