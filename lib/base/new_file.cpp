#include "base/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/random.hpp"

namespace libre {
namespace {

constexpr std::size_t gathered_at_most = 64 * 1024;

}  // namespace

Result<NewFile> NewFile::begin(const std::filesystem::path& path, unsigned mode) {
  auto temporary = path.string() + ".tmp-" + random_id(8);
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return system_error("cannot create " + temporary, errno);
  return NewFile(path, std::move(temporary), std::move(fd));
}

NewFile::~NewFile() {
  if (fd_) ::unlink(temporary_.c_str());
}

Result<void> NewFile::add(std::string_view bytes) {
  if (gathered_.size() + bytes.size() > gathered_at_most) {
    LIBRE_CHECK(write(gathered_));
    gathered_.clear();
    if (bytes.size() > gathered_at_most) return write(bytes);
  }
  gathered_ += bytes;
  return {};
}

Result<void> NewFile::write(std::string_view bytes) {
  auto written = write_all(fd_.get(), bytes);
  if (written) return {};
  return std::move(written).error().wrapped("cannot write " + path_.string());
}

Result<void> NewFile::put_in_place(Disk disk) {
  LIBRE_CHECK(write(gathered_));
  const auto failed = [this](const char* what) {
    return system_error(what, errno).wrapped("cannot write " + path_.string());
  };
  if (disk == Disk::now && ::fsync(fd_.get()) != 0) return failed("cannot sync");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed("cannot rename");
  fd_ = Fd();
  return {};
}

}  // namespace libre
