// Attacks of a client on the instance: what was mended in rsync 3.4.0 to 3.5.0, and the like, as far as it
// could be here. Whatever comes, nothing outside the mirror is read or written, and the agent serves on.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <limits>
#include <random>

#include "hostile.hpp"
#include "sync/messages.hpp"
#include "sync/staging.hpp"
#include "sync/tree_memory.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

// What lies beside the mirror, and must be as it was.
struct Scene {
  Bench bench;
  HostileClient client{bench};
  std::map<std::string, std::string> outside_before;
  Scene() {
    put(bench.local() / "a", "a");
    put(bench.local() / "dir/file", "f");
    bench.sync();
    put(outside() / "secret", "secret");
    outside_before = picture(outside());
  }
  fs::path outside() const { return bench.scratch.path() / "home/outside"; }

  Result<std::string> offer(const std::string& tree) {
    return client.ask("sync.offer", to_json(libre::sync::OfferRequest{bench.spec, {}}), tree);
  }
  Result<std::string> supply(const std::string& batch) {
    auto& connection = client.connection();
    LIBRE_TRY(const auto call, connection.send("sync.supply", {.more = true}, {}));
    LIBRE_CHECK(connection.send_data(call, batch, {}));
    LIBRE_CHECK(connection.end_data(call, {}));
    std::string answer;
    LIBRE_CHECK(connection.wait_reply(call, {}, [&](const auto&, const auto& piece) {
      answer += piece;
      return Result<void>();
    }));
    return answer;
  }
  Result<std::string> read(const libre::sync::ReadItem& item) {
    return client.ask("sync.read", to_json(bench.spec),
                      encode(std::vector<libre::sync::ReadItem>{item}));
  }

  // Nothing outside has changed, and the next honest sync makes the mirror what it should be.
  void check_unharmed() {
    CHECK(picture(outside()) == outside_before);
    CHECK(client.ask("sync.find", to_json(bench.spec), {}));
    bench.sync();
    CHECK(get(bench.mirror() / "a") == get(bench.local() / "a"));
    CHECK(get(bench.mirror() / "dir/file") == get(bench.local() / "dir/file"));
  }
};

template <class T>
void check_refused(const Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::protocol);
}

std::string batch_of(const std::string& stream) { return std::string(1, '\0') + stream; }

}  // namespace

TEST_CASE("a client's list of files with paths that lead out is refused (CVE-2024-12087)") {
  Scene scene;
  for (const std::string& path :
       {std::string("../outside/new"), std::string("/etc/passwd"), std::string("dir/../../x"),
        std::string(), std::string("."), std::string(".."), std::string("dir//file"),
        std::string("dir/"), std::string("/"), std::string("./a"), std::string("a\0b", 3),
        std::string(300, 'x'), std::string(5000, 'x')}) {
    CAPTURE(path);
    check_refused(scene.offer(raw_tree({{.path = path, .size = 1}})));
    check_refused(scene.offer(raw_tree({{.flags = 2, .path = path}})));
    check_refused(scene.read({.path = path}));
  }
  scene.check_unharmed();
}

TEST_CASE("a client's list of files that contradicts itself is refused (CVE-2026-70459)") {
  Scene scene;
  check_refused(scene.offer(raw_tree({{.path = "x"}, {.path = "x"}})));
  check_refused(scene.offer(raw_tree({{.path = "x"}, {.path = "x/inside a file"}})));
  check_refused(
      scene.offer(raw_tree({{.flags = 3, .path = "x", .target = "../outside"}, {.path = "x/f"}})));
  for (const unsigned flags : {0u, 5u, 6u, 7u, 16u, 255u})
    check_refused(scene.offer(raw_tree({{.flags = flags, .path = "x"}})));
  check_refused(scene.offer(raw_tree({{.flags = 3, .path = "x", .target = ""}})));
  check_refused(
      scene.offer(raw_tree({{.flags = 3, .path = "x", .target = std::string("a\0b", 3)}})));
  CHECK(scene.offer(raw_tree({{.path = "z"}, {.path = "b"}})));  // another order is no harm
  scene.check_unharmed();
}

