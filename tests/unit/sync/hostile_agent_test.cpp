// Attacks of an instance on whoever pulls from it or brings a project to it: what was mended in rsync
// 3.2.5 to 3.5.0, and the like. Nothing is written but what was asked for, and nothing is given away.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <limits>
#include <random>

#include "hostile.hpp"
#include "sync/delta/block_list.hpp"
#include "sync/messages.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

struct Match {
  std::string path{};
  bool directory = false;
  std::uint64_t pattern = 0;
};

std::string raw_listing(const std::vector<Match>& matches, const std::string& tree) {
  libre::sync::ByteWriter out;
  out.number(matches.size());
  for (const auto& match : matches) {
    out.number(match.pattern);
    out.text(match.path);
    out.byte(match.directory ? 1 : 0);
  }
  out.number(0);  // notes
  out.raw(tree);
  return out.take();
}

// A pull of "results" to a directory that has something of its own, from an agent that says this.
struct Attack {
  Scratch scratch;
  fs::path target = scratch.path() / "laptop/project";
  fs::path outside = scratch.path() / "laptop/home";
  HostileAgent agent;
  std::map<std::string, std::string> before;
  Attack() {
    put(target / "results/mine", "mine");
    put(outside / ".bashrc", "rc");
    before = picture(scratch.path());
  }
  Result<TransferReport> pull(const std::string& listing, const std::string& stream = {}) {
    agent.answer("sync.list", listing);
    agent.answer("sync.read", std::string(1, '\0') + stream);
    return libre::sync::pull_files(agent.endpoint(), {}, {"results"}, target / "", nullptr,
                                   {.deadline = Deadline::after(std::chrono::minutes(5))});
  }
  void check_unharmed() const { CHECK(picture(scratch.path()) == before); }
};

std::string file_with(const std::string& content) {
  std::string stream;
  libre::sync::append_chunk(stream, content);
  libre::sync::append_end(stream, {.digest = digest_of(as_bytes(content))});
  return stream;
}

}  // namespace

TEST_CASE("a file that the instance offers unasked is refused (CVE-2022-29154)") {
  for (const std::string path : {".bashrc", "other", "results2", "result", "sub/results", ""}) {
    CAPTURE(path);
    Attack attack;
    const auto name = path.empty() ? std::string(".bashrc") : path;
    const auto pulled =
        attack.pull(raw_listing({{path, path.empty()}}, raw_tree({{.path = name, .size = 4}})),
                    file_with("evil"));
    REQUIRE_FALSE(pulled);
    CHECK(pulled.error().code == Errc::protocol);
    attack.check_unharmed();
  }
}

TEST_CASE("what lies beside a match in the instance's list is not taken") {
  Attack attack;
  const auto pulled = attack.pull(
      raw_listing({{"results", true}},
                  raw_tree({{.path = ".bashrc", .size = 4}, {.path = "results/new", .size = 4}})),
      file_with("good"));
  REQUIRE(pulled);
  CHECK(pulled->files == 1);
  CHECK(get(attack.target / "results/new") == "good");
  CHECK_FALSE(is_there(attack.target / ".bashrc"));
}

TEST_CASE(
    "an instance's list with paths that lead out is refused (CVE-2024-12087, CVE-2026-53785)") {
  for (const std::string& path :
       {std::string("results/../../home/.bashrc"), std::string("/etc/passwd"),
        std::string("results//x"), std::string("results/."), std::string("results/\0x", 10),
        std::string("results/") + std::string(300, 'x')}) {
    CAPTURE(path);
    Attack attack;
    CHECK_FALSE(attack.pull(raw_listing({{"results", true}}, raw_tree({{.path = path, .size = 4}})),
                            file_with("evil")));
    attack.check_unharmed();
  }
  for (const std::string path : {"../home", "results/..", "/", "results/../../home"}) {
    CAPTURE(path);
    Attack attack;
    CHECK_FALSE(attack.pull(raw_listing({{path, true}}, raw_tree({{.path = "x", .size = 4}})),
                            file_with("evil")));
    attack.check_unharmed();
  }
}

