#include <doctest/doctest.h>

#include <functional>
#include <optional>

#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

TransferReport push(Bench& bench, const std::vector<std::string>& sources,
                    const std::string& destination) {
  auto report = libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), sources,
                                        destination, nullptr, {});
  if (!report) FAIL(report.error().describe());
  return *report;
}

}  // namespace

TEST_CASE("push and pull put files where the original did") {
  Bench bench;
  put(bench.local() / "x/localfile", "local");
  CHECK(push(bench, {"x/localfile"}, "x/").files_moved == 1);
  CHECK(get(bench.mirror() / "x/localfile") == "local");
  put(bench.mirror() / "y/remotefile", "remote");
  CHECK(pull(bench, {"y/remotefile"}, bench.local() / "y/").files_moved == 1);
  CHECK(get(bench.local() / "y/remotefile") == "remote");
  put(bench.mirror() / "bin/a/b", "1");
  put(bench.mirror() / "bin/c", "2");
  pull(bench, {"bin/"}, bench.local() / "bin/");
  CHECK(get(bench.local() / "bin/a/b") == "1");
  CHECK(get(bench.local() / "bin/c") == "2");
}

TEST_CASE("a destination without a slash is the new name, unless it is a directory") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  push(bench, {"a.py"}, "b.py");
  CHECK(get(bench.mirror() / "b.py") == "a");
  fs::create_directories(bench.mirror() / "dir");
  push(bench, {"a.py"}, "dir");
  CHECK(get(bench.mirror() / "dir/a.py") == "a");
  pull(bench, {"b.py"}, bench.local() / "c.py");
  CHECK(get(bench.local() / "c.py") == "a");
  fs::create_directories(bench.local() / "out");
  pull(bench, {"b.py"}, bench.local() / "out");
  CHECK(get(bench.local() / "out/b.py") == "a");
  pull(bench, {"dir"}, bench.local() / "renamed");
  CHECK(get(bench.local() / "renamed/a.py") == "a");
}

TEST_CASE("wildcards name several files, odd names included") {
  Bench bench;
  put(bench.local() / "a 1.csv", "1");
  put(bench.local() / "a\n2.csv", "2");
  put(bench.local() / "other", "3");
  CHECK(push(bench, {"*.csv"}, "data/").files == 2);
  CHECK(get(bench.mirror() / "data/a\n2.csv") == "2");
  CHECK_FALSE(is_there(bench.mirror() / "data/other"));
  CHECK(pull(bench, {"data/*.csv", "data/a 1.csv"}, bench.local() / "back").files == 2);
  CHECK(get(bench.local() / "back/a 1.csv") == "1");
}

TEST_CASE("what is there and equal does not travel again, in both directions") {
  Bench bench;
  put(bench.local() / "set/a", std::string(300'000, 'a'));
  put(bench.local() / "set/b", "b");
  CHECK(push(bench, {"set"}, "data/").files_moved == 2);
  const auto again = push(bench, {"set"}, "data/");
  CHECK(again.files == 2);
  CHECK(again.files_moved == 0);
  CHECK(again.bytes_moved == 0);
  CHECK(pull(bench, {"data/set"}, bench.local() / "got/").files_moved == 2);
  const auto pulled = pull(bench, {"data/set"}, bench.local() / "got/");
  CHECK(pulled.files_moved == 0);
  CHECK(pulled.bytes_moved == 0);
  CHECK_FALSE(is_there(bench.local() / "got/.re-staging"));
}

TEST_CASE("a sync leaves alone what was pushed") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  put(bench.scratch.path() / "elsewhere/w.bin", "w");
  push(bench, {(bench.scratch.path() / "elsewhere/w.bin").string()}, "weights/");
  bench.sync();
  bench.sync();
  CHECK(get(bench.mirror() / "weights/w.bin") == "w");
}

TEST_CASE("a pushed file replaces our own older one, and keeps somebody else's aside") {
  Bench bench;
  put(bench.local() / "w", "1");
  push(bench, {"w"}, "data/");
  put(bench.local() / "w", "2");
  CHECK(paths_of(push(bench, {"w"}, "data/").notes, Kind::kept_aside).empty());
  put(bench.mirror() / "data/w", "theirs");
  put(bench.local() / "w", "3");
  CHECK(paths_of(push(bench, {"w"}, "data/").notes, Kind::kept_aside) ==
        std::vector<std::string>{"data/w"});
  CHECK(get(bench.mirror() / "data/w") == "3");
}

TEST_CASE("modes and links survive a pull; what lies there as a link is replaced, not followed") {
  Bench bench;
  put(bench.mirror() / "o/run", "r");
  fs::permissions(bench.mirror() / "o/run", fs::perms::owner_all);
  fs::create_symlink("run", bench.mirror() / "o/link");
  put(bench.scratch.path() / "victim", "safe");
  fs::create_directories(bench.local() / "o");
  fs::create_symlink(bench.scratch.path() / "victim", bench.local() / "o/run");
  pull(bench, {"o/"}, bench.local() / "o/");
  CHECK(picture(bench.local() / "o") ==
        std::map<std::string, std::string>{{"run", "x:r"}, {"link", "l:run"}});
  CHECK(get(bench.scratch.path() / "victim") == "safe");
}

TEST_CASE("a pull does not write through a linked directory inside its destination") {
  Bench bench;
  put(bench.mirror() / "o/sub/f", "f");
  fs::create_directories(bench.scratch.path() / "outside");
  fs::create_directories(bench.local() / "o");
  fs::create_directory_symlink(bench.scratch.path() / "outside", bench.local() / "o/sub");
  const auto refused = libre::sync::pull_files(bench.endpoint(), bench.spec, {"o/"},
                                               bench.local() / "o/", nullptr, {});
  CHECK_FALSE(refused);
  CHECK_FALSE(is_there(bench.scratch.path() / "outside/f"));
}

TEST_CASE("paths that lead out are refused with a reason") {
  Bench bench;
  put(bench.local() / "a", "a");
  put(bench.mirror() / "a", "a");
  for (const std::string place : {"../x", "/tmp/x", "a/../../x"}) {
    CAPTURE(place);
    const auto pushed = libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"a"},
                                                place, nullptr, {});
    REQUIRE_FALSE(pushed);
    CHECK(pushed.error().code == Errc::usage);
    const auto pulled = libre::sync::pull_files(bench.endpoint(), bench.spec, {place},
                                                bench.local() / "q", nullptr, {});
    REQUIRE_FALSE(pulled);
    CHECK(pulled.error().code == Errc::usage);
  }
}

