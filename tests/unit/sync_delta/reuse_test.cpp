#include "sync/core/reuse.hpp"

#include <doctest/doctest.h>

#include "base/stream.hpp"

using namespace libre;
using namespace libre::sync;

namespace {

Entry file(const std::string& path, const std::string& content) {
  return {.path = path, .size = content.size(), .digest = digest_of(as_bytes(content))};
}

// "wanted<there" for a copy, "wanted<-there" for a rename.
std::vector<std::string> reuses(std::vector<Entry> wanted, std::vector<Entry> there) {
  const auto a = Tree::make(std::move(wanted)), b = Tree::make(std::move(there));
  REQUIRE(a);
  REQUIRE(b);
  std::vector<std::string> texts;
  for (const auto& reuse : find_reuse(*a, *b))
    texts.push_back((*a)[reuse.wanted].path.str() + (reuse.moves ? "<-" : "<") +
                    (*b)[reuse.there].path.str());
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a renamed file is found by its content") {
  CHECK(reuses({file("new", "x")}, {file("old", "x")}) == Texts{"new<-old"});
}

TEST_CASE("a copied file is found, and its source stays") {
  CHECK(reuses({file("a", "x"), file("b", "x")}, {file("a", "x")}) == Texts{"b<a"});
}

TEST_CASE("a file that is renamed to two names is renamed to one of them only") {
  CHECK(reuses({file("b", "x"), file("c", "x")}, {file("a", "x")}) == Texts{"b<-a", "c<a"});
}

TEST_CASE("equal files that are all renamed each get one of their own") {
  CHECK(reuses({file("n/1", "x"), file("n/2", "x")}, {file("o/1", "x"), file("o/2", "x")}) ==
        Texts{"n/1<-o/1", "n/2<-o/2"});
}

TEST_CASE("two files that change places are renamed both") {
  CHECK(reuses({file("a", "y"), file("b", "x")}, {file("a", "x"), file("b", "y")}) ==
        Texts{"a<-b", "b<-a"});
}

TEST_CASE("a file that is edited while its old content goes elsewhere is no reason to send that") {
  CHECK(reuses({file("a", "new"), file("backup", "old")}, {file("a", "old")}) ==
        Texts{"backup<-a"});
}

TEST_CASE("what is there already, what is nowhere, and what has no bytes is no reuse") {
  CHECK(reuses({file("a", "x")}, {file("a", "x"), file("b", "x")}) == Texts{});
  CHECK(reuses({file("a", "x")}, {file("b", "y")}) == Texts{});
  CHECK(reuses({file("a", "")}, {file("b", "")}) == Texts{});
}

TEST_CASE("unknown digests, other sizes, links and directories are never taken for equal") {
  auto unknown = file("a", "x"), longer = file("a", "x");
  unknown.digest = {};
  longer.size = 2;
  CHECK(reuses({file("b", "x")}, {longer}) == Texts{});
  auto wanted = file("b", "x");
  wanted.digest = {};
  CHECK(reuses({wanted}, {unknown}) == Texts{});
  CHECK(reuses({file("b", "x")}, {{.path = "a", .kind = EntryKind::symlink, .target = "x"},
                                  {.path = "c", .kind = EntryKind::directory}}) == Texts{});
}
