// Addresses of data, and the programs that fetch them.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "deps/data/fetch.hpp"

using namespace libre;
using namespace libre::deps;

namespace {

std::string name_in(const std::string& url) {
  const auto files = plan_data({url});
  return files ? files->at(0).name : "! " + files.error().cause;
}

}  // namespace

TEST_CASE("a file is named by the end of its address, or as its fragment says") {
  CHECK(name_in("https://example.org/a/b.tar.gz") == "b.tar.gz");
  CHECK(name_in("http://example.org/b%20c.bin?x=/y") == "b c.bin");
  CHECK(name_in("ftp://example.org:21/x#section") == "x");
  CHECK(name_in("https://example.org/download?id=3#name=corpus.bin") == "corpus.bin");
  const auto digest = std::string(64, 'A');
  const auto files = plan_data({"https://example.org/x#sha256=" + digest + "&name=y"});
  REQUIRE(files);
  CHECK(files->at(0).url == "https://example.org/x");
  CHECK(files->at(0).name == "y");
  CHECK(files->at(0).sha256 == std::string(64, 'a'));
}

TEST_CASE("an address that cannot be meant is refused") {
  for (const char* bad :
       {"", "x", "file:///etc/passwd", "https://example.org/", "https://example.org",
        "https://example.org/..", "https://example.org/%2e%2e%2fx", "https://example.org/.bashrc",
        "https://example.org/-x", "https://example.org/data.log", "https://example.org/a b",
        "https://example.org/a\nb", "https://example.org/x#sha256=12", "https://example.org/a%00b",
        "https://example.org/x.part"}) {
    CAPTURE(bad);
    const auto files = plan_data({bad});
    REQUIRE_FALSE(files);
    CHECK(files.error().code == Errc::usage);
  }
  const auto secret = plan_data({"https://me:secret@example.org/x"});
  REQUIRE_FALSE(secret);
  CHECK(secret.error().describe().find("secret@") == std::string::npos);
  CHECK_FALSE(plan_data({"https://example.org/x", "https://example.com/x"}));
  CHECK_FALSE(plan_data({}));
}

TEST_CASE("archives are known by their names") {
  CHECK(archive_of("a.tar.gz") == Archive::tar);
  CHECK(archive_of("A.TGZ") == Archive::tar);
  CHECK(archive_of("a.tar.zst") == Archive::tar);
  CHECK(archive_of("a.gz") == Archive::gz);
  CHECK(archive_of("a.zip") == Archive::zip);
  CHECK(archive_of(".gz") == Archive::none);
  CHECK(archive_of("a.bin") == Archive::none);
  CHECK(unpacked_name("a.b.tar.gz") == "a.b");
  CHECK(unpacked_name("a.csv.gz") == "a.csv");
}

TEST_CASE("each program is told to go on only with the version that it began") {
  const FetchRequest request{"https://example.org/[a]", "/d/.a.part", "/d/.a.answer", 100,
                             "\"tag\""};
  const auto words = [&](Fetcher::Kind kind) {
    return join(fetch_argv({kind, "/b/x"}, request), " ");
  };
  const auto curl = words(Fetcher::Kind::curl);
  CHECK(curl.find("--continue-at 100 --header If-Range: \"tag\"") != std::string::npos);
  CHECK(curl.ends_with("--url https://example.org/[a]"));
  CHECK(words(Fetcher::Kind::wget)
            .ends_with("-c --header If-Range: \"tag\" https://example.org/[a]"));
  CHECK(words(Fetcher::Kind::python)
            .ends_with("https://example.org/[a] /d/.a.part /d/.a.answer 100 \"tag\""));
  auto fresh = request;
  fresh.offset = 0;
  CHECK(join(fetch_argv({Fetcher::Kind::curl, "c"}, fresh), " ").find("If-Range") ==
        std::string::npos);
}

TEST_CASE("the last answer of a server counts") {
  const auto response = parse_response(
      "HTTP/1.1 302 Found\r\nContent-Length: 5\r\nETag: \"old\"\r\n\r\n"
      "HTTP/2 206 \r\ncontent-length: 900\r\ncontent-range: bytes 100-999/1000\r\netag: "
      "\"new\"\r\n\r\n");
  CHECK(response.status == 206);
  CHECK(response.total == 1000u);
  CHECK(response.validator == "\"new\"");
  const auto wget = parse_response(
      "  HTTP/1.1 200 OK\n  Content-Length: 7\n  ETag: W/\"x\"\n  Last-Modified: now\n");
  CHECK(wget.total == 7u);
  CHECK(wget.validator == "now");
  CHECK(parse_response("").status == 0);
  CHECK(is_final_answer(404));
  CHECK_FALSE(is_final_answer(416));
  CHECK_FALSE(is_final_answer(503));
}

TEST_CASE("how a file stands is told with its rate and what is left, as far as they are known") {
  CHECK(fetch_line(500, 1000, 100) == "500 B of 1.0 kB (50%)  100 B/s  5.0s left");
  CHECK(fetch_line(500, std::nullopt, 100) == "500 B  100 B/s");
  CHECK(fetch_line(0, 1000, 0) == "0 B of 1.0 kB (0%)");
  CHECK(fetch_line(1000, 1000, 10) == "1.0 kB of 1.0 kB (100%)  10 B/s");
}