TEST_CASE("two pulls of one file into one directory at once both get it whole") {
  Bench bench;
  std::string content;
  for (int i = 0; content.size() < 2'000'000; ++i) content += std::to_string(i);
  put(bench.mirror() / "big", content);
  const auto locks = std::make_shared<libre::sync::MirrorLocks>();
  // The second one runs from beginning to end while the first is in the middle of the file.
  class Second final : public Observer {
   public:
    explicit Second(std::function<Result<TransferReport>()> pull) : pull_(std::move(pull)) {}
    void progress(const Progress& progress) override {
      if (!report && progress.done > 600'000) report = pull_();
    }
    std::optional<Result<TransferReport>> report;
    std::function<Result<TransferReport>()> pull_;
  } second([&] {
    libre::sync::LocalEndpoint endpoint(bench.places(), locks);
    return libre::sync::pull_files(endpoint, bench.spec, {"big"}, bench.local() / "got/", nullptr,
                                   {});
  });
  libre::sync::LocalEndpoint endpoint(bench.places(), locks);
  const auto first =
      libre::sync::pull_files(endpoint, bench.spec, {"big"}, bench.local() / "got/", &second, {});
  REQUIRE(first);
  REQUIRE(second.report);
  REQUIRE(*second.report);
  CHECK(first->files_moved == 1);
  CHECK((*second.report)->files_moved == 1);
  CHECK(picture(bench.local() / "got") ==
        std::map<std::string, std::string>{{"big", "f:" + content}});
}

TEST_CASE("a name that matches nothing is an error that names it") {
  Bench bench;
  fs::create_directories(bench.mirror());
  const auto pulled = libre::sync::pull_files(bench.endpoint(), bench.spec, {"no*.csv"},
                                              bench.local(), nullptr, {});
  REQUIRE_FALSE(pulled);
  CHECK(pulled.error().code == Errc::not_found);
  CHECK(pulled.error().message.find("no*.csv") != std::string::npos);
  CHECK_FALSE(libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"nothing"}, "x",
                                      nullptr, {}));
}

TEST_CASE("a link that somebody made over there is neither written through nor moved away") {
  Bench bench;
  const auto elsewhere = bench.scratch.path() / "big disk";
  fs::create_directories(elsewhere);
  fs::create_directories(bench.mirror());
  fs::create_directory_symlink(elsewhere, bench.mirror() / "data");
  put(bench.local() / "a", "a");
  const auto refused = libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"a"},
                                               "data/", nullptr, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::exists);
  CHECK(refused.error().message.find("data is a link") != std::string::npos);
  CHECK(fs::read_symlink(bench.mirror() / "data") == elsewhere);
  CHECK(fs::is_empty(elsewhere));
  CHECK(push(bench, {"a"}, "other/").files_moved == 1);
}
