// Random projects with random histories of edits, on both sides, and random faults: after every sync
// the mirror holds what the project holds, byte, mode and link, and nobody's work is lost.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <random>
#include <set>

#include "cut_stream.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;

namespace {

using Picture = std::map<std::string, std::string>;

// Names that meet again and again, as files, links and directories.
std::string some_path(Random& random) {
  static const std::vector<std::string> names{"a",  "b.py", "c d", "dir", "ä",
                                              "-x", "dir2", "z\n", "q"};
  std::string path = names[below(random, names.size())];
  while (below(random, 3) == 0) path += "/" + names[below(random, names.size())];
  return path;
}

std::string some_content(Random& random) {
  static const std::size_t sizes[] = {0, 1, 7, 7, 7, 300, 5000, 70'000};
  const auto size = below(random, 40) == 0 ? 1'200'000 : sizes[below(random, std::size(sizes))];
  return std::string(size, static_cast<char>('a' + below(random, 26)));
}

// Changes a piece of a file that is large enough for a delta: another one, one more, one less.
void edit_inside(const fs::path& file, Random& random) {
  if (!fs::is_regular_file(fs::symlink_status(file)) || fs::file_size(file) < 65'536) return;
  auto content = get(file);
  const auto at = below(random, content.size());
  const auto piece = noise(random, below(random, 3000));
  switch (below(random, 4)) {
    case 0:
      content.insert(at, piece);
      break;
    case 1:
      content.erase(at, piece.size());
      break;
    case 2:
      content += content.substr(at, 70'000);  // blocks that are there twice
      break;
    default:
      content.replace(at, piece.size(), piece);
  }
  if (content.size() < 2'000'000) put(file, content);
}

bool has_no_file_above(const fs::path& root, const std::string& path) {
  for (fs::path at = fs::path(path).parent_path(); !at.empty(); at = at.parent_path())
    if (is_there(root / at) && !fs::is_directory(fs::symlink_status(root / at))) return false;
  return true;
}

// Whatever is at `path` makes room. False where something above it is no directory.
bool make_room(const fs::path& root, const std::string& path) {
  if (!has_no_file_above(root, path)) return false;
  fs::remove_all(root / path);
  fs::create_directories((root / path).parent_path());
  return true;
}

// Another content of the same size at the same time: what a careless tool does.
void change_secretly(const fs::path& file) {
  struct ::stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  auto content = get(file);
  if (content.empty()) return;
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
  put(file, content);
  const timespec times[2] = {status.st_atim, status.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

void edit(const fs::path& root, Random& random) {
  const auto path = some_path(random);
  if (!has_no_file_above(root, path)) return;
  const auto file = root / path;
  const auto status = fs::symlink_status(file);
  switch (below(random, 11)) {
    case 9:
    case 10:
      if (below(random, 2) && make_room(root, path))
        put(file, noise(random, 65'536 + below(random, 150'000)));
      else
        edit_inside(file, random);
      return;
    case 0:
      fs::remove_all(file);
      return;
    case 1:
      if (make_room(root, path)) fs::create_directory(file);
      return;
    case 2:
      if (make_room(root, path)) fs::create_symlink(below(random, 2) ? "a" : "../b.py", file);
      return;
    case 3:
      if (fs::is_regular_file(status))
        fs::permissions(file, fs::perms::owner_exec,
                        below(random, 2) ? fs::perm_options::add : fs::perm_options::remove);
      return;
    case 4:
      if (fs::is_regular_file(status)) age(file, static_cast<int>(below(random, 1000)));
      return;
    case 5:
      if (fs::is_regular_file(status)) change_secretly(file);
      return;
    case 6: {
      const auto to = some_path(random);
      const bool inside = (to + "/").starts_with(path + "/") || (path + "/").starts_with(to + "/");
      if (is_there(file) && !inside && make_room(root, to) && is_there(file))
        fs::rename(file, root / to);
      return;
    }
    default:
      if (make_room(root, path)) put(file, some_content(random));
  }
}

constexpr const char* somebodys = "somebody's work ";

// What somebody does in the mirror.
void meddle(const fs::path& mirror, Random& random) {
  const auto path = some_path(random);
  const auto file = mirror / path;
  if (!fs::exists(mirror) || !has_no_file_above(mirror, path)) return;
  const bool is_file = fs::is_regular_file(fs::symlink_status(file));
  switch (below(random, 4)) {
    case 0:
      if (is_file) fs::remove(file);
      return;
    case 1:
      if (below(random, 8) == 0) fs::remove_all(mirror);
      return;
    default:
      if (is_file || !is_there(file)) put(file, somebodys + std::to_string(random()));
  }
}

// All that somebody has written in the mirror, wherever it lies.
std::set<std::string> work_of_others(const Bench& bench) {
  std::set<std::string> contents;
  for (const auto& [path, value] : picture(bench.mirror()))
    if (value.size() > 2 && value.substr(2).starts_with(somebodys))
      contents.insert(value.substr(2));
  return contents;
}

void lose_something(const Bench& bench, Random& random) {
  std::vector<fs::path> files;
  for (const auto& directory : {bench.places().state, bench.local() / ".recompute"})
    if (fs::exists(directory))
      for (const auto& item : fs::recursive_directory_iterator(directory))
        if (item.is_regular_file() && item.path().filename() != "owner")
          files.push_back(item.path());
  if (files.empty()) return;
  const auto& file = files[below(random, files.size())];
  const auto bytes = get(file);
  if (below(random, 3) == 0 || bytes.empty())
    fs::remove(file);
  else if (below(random, 2) == 0)
    put(file, bytes.substr(0, below(random, bytes.size())));
  else {
    auto other = bytes;
    other[below(random, other.size())] ^= 4;
    put(file, other);
  }
}

// A sync over a connection that ends at a random byte.
void sync_with_a_cut(Bench& bench, Random& random) {
  const std::uint64_t budget = below(random, below(random, 2) ? 3000 : 200'000);
  with_cut_connection(bench, budget, [&](libre::sync::Endpoint& endpoint) {
    (void)libre::sync::sync_project(bench.project, endpoint, bench.spec, "bench", {}, nullptr,
                                    {.deadline = Deadline::after(std::chrono::seconds(20))});
  });
}

void check_equal(const Bench& bench) {
  const auto there = picture(bench.mirror());
  for (const auto& [path, value] : code_of(bench.local())) {
    CAPTURE(path);
    // A directory that is empty here may hold somebody's files there.
    if (value == "d")
      CHECK(fs::is_directory(fs::symlink_status(bench.mirror() / path)));
    else if (const auto found = there.find(path); found == there.end())
      FAIL_CHECK("it is missing there");
    else
      CHECK(found->second == value);
  }
}

void one_history(std::uint32_t seed, bool with_faults) {
  CAPTURE(seed);
  Random random(seed);
  Bench bench;
  for (int i = 0; i < 12; ++i) edit(bench.local(), random);
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    const auto edits = below(random, 6);
    for (std::size_t i = 0; i < edits; ++i) edit(bench.local(), random);
    if (with_faults && below(random, 3) == 0) meddle(bench.mirror(), random);
    const auto of_others = work_of_others(bench);
    if (with_faults && below(random, 4) == 0) sync_with_a_cut(bench, random);
    if (with_faults && below(random, 5) == 0) lose_something(bench, random);
    bench.sync();
    check_equal(bench);
    CHECK(work_of_others(bench) == of_others);
    if (!with_faults) CHECK(picture(bench.mirror()) == code_of(bench.local()));
  }
}

}  // namespace

TEST_CASE("after any edits a sync makes the mirror equal to the project") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) one_history(seed, false);
}

TEST_CASE("after any edits on both sides, cuts and lost memories a sync makes the mirror equal") {
  for (std::uint32_t seed = 101; seed <= 114; ++seed) one_history(seed, true);
}
