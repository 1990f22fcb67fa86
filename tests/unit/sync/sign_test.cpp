#include "sync/watch/sign.hpp"

#include <doctest/doctest.h>

using libre::sync::Sign;
using SignKind = Sign::Kind;

namespace {

// "changed look at_once", of those what is so.
std::string meaning(SignKind kind, const std::string& path, bool is_directory = false) {
  const auto meaning =
      libre::sync::meaning_of({kind, path, is_directory}, {".gitignore", "a.py", "sub/b.py"});
  return std::string(meaning.changed ? "changed " : "") + (meaning.look ? "look " : "") +
         (meaning.at_once ? "at_once " : "");
}

}  // namespace

TEST_CASE("a sign of a selected file is a change, and where it went the selection is another") {
  CHECK(meaning(SignKind::content, "sub/b.py") == "changed ");
  CHECK(meaning(SignKind::came, "a.py") == "changed ");
  CHECK(meaning(SignKind::went, "a.py") == "changed look ");
}

TEST_CASE("a sign of another name asks for a look, but not where it is only written to") {
  CHECK(meaning(SignKind::came, "sub/a.py") == "look ");
  CHECK(meaning(SignKind::went, "x.log") == "look ");
  CHECK(meaning(SignKind::content, "x.log") == "");
}

TEST_CASE("a directory that comes is looked at before anything else happens in it") {
  CHECK(meaning(SignKind::came, "new", true) == "look at_once ");
  CHECK(meaning(SignKind::went, "sub", true) == "look ");
  CHECK(meaning(SignKind::content, "sub", true) == "look ");
  CHECK(meaning(SignKind::overflow, "") == "changed look at_once ");
}

TEST_CASE("files that decide what is selected ask for a look, our own state for nothing") {
  CHECK(meaning(SignKind::content, ".gitignore") == "changed look ");
  CHECK(meaning(SignKind::content, "other/.gitignore") == "look ");
  CHECK(meaning(SignKind::came, ".recompute/include") == "changed look ");
  CHECK(meaning(SignKind::content, ".recompute/exclude") == "changed look ");
  CHECK(meaning(SignKind::content, ".recompute/config") == "changed look ");
  CHECK(meaning(SignKind::came, ".recompute/memory-gpu1") == "");
  CHECK(meaning(SignKind::went, ".recompute/rsync.db.tmp") == "");
}
