// What a sync of very many files holds for each of them. A field more in one of these structures is 10 MB with
// 100,000 files on a machine that belongs to others.
#include <doctest/doctest.h>
#include <malloc.h>

#include <string>

#include "sync/core/difference.hpp"
#include "sync/core/plan.hpp"

#ifdef __SANITIZE_ADDRESS__
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

using namespace libre;
using namespace libre::sync;

namespace {

constexpr std::size_t files = 10'000;
constexpr std::size_t path_size = 24;  // "directory000/module00.py"

std::size_t allocated() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
#endif
}

template <class Make>
std::size_t bytes_for_each(Make make) {
  const auto before = allocated();
  make();
  return (allocated() - before) / files;
}

std::string path_of(std::size_t i) {
  const auto directory = std::to_string(1000 + i / 100), name = std::to_string(100 + i % 100);
  return "directory" + directory.substr(1) + "/module" + name.substr(1) + ".py";
}

std::vector<Entry> some_entries() {
  std::vector<Entry> entries;
  entries.reserve(files);
  for (std::size_t i = 0; i < files; ++i) entries.push_back({.path = path_of(i), .size = i});
  return entries;
}

}  // namespace

TEST_CASE("a file of a tree takes 60 bytes and those of its path, in another tree only the 60") {
  REQUIRE(path_of(0).size() == path_size);
  std::shared_ptr<const KnownTree> before, after;
  CHECK(bytes_for_each([&] {
          before = std::make_shared<const KnownTree>(known(*Tree::make(some_entries())));
        }) <= 60 + path_size + 24);
  auto entries = before->tree.entries();
  entries[files / 2].size = 7;
  const auto change = difference(*before, known(*Tree::make(std::move(entries))));
  CHECK(bytes_for_each([&] { after = *patched(before, change); }) <= 60);
  CHECK(after->tree.size() == files);
}

TEST_CASE(
    "what is remembered of a file and seen of it takes 200 bytes, in whatever order it comes") {
  const auto tree = *Tree::make(some_entries());
  for (const bool directories_first : {false, true}) {
    Manifest manifest;
    Present present;
    CHECK(bytes_for_each([&] {
            if (directories_first)
              for (std::size_t i = 0; i < files; i += 100)
                manifest.put(parent_of(tree[i].path), {.kind = EntryKind::directory});
            for (const auto& entry : tree.entries()) {
              manifest.put(entry.path, {.size = entry.size});
              present.put(entry.path, {});
            }
          }) <= 200);
    CHECK(present.size() == files);
  }
}
