// docs/json.md against what the commands print: every field that is printed stands there with its type,
// and every field that stands there is printed.
#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <map>
#include <set>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/evidence.hpp"
#include "support/fake_nvml.hpp"
#include "support/programs.hpp"

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

// A field of a document, and the row of the table that it comes from: "Job: end.code".
struct Described {
  std::string type{}, row{};
  bool optional = false;  // it, or something above it, may be missing or null
};

// The fields below a heading with named shapes put in, by path: "jobs[].id".
std::map<std::string, Described> fields_of(const Tables& tables, const std::string& heading) {
  std::map<std::string, Described> fields;
  REQUIRE_MESSAGE(tables.contains(heading), heading);
  for (const auto& field : tables.at(heading)) {
    auto path = field.path;
    const bool optional = path.ends_with('?');
    if (optional) path.pop_back();
    if (!tables.contains(field.type)) {
      fields[path] = {field.type, heading + ": " + path, optional};
      continue;
    }
    for (auto [below, found] : fields_of(tables, field.type)) {
      found.optional = found.optional || optional;
      fields[path + "." + below] = found;
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

class Comparison {
 public:
  // One document against the table of its heading.
  void check(const std::string& heading, std::string_view text) {
    CAPTURE(heading);
    boost::json::error_code failure;
    const auto value = bj::parse({text.data(), text.size()}, failure);
    REQUIRE_MESSAGE(!failure, std::string(text));
    std::map<std::string, std::set<std::string>> found;
    flatten(value, {}, found);
    const auto documented = fields_of(tables_, heading);
    for (auto [path, types] : found) {
      CAPTURE(path);
      const auto field = documented.find(path);
      const bool null = types.contains("null");
      if (field == documented.end() ? null : field->second.optional) types.erase("null");
      if (types.empty()) continue;
      REQUIRE_MESSAGE(field != documented.end(), "docs/json.md does not have it");
      CHECK(types == std::set<std::string>{field->second.type});
      printed_.insert(field->second.row);
    }
    for (const auto& [path, field] : documented)
      if (!field.optional)
        CHECK_MESSAGE(found.contains(path), "docs/json.md has ", path, ", which was not printed");
  }
  // Whether each row of the document stood in some document that was checked.
  void check_that_all_were_printed() const {
    for (const auto& [heading, fields] : tables_)
      for (const auto& [path, field] : fields_of(tables_, heading))
        CHECK_MESSAGE(printed_.contains(field.row), field.row, " was never printed");
  }

 private:
  Tables tables_ = read_document();
  std::set<std::string> printed_;
};

std::string last_line(const std::string& text) { return split_lines(text).back(); }

struct World {
  Laptop laptop;
  FakeNvml gpus{laptop.home / "nvml", 2};  // of `local`
  Comparison compare;

  World() {
    gpus.divide(1);
    laptop.home.set["LD_LIBRARY_PATH"] = gpus.directory().string();
    put_program(laptop, "page-server", page_server);
    put_program(laptop, "uv", quick_uv);
  }
  ~World() { (void)laptop.re({"forward", "--stop", "all"}); }

  std::string json(std::vector<std::string> words) const {
    words.emplace_back("--json");
    const auto output = laptop.re(words);
    CHECK_MESSAGE(output.exit.ok(), output.err);
    return output.out;
  }
  void check(const std::string& heading, const std::vector<std::string>& words) {
    CAPTURE(words.front());
    compare.check(heading, json(words));
  }

  void environment() {
    laptop.home.write("work/main.py", "import numpy\nimport detectron2\n");
    laptop.home.write("work/broken.ipynb", "no notebook");
    check("re init", {"init", "--instance", "testbox"});
    laptop.home.write("work/main.py", "import numpy, scipy\n");
    check("re init", {"init"});
    check("re install", {"install", "tqdm"});
    check("re data", {"data", "--run-async", "http://127.0.0.1:9/nothing"});
  }
  void jobs() {
    check("re async", {"async", "--name", "first", "--env", "A=B", "echo out; exit 3"});
    (void)laptop.re({"log", "-f", "first"});
    check("re async", {"async", "--name", "second", "sleep 300"});
    const auto list = json({"list", "--all"});
    compare.check("re list", list);
    CHECK(contains(list, "\"state\":\"failed\""));
    CHECK(contains(list, "\"kind\":\"install\""));
    const auto log = laptop.re({"log", "first", "--json"}).out;
    compare.check("Piece", split_lines(log).front());
    compare.check("re log", last_line(log));
    check("re kill", {"kill", "second"});
  }
  void files() {
    laptop.home.write("work/b", "b");
    const auto dry = json({"rsync", "--dry-run"});
    compare.check("re rsync", dry);
    CHECK(contains(dry, "\"detail\":\"new\""));
    check("re rsync", {"rsync"});
    check("re push", {"push", "--dry-run", "b", "copies/"});
    check("re push", {"push", "b", "copies/"});
    check("re pull", {"pull", "--dry-run", "copies", "."});
    check("re pull", {"pull", "copies", "."});
  }
  void ports() {
    check("re forward", {"forward", "--run-async", "0:localhost:9"});
    check("re forward --list", {"forward", "--list"});
    check("re forward --stop", {"forward", "--stop", "all"});
    laptop.home.write("work/runs/index.html", "the page");
    const PortTurn turn;
    check("re notebook", {"tensorboard", "runs", "--run-async"});
    check("re notebook", {"notebook", "--run-async"});
  }
  // A document for each sync: the one that it begins with, and one of a change.
  void watch() {
    Running watching(laptop, {"watch", "--json"});
    const auto documents = [&] { return count_of(watching.out(), "\n"); };
    REQUIRE(eventually([&] { return documents() == 1; }));
    laptop.home.write("work/c", "c");
    REQUIRE(eventually([&] { return documents() == 2; }));
    watching.signal(SIGINT);
    CHECK(watching.wait().ok());
    for (const auto& line : split_lines(watching.out())) compare.check("re rsync", line);
  }
  // One that answers, one with a GPU that somebody uses, one that is not there.
  void machines() {
    gpus.use(0, ::getpid());
    laptop.home.write(".recompute.conf", "[instance 0]\nname = gone\nhost = 127.0.0.1\nport = 1\n");
    const std::vector<std::string> names = {"testbox", "local", "gone"};
    for (const std::string word : {"probe", "top"}) {
      std::vector<std::string> words = {word};
      words.insert(words.end(), names.begin(), names.end());
      check("re probe", words);
    }
    check("re probe", {"probe", "testbox", "local", "gone", "--why", "--gpus", "1"});
  }
  // With a job that has been given a GPU.
  void gpu_job() {
    gpus.nobody_uses_them();
    check("re async", {"async", "--instance", "local", "--gpus", "1", "true"});
  }
  void settings() {
    laptop.home.write(".recompute.conf", "[instance 0]\nhost = a\npassword = x\n");
    std::filesystem::permissions(laptop.home / ".recompute.conf", std::filesystem::perms(0600));
    check("re conf", {"conf"});
    check("re conf get", {"conf", "get"});
    check("re doctor", {"doctor", "testbox"});
    check("re master status", {"master", "status"});
    // Behind the warning about the password.
    compare.check("Errors", last_line(laptop.re({"list", "--instance", "nobody", "--json"}).err));
  }
};

}  // namespace

TEST_CASE("what --json prints is what docs/json.md says, in both directions") {
  World world;
  world.environment();
  world.jobs();
  world.files();
  world.watch();
  world.ports();
  world.machines();
  world.gpu_job();
  world.settings();
  world.compare.check_that_all_were_printed();
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
