// What a program that runs `re` relies on: data on stdout and nothing else there, JSON that parses,
// and commands that only look change nothing.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

TEST_CASE("data goes to stdout and talk to stderr") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  const auto init = laptop.re({"init", "--instance", "testbox"});
  CHECK(init.exit.ok());
  CHECK(init.out.empty());
  CHECK_FALSE(init.err.empty());
  const auto rsync = laptop.re({"rsync"});
  CHECK(rsync.out.empty());
  CHECK(contains(rsync.err, "sent"));
  CHECK(laptop.re({"list"}).out.empty());
  const auto job = laptop.re({"async", "echo data"});
  CHECK(job.out == "1\n");
  CHECK(contains(job.err, "re log -f 1"));
  const auto log = laptop.re({"log", "-f", "1"});
  CHECK(log.out == "data\n");
  const auto synced = laptop.re({"sync", "echo data"});
  CHECK(synced.out == "data\n");
  CHECK(contains(synced.err, "job 2 on testbox"));
  CHECK(contains(laptop.re({"list"}).out, "echo data"));
  CHECK(laptop.re({"kill", "1"}).out.empty());
  const auto failed = laptop.re({"log", "99"});
  CHECK(failed.out.empty());
  CHECK(contains(failed.err, "re: "));
}

TEST_CASE("--quiet leaves data and errors only") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  const auto init = laptop.re({"init", "-q", "--instance", "testbox"});
  CHECK_MESSAGE(init.err.empty(), init.err);
  const auto job = laptop.re({"async", "-q", "echo data"});
  CHECK(job.out == "1\n");
  CHECK_MESSAGE(job.err.empty(), job.err);
  CHECK_FALSE(laptop.re({"log", "-q", "99"}).err.empty());
}

TEST_CASE(
    "--json of every command that prints data is one JSON document, also with odd bytes in it") {
  const Laptop laptop;
  laptop.home.write("work/a b\n\"c\"", "a");
  laptop.home.write("work/\xff\xfe", "a");
  laptop.init();
  laptop.home.write("work/\xff\xfd", "new");
  const auto words = std::vector<std::vector<std::string>>{
      {"rsync", "--json"},
      {"rsync", "--json", "--dry-run"},
      {"async", "--json", "--name", "\xff odd \"name\"\n", "--", "sh", "-c", "sleep 300",
       "\xfe\n\x1b[31m"},
      {"list", "--json"},
      {"list", "--json", "--all"},
      {"push", "--json", "a*", "copies/"},
      {"pull", "--json", "copies", "."},
      {"kill", "--json", "1"},
      {"kill", "--json", "0"},
      {"list", "--json"},
      {"purge", "--json"},
  };
  for (const auto& command : words) {
    CAPTURE(join(command, " "));
    const auto output = laptop.re(command);
    CHECK_MESSAGE(output.exit.ok(), output.err);
    CHECK_MESSAGE(is_json(output.out), output.out);
    CHECK(contains(output.out, "\"schema_version\":1"));
  }
}

TEST_CASE("--json makes errors JSON, too, on stderr") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  laptop.init();
  const auto words =
      std::vector<std::vector<std::string>>{{"list", "--json", "--instance", "nobody"},
                                            {"log", "--json", "99"},
                                            {"kill", "--json", "99"},
                                            {"pull", "--json", "no such file", "."},
                                            {"list", "--json", "--no-such-option"}};
  for (const auto& command : words) {
    CAPTURE(join(command, " "));
    const auto output = laptop.re(command);
    CHECK_FALSE(output.exit.ok());
    CHECK(output.out.empty());
    CHECK_MESSAGE(is_json(output.err), output.err);
    CHECK(contains(output.err, "\"code\":"));
  }
}

TEST_CASE("each line of a followed log in JSON is an object") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  laptop.init();
  const auto job = laptop.submit({"printf 'one\\n\\377two'"});
  const auto log = laptop.re({"log", "-f", "--json", job});
  const auto lines = split_lines(log.out);
  REQUIRE(lines.size() >= 2);
  for (const auto& line : lines) CHECK_MESSAGE(is_json(line), line);
}

TEST_CASE("commands that only look change nothing in a project, or in a directory that is none") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  laptop.init();
  laptop.home.write("work/b", "b");
  const auto project = image_of(laptop.project());
  const auto mirror = image_of(laptop.mirror());
  CHECK(laptop.re({"list"}).exit.ok());
  CHECK(laptop.re({"rsync", "--dry-run"}).exit.ok());
  CHECK(laptop.re({"conf"}).exit.ok());
  CHECK(laptop.re({"log"}).exit.code != 0);
  CHECK(image_of(laptop.project()) == project);
  CHECK(image_of(laptop.mirror()) == mirror);

  laptop.home.write("elsewhere/file", "x");
  const auto elsewhere = image_of(laptop.home / "elsewhere");
  const auto there = [&](std::vector<std::string> words) {
    words.insert(words.begin(), built_re().string());
    return laptop.home.run(words, laptop.home / "elsewhere");
  };
  CHECK(there({"list", "--instance", "testbox"}).exit.ok());
  CHECK_FALSE(there({"log", "--instance", "testbox"}).exit.ok());
  const auto job = laptop.submit({"echo seen"});
  CHECK(laptop.re({"log", "-f", job}).exit.ok());
  CHECK(there({"log", "--instance", "testbox", job}).out == "seen\n");
  CHECK(image_of(laptop.home / "elsewhere") == elsewhere);
}
