// docs/json.md against what the commands print: every field that is printed stands there with its type,
// and every field that stands there is printed.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

namespace bj = boost::json;

struct Field {
  std::string path, type;
};
using Tables = std::map<std::string, std::vector<Field>>;  // by heading

Tables read_document() {
  const auto text = read_file(LIBRE_SOURCE_DIR "/docs/json.md");
  REQUIRE(text);
  Tables tables;
  std::string heading;
  for (const auto& line : split_lines(*text)) {
    if (line.starts_with("#")) heading = trim(line.substr(line.find_first_not_of('#')));
    if (!line.starts_with("| `")) continue;
    const auto cells = split(line, '|');
    REQUIRE(cells.size() >= 4);
    auto path = std::string(trim(cells[1]));
    tables[heading].push_back({path.substr(1, path.size() - 2), std::string(trim(cells[2]))});
  }
  return tables;
}

// The fields below a heading with named shapes put in: "jobs[].id" and its type. A '?' in front of the
// path: it, or something above it, may be missing.
std::map<std::string, std::string> fields_of(const Tables& tables, const std::string& heading) {
  std::map<std::string, std::string> fields;
  REQUIRE_MESSAGE(tables.contains(heading), heading);
  for (const auto& field : tables.at(heading)) {
    auto path = field.path;
    const bool optional = path.ends_with('?');
    if (optional) path.pop_back();
    if (!tables.contains(field.type)) {
      fields[(optional ? "?" : "") + path] = field.type;
      continue;
    }
    for (const auto& [below, type] : fields_of(tables, field.type)) {
      const bool missing = below.starts_with('?');
      fields[(optional || missing ? "?" : "") + path + "." + below.substr(missing ? 1 : 0)] = type;
    }
  }
  return fields;
}

std::string type_of(const bj::value& value) {
  if (value.is_bool()) return "bool";
  if (value.is_number()) return "number";
  return value.is_null() ? "null" : "text";
}

bool is_text(const bj::value& value) {
  return value.is_object() && value.get_object().size() == 1 &&
         value.get_object().contains("base64");
}

void flatten(const bj::value& value, const std::string& path,
             std::map<std::string, std::set<std::string>>& found) {
  if (value.is_object() && !is_text(value)) {
    const bool map = path.ends_with("spec.environment");
    for (const auto& field : value.get_object())
      flatten(field.value(),
              map ? path + "{}" : (path.empty() ? "" : path + ".") + std::string(field.key()),
              found);
  } else if (value.is_array()) {
    for (const auto& element : value.get_array()) flatten(element, path + "[]", found);
  } else {
    found[path].insert(type_of(value));
  }
}

void check(const Tables& tables, const std::string& heading, std::string_view text) {
  CAPTURE(heading);
  boost::json::error_code failure;
  const auto value = bj::parse({text.data(), text.size()}, failure);
  REQUIRE_MESSAGE(!failure, std::string(text));
  std::map<std::string, std::set<std::string>> found;
  flatten(value, {}, found);
  const auto documented = fields_of(tables, heading);
  for (const auto& [path, types] : found) {
    CAPTURE(path);
    auto field = documented.find(path);
    if (field == documented.end()) field = documented.find("?" + path);
    if (field == documented.end() && types == std::set<std::string>{"null"}) continue;
    REQUIRE_MESSAGE(field != documented.end(), "docs/json.md does not have it");
    CHECK(types == std::set<std::string>{field->second});
  }
  for (const auto& [path, type] : documented)
    if (!path.starts_with('?'))
      CHECK_MESSAGE(found.contains(path), "docs/json.md has ", path, ", which was not printed");
}

std::string last_line(const std::string& text) { return split_lines(text).back(); }

}  // namespace

TEST_CASE("what --json prints is what docs/json.md says, in both directions") {
  const Laptop laptop;
  const auto tables = read_document();
  const auto re = [&](std::vector<std::string> words) {
    words.emplace_back("--json");
    const auto output = laptop.re(words);
    CHECK_MESSAGE(output.exit.ok(), output.err);
    return output.out;
  };
  laptop.home.write("work/a", "a");
  check(tables, "re init", re({"init", "--instance", "testbox"}));
  laptop.home.write("work/b", "b");
  check(tables, "re rsync", re({"rsync"}));
  check(tables, "re async", re({"async", "echo out; exit 3"}));
  (void)laptop.re({"log", "-f", "1"});
  check(tables, "re async", re({"async", "sleep 300"}));
  const auto list = re({"list", "--all"});
  check(tables, "re list", list);
  CHECK(contains(list, "\"state\":\"failed\""));
  const auto log = laptop.re({"log", "1", "--json"}).out;
  check(tables, "Piece", split_lines(log).front());
  check(tables, "re log", last_line(log));
  check(tables, "re push", re({"push", "a", "copies/"}));
  check(tables, "re pull", re({"pull", "copies", "."}));
  check(tables, "re kill", re({"kill", "2"}));
  check(tables, "re master status", re({"master", "status"}));
  laptop.home.write(".recompute.conf", "[instance 0]\nhost = a\npassword = x\n");
  std::filesystem::permissions(laptop.home / ".recompute.conf", std::filesystem::perms(0600));
  check(tables, "re conf", re({"conf"}));
  check(tables, "re conf get", re({"conf", "get"}));
  check(tables, "re doctor", re({"doctor", "testbox"}));
  // Behind the warning about the password.
  check(tables, "Errors", last_line(laptop.re({"list", "--instance", "nobody", "--json"}).err));
}

TEST_CASE("every shape that docs/json.md names is described there") {
  const auto tables = read_document();
  const std::set<std::string> plain = {"text", "number", "bool"};
  for (const auto& [heading, fields] : tables)
    for (const auto& field : fields) {
      CAPTURE(heading + ": " + field.path);
      CHECK((plain.contains(field.type) || tables.contains(field.type)));
    }
}