TEST_CASE("a link and a file behind it in one list are refused (CVE-2024-12087)") {
  Attack attack;
  const auto tree = raw_tree({{.flags = 3, .path = "results/link", .target = "../../home"},
                              {.path = "results/link/.bashrc", .size = 4}});
  CHECK_FALSE(attack.pull(raw_listing({{"results", true}}, tree), file_with("evil")));
  attack.check_unharmed();
}

TEST_CASE("a link that leads out is said, and no file goes through it (CVE-2024-12088)") {
  Attack attack;
  const auto tree = raw_tree({{.flags = 3, .path = "results/link", .target = "../../home"}});
  const auto pulled = attack.pull(raw_listing({{"results", true}}, tree));
  REQUIRE(pulled);
  CHECK(paths_of(pulled->notes, Kind::outside_link) == std::vector<std::string>{"results/link"});
  // The next time it is a directory over there.
  HostileAgent again;
  again.answer("sync.list", raw_listing({{"results", true}},
                                        raw_tree({{.path = "results/link/.bashrc", .size = 4}})));
  again.answer("sync.read", std::string(1, '\0') + file_with("evil"));
  CHECK_FALSE(
      libre::sync::pull_files(again.endpoint(), {}, {"results"}, attack.target / "", nullptr, {}));
  CHECK(get(attack.outside / ".bashrc") == "rc");
}

TEST_CASE("an instance's list that contradicts itself, or is cut, is refused (CVE-2026-70459)") {
  const auto file = RawEntry{.path = "results/x", .size = 4};
  const std::vector<std::string> trees{
      raw_tree({file, file}),
      raw_tree({file, {.path = "results/x/y"}}),
      raw_tree({{.flags = 7, .path = "results/x"}}),
      raw_tree({file}, 2),
      raw_tree({file}, huge),
      raw_tree({file}) + "x",
      "RT1",
      "",
  };
  for (std::size_t i = 0; i < trees.size(); ++i) {
    CAPTURE(i);
    Attack attack;
    CHECK_FALSE(attack.pull(raw_listing({{"results", true}}, trees[i]), file_with("evil")));
    attack.check_unharmed();
  }
  Attack attack;
  CHECK_FALSE(attack.pull(raw_listing({{"results", true, 1}}, raw_tree({file}))));
  attack.check_unharmed();
}

TEST_CASE("more of a file, or more files, than were announced are refused (CVE-2026-43620)") {
  const auto listing =
      raw_listing({{"results", true}}, raw_tree({{.path = "results/new", .size = 4}}));
  for (const auto& stream : {file_with("more than four"), file_with("four") + file_with("five")}) {
    Attack attack;
    const auto pulled = attack.pull(listing, stream);
    REQUIRE_FALSE(pulled);
    CHECK(pulled.error().code == Errc::protocol);
    CHECK(get(attack.target / "results/mine") == "mine");
    CHECK(get(attack.target / "results/new") != "more than four");
  }
  Attack fewer;
  CHECK_FALSE(fewer.pull(listing));
  CHECK_FALSE(is_there(fewer.target / "results/new"));
}

TEST_CASE("a pulled content that is not what its end says gets no name") {
  Attack attack;
  auto stream = file_with("four");
  stream.back() = static_cast<char>(stream.back() ^ 1);
  const auto pulled = attack.pull(
      raw_listing({{"results", true}}, raw_tree({{.path = "results/mine", .size = 4}})), stream);
  REQUIRE(pulled);
  CHECK(pulled->files_moved == 0);
  CHECK(paths_of(pulled->notes, Kind::vanished) == std::vector<std::string>{"results/mine"});
  CHECK(get(attack.target / "results/mine") == "mine");
}

