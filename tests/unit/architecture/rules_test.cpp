// The rules themselves, on files that break them.
#include "rules.hpp"

#include <doctest/doctest.h>

using namespace architecture;

namespace {

Tree small_tree() {
  Tree tree;
  tree.depends = {{"base", {}}, {"jobs", {"base"}}, {"client", {"base", "jobs"}}};
  tree.paths = {"lib/base/text.hpp", "lib/jobs/ledger.hpp", "lib/client/session.hpp",
                "include/libre/job.hpp", "cli/table.hpp"};
  return tree;
}

std::string layers(const std::string& path, const std::string& include) {
  return check_layers(small_tree(), {path, {}, {}}, {include, false, 1});
}

std::string third_party(const std::string& path, const std::string& include) {
  return check_third_party({path, {}, {}}, {include, true, 1});
}

}  // namespace

TEST_CASE("includes and dependencies are read from the text") {
  const auto found = includes_of(
      "#pragma once\n#  include <a/b.h>\n// #include <no>\n#include \"c.hpp\"  // why\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "a/b.h");
  CHECK(found[0].angled);
  CHECK(found[0].line == 2);
  CHECK(found[1].name == "c.hpp");
  CHECK_FALSE(found[1].angled);
  CHECK(depends_of("libre_module(x DEPENDS base\n  wire LIBRARIES fmt::fmt AGENT)") ==
        std::set<std::string>{"base", "wire"});
  CHECK(depends_of("libre_module(base LIBRARIES fmt::fmt)").empty());
}

TEST_CASE("a module may not include upwards, sideways, or what is not there") {
  CHECK(layers("lib/jobs/a.cpp", "jobs/ledger.hpp") == "");
  CHECK(layers("lib/jobs/a.cpp", "ledger.hpp") == "");
  CHECK(layers("lib/jobs/a.cpp", "base/text.hpp") == "");
  CHECK(layers("lib/base/a.cpp", "jobs/ledger.hpp") != "");
  CHECK(layers("lib/jobs/a.cpp", "client/session.hpp") != "");
  CHECK(layers("lib/jobs/a.cpp", "table.hpp") != "");
  CHECK(layers("lib/jobs/a.cpp", "jobs/gone.hpp") != "");
}

TEST_CASE("the command line, the examples and public headers see the public headers only") {
  CHECK(layers("cli/main.cpp", "table.hpp") == "");
  CHECK(layers("cli/main.cpp", "base/text.hpp") != "");
  CHECK(layers("examples/a.cpp", "base/text.hpp") != "");
  CHECK(layers("include/libre/job.hpp", "base/text.hpp") != "");
  CHECK(layers("cli/main.cpp", "libre/job.hpp") != "");
}

TEST_CASE("the agent includes no client code") {
  CHECK(layers("agent/main.cpp", "jobs/ledger.hpp") == "");
  CHECK(layers("agent/main.cpp", "client/session.hpp") != "");
}

TEST_CASE("a library outside its place is found, and so is one that nobody knows") {
  CHECK(third_party("lib/transport/ssh/session.cpp", "libssh/libssh.h") == "");
  CHECK(third_party("lib/client/a.cpp", "libssh/libssh.h") != "");
  CHECK(third_party("lib/jobs/messages.cpp", "boost/describe.hpp") == "");
  CHECK(third_party("lib/jobs/ledger.cpp", "boost/json.hpp") != "");
  CHECK(third_party("lib/jobs/ledger.hpp", "fmt/format.h") != "");
  CHECK(third_party("lib/jobs/ledger.cpp", "curl/curl.h") != "");
  CHECK(third_party("lib/jobs/ledger.cpp", "sys/stat.h") == "");
  CHECK(third_party("lib/jobs/ledger.cpp", "vector") == "");
}

TEST_CASE("untidy text is found") {
  CHECK(check_text({"a", "fine\n", {}}).empty());
  CHECK(check_text({"a", "a\tb\n", {}}).size() == 1);
  CHECK(check_text({"a", "end \n", {}}).size() == 1);
  CHECK(check_text({"a", "no end", {}}).size() == 1);
  CHECK(check_text({"a",
                    "// TO"
                    "DO: more\n",
                    {}})
            .size() == 1);
  CHECK(check_text({"a", "/tmp/re-XXXXXX\n", {}}).empty());
  CHECK(check_length({"lib/a/b.cpp", std::string(401, '\n'), {}}) != "");
  CHECK(check_length({"lib/a/b.cpp", std::string(400, '\n'), {}}) == "");
  CHECK(check_length({"include/libre/b.hpp", std::string(201, '\n'), {}}) != "");
}
