#include "base/files.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/new_file.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::size_t entries_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {}));
}

// While it lives no file of this process may grow beyond `bytes`: a disk that is full.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a file is written whole, with the mode asked for, and read back") {
  const test::TemporaryDirectory directory;
  std::string content(200'000, 'a');
  content[5] = '\0';
  REQUIRE(write_file_atomic(directory / "file", content, 0640));
  const auto back = read_file(directory / "file");
  REQUIRE(back);
  CHECK((*back == content));
  CHECK((mode_of(directory / "file") & 0777) == 0640);
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("a write that fails leaves the old file and nothing else") {
  const test::TemporaryDirectory directory;
  REQUIRE(write_file_atomic(directory / "file", "old"));
  const auto written = [&] {
    const SmallFiles full(1000);
    return write_file_atomic(directory / "file", std::string(5000, 'n'));
  }();
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("file") != std::string::npos);
  CHECK(*read_file(directory / "file") == "old");
  CHECK(entries_in(directory.path()) == 1);

  fs::create_directory(directory / "folder");
  CHECK_FALSE(write_file_atomic(directory / "folder", "x"));
  CHECK(fs::is_directory(directory / "folder"));
  CHECK(entries_in(directory.path()) == 2);
}

TEST_CASE("reading says what is not there and what is too large") {
  const test::TemporaryDirectory directory;
  const auto absent = read_file(directory / "absent");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == Errc::not_found);
  CHECK(absent.error().message.find("absent") != std::string::npos);
  REQUIRE(write_file_atomic(directory / "file", "12345"));
  CHECK(read_file(directory / "file", 5));
  CHECK_FALSE(read_file(directory / "file", 4));
}

TEST_CASE("directories are made with their parents, and a file in the way is an error") {
  const test::TemporaryDirectory directory;
  REQUIRE(make_directories(directory / "a/b/c"));
  CHECK(fs::is_directory(directory / "a/b/c"));
  CHECK(make_directories(directory / "a/b/c"));
  REQUIRE(write_file_atomic(directory / "file", ""));
  CHECK_FALSE(make_directories(directory / "file"));
  CHECK_FALSE(make_directories(directory / "file/below"));
}

TEST_CASE(
    "a private directory is made closed, closed again where it was open, and refused where it is "
    "not ours") {
  const test::TemporaryDirectory directory;
  REQUIRE(make_private_directory(directory / "new"));
  CHECK(mode_of(directory / "new") == 0700);

  fs::create_directory(directory / "open");
  REQUIRE(::chmod((directory / "open").c_str(), 0777) == 0);
  REQUIRE(make_private_directory(directory / "open"));
  CHECK(mode_of(directory / "open") == 0700);

  fs::create_directory_symlink(directory / "new", directory / "link");
  const auto link = make_private_directory(directory / "link");
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::denied);

  // As root we can give one away; as anybody else "/" belongs to somebody else already.
  fs::path theirs = "/";
  if (::geteuid() == 0) {
    theirs = directory / "theirs";
    fs::create_directory(theirs);
    REQUIRE(::chown(theirs.c_str(), 12345, 12345) == 0);
  }
  const auto refused = make_private_directory(theirs);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::denied);
}

TEST_CASE("a lock is held once, until its descriptor closes") {
  const test::TemporaryDirectory directory;
  auto held = lock_file(directory / "lock");
  REQUIRE(held);
  const auto second = lock_file(directory / "lock");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::exists);
  held->reset();
  CHECK(lock_file(directory / "lock"));
}

namespace {

struct OldFile {
  test::TemporaryDirectory scratch{};
  std::filesystem::path path = scratch.path() / "file";
  OldFile() { REQUIRE(write_file_atomic(path, "old")); }
};

}  // namespace

TEST_CASE("a new file that comes in pieces replaces the old one at its end, and not before") {
  const OldFile old;
  const std::string piece(50'000, 'x');
  auto file = NewFile::begin(old.path);
  REQUIRE(file);
  for (int i = 0; i < 5; ++i) REQUIRE(file->add(piece));
  CHECK(read_file(old.path).value() == "old");
  REQUIRE(file->put_in_place(NewFile::Disk::now));
  CHECK(read_file(old.path).value().size() == 5 * piece.size());
  CHECK(entries_in(old.scratch.path()) == 1);
}

TEST_CASE(
    "a new file that cannot be written, or is given up, leaves the old one and nothing else") {
  const OldFile old;
  const std::string piece(70'000, 'x');
  {
    auto file = NewFile::begin(old.path);
    REQUIRE(file);
    REQUIRE(file->add(piece));
    CHECK(entries_in(old.scratch.path()) == 2);
    const SmallFiles full(piece.size() + 1000);
    CHECK_FALSE(file->add(piece));
  }
  CHECK(read_file(old.path).value() == "old");
  CHECK(entries_in(old.scratch.path()) == 1);
}
