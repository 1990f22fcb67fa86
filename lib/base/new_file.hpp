// A file that is written piece by piece, beside the one that it will replace: what is large need not be in
// memory as a whole. Until it is put in place the old one stays; a NewFile that never is leaves nothing behind.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace libre {

class NewFile {
 public:
  static Result<NewFile> begin(const std::filesystem::path& path, unsigned mode = 0600);
  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  // May be small: they are gathered.
  Result<void> add(std::string_view bytes);

  enum class Disk : bool {
    // Does not wait for it: a loss of power may leave the file torn.
    soon,
    now
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