// Each entry takes over the beginning of the one before: 100,000 more of 6 bytes would take 100 GB.
TEST_CASE("a list of files that makes its paths longer and longer is refused at once") {
  Scene scene;
  std::vector<RawEntry> entries;
  for (std::uint64_t i = 0; i < 20; ++i)
    entries.push_back({.path = std::string(4000, 'x'), .shared = i * 4000});
  const auto answer = scene.offer(raw_tree(entries));
  check_refused(answer);
  CHECK(answer.error().message == "a list of files is damaged");  // not when all were read
  scene.check_unharmed();
}

TEST_CASE("changes that lead from or to another tree are refused, and nothing is done") {
  Scene scene;
  const auto offer = [&](const libre::sync::MirrorSpec& spec, const std::string& changes) {
    const auto answer = scene.client.ask("sync.changes", to_json(spec), changes);
    return answer ? Errc::internal : answer.error().code;
  };
  libre::sync::Difference change{.removed = {"a"}};
  CHECK(offer(scene.bench.spec, encode(change)) ==
        Errc::outdated);  // from a tree that nobody knows
  change.from = libre::sync::load_digest(scene.bench.local() / ".recompute/tree-bench").value();
  CHECK(offer(scene.bench.spec, encode(change)) == Errc::outdated);  // to another one
  // To the same one: then nothing has changed, whatever else it says.
  change.to = change.from;
  CHECK(scene.client.ask("sync.changes", to_json(scene.bench.spec), encode(change)));
  CHECK(offer(scene.bench.spec, "no changes") == Errc::protocol);
  auto others = scene.bench.spec;
  others.project_id = "somebody else's";
  CHECK(offer(others, encode(change)) == Errc::exists);
  CHECK_FALSE(scene.supply(batch_of("")));
  CHECK(is_there(scene.bench.mirror() / "a"));
  scene.check_unharmed();
}

TEST_CASE("counts and lengths that are not there cost no memory (CVE-2026-53794, CVE-2026-43618)") {
  Scene scene;
  for (const auto count : {std::uint64_t{2}, std::uint64_t{1} << 32, huge})
    check_refused(scene.offer(raw_tree({{.path = "x"}}, count)));
  libre::sync::ByteWriter items;
  items.number(huge);
  check_refused(scene.client.ask("sync.read", to_json(scene.bench.spec), items.take()));
  libre::sync::ByteWriter path;
  path.number(1);
  path.number(huge);  // bytes of the path
  check_refused(scene.client.ask("sync.read", to_json(scene.bench.spec), path.take()));
  const libre::sync::UpdateRequest update{scene.bench.spec, huge};
  check_refused(scene.client.ask("sync.update", to_json(update), "short"));
  scene.check_unharmed();
}

TEST_CASE("sizes and times beyond all bounds make no file, and no overflow (CVE-2026-29518)") {
  Scene scene;
  for (const auto size : {huge, huge - 1, std::uint64_t{1} << 63, std::uint64_t{1} << 40}) {
    CAPTURE(size);
    const auto tree = raw_tree(
        {{.path = "x", .size = size, .mtime_ns = std::numeric_limits<std::int64_t>::min()}});
    REQUIRE(scene.offer(tree));
    std::string stream;
    libre::sync::append_chunk(stream, "a few bytes");
    libre::sync::append_end(stream, {});
    CHECK(scene.supply(batch_of(stream)));
    CHECK_FALSE(is_there(scene.bench.mirror() / "x"));
    CHECK(scene.read({.path = "a", .offset = size, .size = size}));
    CHECK(scene.read({.path = "a", .offset = huge, .size = 1}));
  }
  scene.check_unharmed();
}

TEST_CASE("more of a file than was announced is refused before it is written") {
  Scene scene;
  for (const auto size : {std::uint64_t{3}, libre::sync::small_size + 1}) {
    REQUIRE(scene.offer(raw_tree({{.path = "x", .size = size}})));
    std::string stream;
    libre::sync::append_chunk(stream, std::string(size + 1, 'x'));
    libre::sync::append_end(stream, {});
    check_refused(scene.supply(batch_of(stream)));
    CHECK_FALSE(is_there(scene.bench.mirror() / "x"));
  }
  scene.check_unharmed();
}