TEST_CASE("copies where no list of blocks was sent, or beyond the old file, are refused") {
  for (const bool has_old : {false, true})
    for (const libre::sync::CopyRange copy :
         {libre::sync::CopyRange{0, 200'000}, {huge, 1}, {1, huge}, {99'999, 2}}) {
      CAPTURE(has_old);
      CAPTURE(copy.offset);
      Attack attack;
      if (has_old) put(attack.target / "results/new", std::string(100'000, 'o'));
      std::string stream;
      libre::sync::append_copy(stream, copy);
      libre::sync::append_end(stream, {});
      const auto pulled = attack.pull(
          raw_listing({{"results", true}}, raw_tree({{.path = "results/new", .size = 300'000}})),
          stream);
      REQUIRE_FALSE(pulled);
      CHECK(pulled.error().code == Errc::protocol);
      CHECK(get(attack.target / "results/new") == (has_old ? std::string(100'000, 'o') : ""));
    }
}

TEST_CASE(
    "of files here an instance learns only the blocks of what it is asked to replace "
    "(CVE-2024-12086)") {
  Attack attack;
  put(attack.target / "results/link target", std::string(100'000, 't'));
  put(attack.outside / "secret", std::string(100'000, 's'));
  fs::create_symlink(attack.outside / "secret", attack.target / "results/secret");
  const auto listing =
      raw_listing({{"results", true}}, raw_tree({{.path = "results/mine", .size = 100'000},
                                                 {.path = "results/secret", .size = 100'000}}));
  put(attack.target / "results/mine", std::string(100'000, 'm'));
  CHECK_FALSE(attack.pull(listing));
  const auto items = libre::sync::decode_items(attack.agent.asked("sync.read"));
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  CHECK((*items)[0].old.size == 100'000);
  CHECK((*items)[1].old.size == 0);  // behind the link nobody looked
}

TEST_CASE("needs for what is in no list, or beyond it, are refused (CVE-2025-10158)") {
  const auto tree = libre::sync::Tree::make(
      {{.path = "a", .size = 10}, {.path = "b", .kind = libre::sync::EntryKind::directory}});
  REQUIRE(tree);
  struct RawNeed {
    std::uint64_t step, offset;
  };
  const auto offered = [](const std::vector<RawNeed>& needs, std::uint64_t count) {
    libre::sync::ByteWriter out;
    out.byte(0);
    out.number(0);
    out.number(count);
    for (const auto& need : needs) {
      out.number(need.step * 2);
      out.number(need.offset);
    }
    out.number(0);
    return out.take();
  };
  CHECK(libre::sync::decode_offered(offered({{0, 10}}, 1), *tree));
  CHECK_FALSE(libre::sync::decode_offered(offered({{0, 11}}, 1), *tree));  // beyond the file
  CHECK_FALSE(libre::sync::decode_offered(offered({{1, 0}}, 1), *tree));   // a directory
  CHECK_FALSE(libre::sync::decode_offered(offered({{2, 0}}, 1), *tree));   // nothing
  CHECK_FALSE(libre::sync::decode_offered(offered({{huge / 2, 0}}, 1), *tree));
  CHECK_FALSE(libre::sync::decode_offered(offered({{0, 0}, {0, 0}}, 2), *tree));  // twice
  CHECK_FALSE(libre::sync::decode_offered(offered({{0, 0}, {huge / 2, 0}}, 2), *tree));
  CHECK_FALSE(libre::sync::decode_offered(offered({{0, 0}}, huge), *tree));
}

TEST_CASE("an answer that comes in pieces says what it says as a whole, wherever it is cut") {
  libre::sync::Applied applied{.files = 300, .deleted = 2, .wrong = 1};
  for (int i = 0; i < 300; ++i)
    applied.notes.push_back({SyncNote::Kind::sent, std::string(static_cast<std::size_t>(i), 'p'),
                             i % 7 == 0 ? "detail" : ""});
  const auto bytes = encode(applied);
  for (const std::size_t size : {1, 2, 3, 100, 4096, 1'000'000}) {
    libre::sync::AppliedReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += size)
      REQUIRE(reader.add(std::string_view(bytes).substr(at, size)));
    const auto read = reader.finish();
    REQUIRE(read);
    CHECK(encode(*read) == bytes);
  }
}

TEST_CASE(
    "an answer in pieces that is cut short, goes on, or never ends its first note is refused") {
  const auto bytes = encode(libre::sync::Applied{.notes = {{SyncNote::Kind::sent, "a", "b"}}});
  libre::sync::AppliedReader shorter, longer, endless;
  REQUIRE(shorter.add(std::string_view(bytes).substr(0, bytes.size() - 1)));
  CHECK_FALSE(shorter.finish());
  REQUIRE(longer.add(bytes));
  CHECK_FALSE(longer.add("x"));
  libre::sync::ByteWriter begin;
  for (const std::uint64_t number : {0, 0, 0, 5, 0, 60'000}) begin.number(number);
  REQUIRE(endless.add(begin.bytes()));
  Result<void> taken;
  int pieces = 0;
  for (; taken && pieces < 100; ++pieces) taken = endless.add(std::string(10'000, '\xff'));
  CHECK(pieces < 20);
}

TEST_CASE("what is remarked without end, or of no known kind, is refused") {
  libre::sync::ByteWriter many;
  for (int i = 0; i < 3; ++i) many.number(0);
  many.number(huge);
  CHECK_FALSE(libre::sync::decode_applied(many.take()));
  libre::sync::ByteWriter strange;
  for (int i = 0; i < 3; ++i) strange.number(0);
  strange.number(1);
  strange.byte(200);
  strange.text("path");
  strange.text("detail");
  CHECK_FALSE(libre::sync::decode_applied(strange.take()));
}

TEST_CASE(
    "a directory here that becomes a link and back all the time leads no pull out of it "
    "(CVE-2026-53796, CVE-2026-43619)") {
  Bench bench;
  std::mt19937 random(2);
  const auto trap = bench.scratch.path() / "trap";
  put(trap / "0", "secret");
  put(trap / "large", "secret");
  const auto before = picture(trap);
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    fs::create_directories(bench.local() / "got/dir");
    for (int i = 0; i < 4; ++i) put(bench.mirror() / "dir" / std::to_string(i), noise(random, 100));
    put(bench.mirror() / "dir/large", noise(random, 100'000));
    {
      Flipper flipper(bench.local() / "got/dir", trap);
      for (int i = 0; i < 3; ++i)
        (void)libre::sync::pull_files(bench.endpoint(), bench.spec, {"dir"}, bench.local() / "got/",
                                      nullptr, {});
    }
    REQUIRE(picture(trap) == before);
  }
}

TEST_CASE("pipes here are replaced by what is pulled, and pipes there are skipped") {
  Bench bench;
  put(bench.mirror() / "d/file", "content");
  REQUIRE(::mkfifo((bench.mirror() / "d/pipe").c_str(), 0600) == 0);
  fs::create_directories(bench.local() / "d");
  REQUIRE(::mkfifo((bench.local() / "d/file").c_str(), 0600) == 0);
  const auto report =
      libre::sync::pull_files(bench.endpoint(), bench.spec, {"d"}, bench.local() / "", nullptr, {});
  REQUIRE(report);
  CHECK(paths_of(report->notes, Kind::special) == std::vector<std::string>{"d/pipe"});
  CHECK(picture(bench.local() / "d") == std::map<std::string, std::string>{{"file", "f:content"}});
}

TEST_CASE("a file here that is a hard link to another one is replaced, not written into") {
  Bench bench;
  std::mt19937 random(3);
  put(bench.scratch.path() / "victim", std::string(100'000, 'v'));
  fs::create_hard_link(bench.scratch.path() / "victim", bench.local() / "file");
  put(bench.mirror() / "file", std::string(100'000, 'v') + "more");
  REQUIRE(libre::sync::pull_files(bench.endpoint(), bench.spec, {"file"}, bench.local() / "",
                                  nullptr, {}));
  CHECK(get(bench.local() / "file").size() == 100'004);
  CHECK(get(bench.scratch.path() / "victim") == std::string(100'000, 'v'));
}

TEST_CASE("no pulled file runs as somebody else: only 'executable' is taken from over there") {
  Bench bench;
  put(bench.mirror() / "tool", "t");
  REQUIRE(::chmod((bench.mirror() / "tool").c_str(), 06777) == 0);
  REQUIRE(libre::sync::pull_files(bench.endpoint(), bench.spec, {"tool"}, bench.local() / "",
                                  nullptr, {}));
  struct ::stat status {};
  REQUIRE(::stat((bench.local() / "tool").c_str(), &status) == 0);
  CHECK((status.st_mode & 07000) == 0);
  CHECK((status.st_mode & 0100) != 0);
}
