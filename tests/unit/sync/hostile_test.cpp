// Another side that lies: whatever it says, nothing is written outside the root.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

// An instance that says whatever it likes.
class LyingEndpoint final : public libre::sync::Endpoint {
 public:
  Result<libre::sync::MirrorInfo> find(const libre::sync::MirrorSpec&, const Wait&) override {
    return libre::sync::MirrorInfo{};
  }
  void look_ahead(const libre::sync::MirrorSpec&, const libre::Digest&, const Wait&) override {}
  void copy_ahead(const libre::sync::MirrorSpec&, const std::string&, std::uint64_t,
                  const Wait&) override {}
  Result<libre::sync::Applied> update(const libre::sync::MirrorSpec&,
                                      const libre::sync::Difference&, std::string_view,
                                      const Wait&) override {
    return libre::sync::Applied{};
  }
  Result<libre::sync::Offered> offer(const libre::sync::MirrorSpec&, const libre::sync::Tree&,
                                     const libre::sync::OfferOptions&, const Wait&) override {
    return libre::sync::Offered{};
  }
  Result<libre::sync::Offered> offer_changes(const libre::sync::MirrorSpec&,
                                             const libre::sync::Difference&,
                                             const libre::sync::Tree&, const Wait&) override {
    return libre::sync::Offered{};
  }
  Result<libre::sync::BlockList> blocks(const libre::sync::MirrorSpec&, const std::string&,
                                        const Wait&) override {
    return libre::sync::BlockList{};
  }
  Result<libre::sync::Applied> supply(libre::sync::ContentSource&, const Wait&) override {
    return libre::sync::Applied{};
  }
  Result<libre::sync::Listing> list(const libre::sync::ListRequest&, const Wait&) override {
    return listing;
  }
  Result<void> read(const libre::sync::MirrorSpec&, const std::vector<libre::sync::ReadItem>& items,
                    const libre::sync::ContentSink& sink, const Wait&) override {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (before_piece) before_piece();
      LIBRE_CHECK(sink({.bytes = content}));
      LIBRE_CHECK(sink({.is_end = true, .end = {.digest = digest_of(as_bytes(content))}}));
    }
    return {};
  }
  libre::sync::Listing listing;
  std::string content = "evil";
  std::function<void()> before_piece;
};

}  // namespace

TEST_CASE("a hostile listing cannot write outside the target of a pull") {
  Scratch scratch;
  const auto target = scratch.path() / "in/target";
  fs::create_directories(scratch.path() / "out");
  LyingEndpoint liar;
  // More than announced.
  liar.listing.tree = *libre::sync::Tree::make({{.path = "a", .size = 2}});
  liar.listing.matches = {{0, "a", false}};
  CHECK(libre::sync::pull_files(liar, {}, {"a"}, target / "", nullptr, {}).error().code ==
        Errc::protocol);
  CHECK_FALSE(is_there(target / "a"));
  // A match that is "..", with a directory's contents.
  liar.listing.tree = *libre::sync::Tree::make({{.path = "x/a", .size = 4}});
  liar.listing.matches = {{0, "x/..", true}};
  (void)libre::sync::pull_files(liar, {}, {"x"}, target / "", nullptr, {});
  CHECK_FALSE(is_there(scratch.path() / "in/a"));
  // The directory becomes a link between the listing and the content.
  liar.listing.matches = {{0, "x", true}};
  liar.before_piece = [&] {
    fs::remove_all(target / "x");
    fs::create_directory_symlink(scratch.path() / "out", target / "x");
  };
  CHECK_FALSE(libre::sync::pull_files(liar, {}, {"x"}, target / "", nullptr, {}));
  CHECK(fs::is_empty(scratch.path() / "out"));
}

TEST_CASE("no path leads out of a rooted directory") {
  Scratch scratch;
  put(scratch.path() / "out/secret", "s");
  fs::create_directories(scratch.path() / "in/d");
  fs::create_directory_symlink("../out", scratch.path() / "in/link");
  auto root = libre::sync::Rooted::open(scratch.path() / "in");
  REQUIRE(root);
  for (const std::string path : {"../out/secret", "/etc/passwd", "link/secret",
                                 "d/../../out/secret", "", ".", "..", "d/.."}) {
    CAPTURE(path);
    CHECK_FALSE(root->open_file(path));
    CHECK_FALSE(root->open_for_append(path));
    CHECK_FALSE(root->make_link("x", path));
    CHECK_FALSE(root->remove_file(path));
    CHECK_FALSE(root->set_attributes(path, true, 0));
    CHECK_FALSE(root->rename("d", path));
  }
  REQUIRE(root->make_directory("d/e"));
  REQUIRE(root->look("d/e/f"));
  // A directory that is open already and then swapped for a link stays inside.
  fs::rename(scratch.path() / "in/d", scratch.path() / "in/moved");
  fs::create_directory_symlink("../out", scratch.path() / "in/d");
  (void)root->remove_file("d/secret");
  (void)root->open_for_append("d/new");
  CHECK(get(scratch.path() / "out/secret") == "s");
  CHECK_FALSE(is_there(scratch.path() / "out/new"));
}