TEST_CASE("copies out of an old content that is not there, or out of its range, are refused") {
  Scene scene;
  for (const libre::sync::CopyRange copy :
       {libre::sync::CopyRange{0, 1}, {0, huge}, {huge, 1}, {1, huge - 1}, {0, 0}}) {
    CAPTURE(copy.offset);
    CAPTURE(copy.length);
    for (const std::uint64_t size : {100'000, 1'000'000}) {
      REQUIRE(scene.offer(raw_tree({{.path = "a", .size = size}})));
      std::string stream;
      libre::sync::append_copy(stream, copy);
      libre::sync::append_end(stream, {});
      check_refused(scene.supply(batch_of(stream)));
    }
  }
  scene.check_unharmed();
}

TEST_CASE("a content that is not the announced one gets no name (CVE-2024-12084)") {
  Scene scene;
  const std::string content = "harmless";
  REQUIRE(
      scene.offer(raw_tree({{.path = "x", .size = 5, .digest = digest_of(as_bytes(content))}})));
  std::string stream;
  libre::sync::append_chunk(stream, "other");
  libre::sync::append_end(stream, {.digest = digest_of(as_bytes(content))});
  CHECK(scene.supply(batch_of(stream)));
  CHECK_FALSE(is_there(scene.bench.mirror() / "x"));
  scene.check_unharmed();
}

TEST_CASE("what is read is bytes of the file and nothing else (CVE-2024-12085)") {
  Scene scene;
  put(scene.bench.mirror() / "short", "12345");
  struct ::stat status {};
  REQUIRE(::stat((scene.bench.mirror() / "short").c_str(), &status) == 0);
  const auto mtime = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  const auto right = scene.read({.path = "short", .size = 5, .mtime_ns = mtime});
  REQUIRE(right);
  CHECK(right->size() == 1 + 4 + 5 + 4 + 1 + 16);  // a batch of one chunk and its end
  // Beyond the end there is nothing, and nothing is what comes.
  for (const libre::sync::ReadItem& item :
       {libre::sync::ReadItem{.path = "short", .size = 4096, .mtime_ns = mtime},
        {.path = "short", .offset = 6, .size = 5, .mtime_ns = mtime},
        {.path = "short", .offset = 100, .size = 200, .mtime_ns = mtime}}) {
    const auto answer = scene.read(item);
    REQUIRE(answer);
    CHECK(answer->size() == 1 + 4 + 1 + 16);  // only an end, that says gone
    CHECK((*answer)[5] == 1);
  }
}

TEST_CASE("lists of blocks that are damaged or senseless are refused (CVE-2026-53792)") {
  Scene scene;
  put(scene.bench.mirror() / "large", std::string(100'000, 'l'));
  const auto good = encode(libre::sync::list_blocks(std::string(100'000, 'o'), 1024));
  const auto send = [&](const std::string& list) {
    libre::sync::ByteWriter out;
    out.number(1);
    out.text("large");
    out.number(0);
    out.number(100'000);
    out.signed_number(0);
    out.text(list);
    return scene.client.ask("sync.read", to_json(scene.bench.spec), out.take());
  };
  CHECK(send(good));
  check_refused(send(good + "x"));
  check_refused(send(good.substr(0, good.size() - 1)));
  for (const std::uint64_t block_size :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1} << 32, huge})
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{100'000}, huge}) {
      libre::sync::ByteWriter list;
      list.raw("RBL1");
      list.number(size);
      list.number(block_size);
      list.raw(std::string(16 + 12 * 98, '\0'));
      check_refused(send(list.take()));
    }
  scene.check_unharmed();
}

TEST_CASE("a list of blocks that all seem to match costs no endless search (CVE-2026-70453)") {
  Scene scene;
  // The file has the weak hash of every block at every byte; the strong ones match nowhere.
  const std::string zeros(600'000, '\0');
  put(scene.bench.mirror() / "zeros", zeros);
  auto list = libre::sync::list_blocks(zeros, 1024);
  for (std::size_t i = 0; i < list.strong.size(); ++i) list.strong[i] ^= i + 1;
  struct ::stat status {};
  REQUIRE(::stat((scene.bench.mirror() / "zeros").c_str(), &status) == 0);
  const auto answer = scene.read(
      {.path = "zeros",
       .size = zeros.size(),
       .mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
       .old = list});
  REQUIRE(answer);
  CHECK(answer->size() > 20);
}

TEST_CASE(
    "a directory of the mirror that becomes a link and back all the time leads no sync out of it "
    "(CVE-2024-12747, CVE-2026-43619)") {
  Scene scene;
  auto& bench = scene.bench;
  std::mt19937 random(1);
  put(bench.scratch.path() / "home/trap/secret", "secret");
  const auto trap = bench.scratch.path() / "home/trap";
  const auto before = picture(trap);
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    fs::create_directories(bench.mirror() / "dir");
    for (int i = 0; i < 4; ++i) put(bench.local() / "dir" / std::to_string(i), noise(random, 100));
    put(bench.local() / "dir/secret", round % 2 ? "mine" : noise(random, 100));
    if (round % 3 == 0) fs::remove(bench.local() / "dir/secret");  // nor is theirs deleted
    {
      Flipper flipper(bench.mirror() / "dir", trap);
      (void)bench.try_sync();
      (void)libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"dir/"}, "dir",
                                    nullptr, {});
      (void)libre::sync::pull_files(bench.endpoint(), bench.spec, {"dir"},
                                    bench.scratch.path() / "pulled/", nullptr, {});
    }
    REQUIRE(picture(trap) == before);
    // Nor was anything read through it. The link itself may have been pulled.
    const auto pulled = bench.scratch.path() / "pulled/dir";
    if (fs::is_symlink(pulled))
      fs::remove(pulled);
    else if (fs::exists(pulled / "secret"))
      REQUIRE(get(pulled / "secret") != "secret");
  }
  scene.check_unharmed();
}

TEST_CASE("pipes, sockets and devices of the mirror are neither opened nor written to") {
  Scene scene;
  auto& bench = scene.bench;
  fs::remove(bench.mirror() / "a");
  fs::remove(bench.mirror() / "dir/file");
  REQUIRE(::mkfifo((bench.mirror() / "a").c_str(), 0600) == 0);
  const bool has_device =
      ::mknod((bench.mirror() / "dir/file").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0;
  if (!has_device) {
    MESSAGE("no device node can be made here (it takes root); a pipe stands for it");
    REQUIRE(::mkfifo((bench.mirror() / "dir/file").c_str(), 0600) == 0);
  }
  CHECK(scene.read({.path = "a"}));  // ends at once, as unreadable
  const auto report = bench.sync();
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a", "dir/file"});
  CHECK(get(bench.mirror() / "a") == "a");
  CHECK(get(bench.mirror() / "dir/file") == "f");
  scene.check_unharmed();
}

TEST_CASE("a file of the mirror that is a hard link to another one is replaced, not written into") {
  Scene scene;
  auto& bench = scene.bench;
  fs::remove(bench.mirror() / "a");
  fs::create_hard_link(scene.outside() / "secret", bench.mirror() / "a");
  bench.sync();
  put(bench.local() / "a", "another");
  bench.sync();
  CHECK(get(bench.mirror() / "a") == "another");
  scene.check_unharmed();
}

TEST_CASE("a staging directory that is a link is not followed (CVE-2026-53795, CVE-2026-70460)") {
  Scene scene;
  auto& bench = scene.bench;
  fs::create_directory_symlink(scene.outside(), bench.mirror() / ".re-staging");
  put(bench.local() / "a", std::string(2'000'000, 'n'));
  CHECK_FALSE(bench.try_sync());
  CHECK(picture(scene.outside()) == scene.outside_before);
  fs::remove(bench.mirror() / ".re-staging");
  scene.check_unharmed();
}

TEST_CASE("contents without an offer, and requests cut anywhere, do nothing") {
  Scene scene;
  CHECK_FALSE(scene.supply(batch_of("")));
  const auto tree = raw_tree({{.path = "x", .size = 3}, {.flags = 3, .path = "y", .target = "x"}});
  for (std::size_t size = 0; size < tree.size(); ++size)
    check_refused(scene.offer(tree.substr(0, size)));
  check_refused(scene.offer(tree + "x"));
  scene.check_unharmed();
}
