// re data over a real sshd, from a web server on loopback that cuts its answers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"
#include "web.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

std::string sha256_of(const fs::path& file) {
  return checked_run({"sha256sum", file.string()}).substr(0, 64);
}
std::string there(const Laptop& laptop, const std::string& name) {
  return read_file(laptop.mirror() / "data" / name).value_or("(none)");
}
std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE(
    "data comes two at once, goes on where it was cut, is compared, and does not come twice") {
  Laptop laptop;
  Web web;
  laptop.init();
  const auto a = noise(300'000), b = noise(200'000);
  web.write("a.bin", a);
  web.write("b.bin", b);
  web.cut_after(100'000);
  const auto address = web.url("/a.bin#sha256=") + sha256_of(web.file("a.bin"));
  const auto fetched = laptop.re({"data", address, "--urls", web.url("/b.bin")});
  CHECK_MESSAGE(fetched.exit.ok(), fetched.err);
  CHECK(contains(fetched.err, "2 of 2 files are in data/"));
  CHECK(there(laptop, "a.bin") == a);
  CHECK(there(laptop, "b.bin") == b);
  CHECK(contains(web.requests(), "/a.bin bytes=100000-"));
  CHECK(contains(there(laptop, "data.log"), "a.bin: fetched"));
  CHECK(names_in(laptop.mirror() / "data") ==
        std::vector<std::string>{"a.bin", "b.bin", "data.log"});

  const auto before = web.requests();
  const auto again = laptop.re({"data", address, web.url("/b.bin")});
  CHECK(again.exit.ok());
  CHECK(contains(again.err, "is there already"));
  CHECK(web.requests() == before);
}

TEST_CASE("a file that is not what its digest says, or is not there, fails and leaves nothing") {
  Laptop laptop;
  Web web;
  laptop.init();
  web.write("a.bin", "content");
  web.write("good.bin", "good");
  const auto failed = laptop.re({"data", web.url("/a.bin#sha256=") + std::string(64, '0'),
                                 web.url("/none.bin"), web.url("/good.bin")});
  CHECK(failed.exit.code == 1);
  CHECK(contains(failed.err, "FAILED a.bin: is not what its sha256 says"));
  CHECK(contains(failed.err, "FAILED none.bin: the server answers 404"));
  CHECK(contains(failed.err, "1 of 3 files"));
  CHECK(names_in(laptop.mirror() / "data") == std::vector<std::string>{"data.log", "good.bin"});
  const auto refused = laptop.re({"data", "file:///etc/passwd"});
  CHECK(refused.exit.code == 2);
}

TEST_CASE("a part of another version is not gone on with") {
  Laptop laptop;
  Web web;
  laptop.init();
  fs::create_directories(laptop.mirror() / "data");
  const auto fresh = noise(50'000);
  web.write("a.bin", fresh);
  REQUIRE(write_file_atomic(laptop.mirror() / "data/.a.bin.part", "an older version"));
  REQUIRE(write_file_atomic(laptop.mirror() / "data/.a.bin.headers",
                            "HTTP/1.1 200 OK\nETag: \"older\"\n"));
  const auto fetched = laptop.re({"data", web.url("/a.bin")});
  CHECK_MESSAGE(fetched.exit.ok(), fetched.err);
  CHECK(there(laptop, "a.bin") == fresh);
}

TEST_CASE("archives are unpacked whole, once, and beside what is there") {
  Laptop laptop;
  Web web;
  laptop.init();
  web.write("in/corpus/one.txt", "one");
  web.write("in/corpus/two.txt", "two");
  const auto in = web.file("in").string(), out = web.file("").string();
  checked_run({"tar", "-czf", out + "/corpus.tar.gz", "-C", in, "corpus"});
  checked_run(
      {"tar", "--zstd", "-cf", out + "/flat.tar.zst", "-C", in + "/corpus", "one.txt", "two.txt"});
  checked_run({"/usr/bin/python3", "-m", "zipfile", "-c", out + "/z.zip", in + "/corpus/one.txt"});
  checked_run({"gzip", "-k", in + "/corpus/two.txt"});
  fs::copy(in + "/corpus/two.txt.gz", out + "/two.txt.gz");
  const std::vector<std::string> words = {"data",
                                          "--unpack",
                                          web.url("/corpus.tar.gz"),
                                          web.url("/flat.tar.zst"),
                                          web.url("/z.zip"),
                                          web.url("/two.txt.gz")};
  const auto fetched = laptop.re(words);
  CHECK_MESSAGE(fetched.exit.ok(), fetched.err);
  CHECK(there(laptop, "corpus/two.txt") == "two");
  CHECK(there(laptop, "flat/one.txt") == "one");
  CHECK(there(laptop, "one.txt") == "one");
  CHECK(there(laptop, "two.txt") == "two");
  const auto again = laptop.re(words);
  CHECK_MESSAGE(again.exit.ok(), again.err);
  CHECK(count_of(again.err, "is unpacked already") == 4);
}

TEST_CASE("with --run-async data comes while nobody looks; wget and Python do where curl is not") {
  Laptop laptop;
  Web web;
  laptop.init();
  const auto content = noise(150'000);
  for (const auto& program : {std::string("wget"), std::string("python3")}) {
    CAPTURE(program);
    // A machine that has that one only, and what comparing needs.
    const auto bin = laptop.remote_home() / ("bin-" + program);
    fs::create_directories(bin);
    for (const auto& name : {program, std::string("sha256sum")})
      fs::create_symlink("/usr/bin/" + name, bin / name);
    REQUIRE(write_file_atomic(laptop.remote_home() / ".bash_profile",
                              "export PATH=" + bin.string() + "\n"));
    REQUIRE(
        write_file_atomic(laptop.remote_home() / ".profile", "export PATH=" + bin.string() + "\n"));
    web.write(program + ".bin", content);
    web.cut_after(60'000);
    const auto started = laptop.re(
        {"data", "--run-async",
         web.url("/" + program + ".bin#sha256=") + sha256_of(web.file(program + ".bin"))});
    REQUIRE_MESSAGE(started.exit.ok(), started.err);
    const auto log = laptop.re({"log", "-f", started.out.substr(0, started.out.find('\n'))});
    CHECK_MESSAGE(log.exit.ok(), log.out);
    CHECK(there(laptop, program + ".bin") == content);
    CHECK(contains(web.requests(), "/" + program + ".bin bytes=60000-"));
  }
}
