// re conf: what it shows and changes, and what it leaves alone.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include "base/files.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

struct Desk {
  Home home;
  explicit Desk(const std::string& text = "") {
    if (text.empty()) return;
    home.write(".recompute.conf", text);
    std::filesystem::permissions(file(), std::filesystem::perms(0600));
  }
  std::filesystem::path file() const { return home / ".recompute.conf"; }
  std::string text() const { return home.read(".recompute.conf"); }
  Output conf(std::vector<std::string> words) const {
    words.insert(words.begin(), {built_re().string(), "conf"});
    return home.run(std::move(words));
  }
  // An editor that puts `script` to work on the file; $1 is its name.
  void edit_by(const std::string& script) {
    home.write("editor", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(home / "editor", std::filesystem::perms(0700));
    home.set["VISUAL"] = (home / "editor").string();
  }
};

const std::string two =
    "# mine\n[general]\ninstance = gpu1\n\n[instance 0]\nname = gpu1\nhost = 10.0.0.7 ; rack 4\n\n"
    "[instance 1]\nhost = cpu\npassword = s3cret\n";

unsigned mode_of(const std::filesystem::path& path) {
  struct ::stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("re conf get, set and remove work on single settings and keep the rest of the file") {
  const Desk desk(two);
  CHECK(desk.conf({"get", "gpu1.host"}).out == "10.0.0.7\n");
  CHECK(desk.conf({"get", "general.instance"}).out == "gpu1\n");
  CHECK(desk.conf({"set", "gpu1.port", "2222"}).exit.ok());
  CHECK(desk.conf({"get", "gpu1.port"}).out == "2222\n");
  CHECK(contains(desk.text(), "host = 10.0.0.7 ; rack 4\nport = 2222\n\n[instance 1]"));
  CHECK(contains(desk.text(), "# mine\n"));
  CHECK(desk.conf({"remove", "gpu1.port"}).exit.ok());
  CHECK(desk.text() == two);
  CHECK(mode_of(desk.file()) == 0600);
  const auto all = desk.conf({"get"});
  CHECK(contains(all.out, "cpu.password = ********\n"));
  CHECK_FALSE(contains(all.out, "s3cret"));
}

TEST_CASE("a password is neither shown nor taken from the command line") {
  const Desk desk(two);
  const auto got = desk.conf({"get", "cpu.password"});
  CHECK_FALSE(got.exit.ok());
  const auto set = desk.conf({"set", "cpu.password", "other"});
  CHECK(set.exit.code == 2);
  CHECK(contains(set.err, "command line"));
  const auto json = desk.conf({"get", "--json"});
  CHECK(is_json(json.out));
  CHECK_FALSE(contains(got.out + got.err + json.out, "s3cret"));
  CHECK(desk.text() == two);
}

TEST_CASE("a setting that makes no sense is refused and the file is as it was") {
  const Desk desk(two);
  for (const auto& words : std::vector<std::vector<std::string>>{{"set", "gpu1.port", "70000"},
                                                                 {"set", "gpu1.prot", "22"},
                                                                 {"set", "gpu2.port", "22"},
                                                                 {"set", "gpu1.port"},
                                                                 {"set", "general.instance", "x"},
                                                                 {"remove", "gpu1"},
                                                                 {"remove", "nobody"},
                                                                 {"get", "gpu1.shell"},
                                                                 {"frobnicate"}}) {
    CAPTURE(words.back());
    const auto output = desk.conf(words);
    CHECK_FALSE(output.exit.ok());
    CHECK(output.out.empty());
    CHECK(contains(output.err, "try: "));
    CHECK(desk.text() == two);
  }
}

TEST_CASE("an instance that is removed is kept in a backup with its password") {
  const Desk desk(two);
  const auto output = desk.conf({"remove", "cpu"});
  CHECK_MESSAGE(output.exit.ok(), output.err);
  CHECK(contains(output.err, ".recompute.conf.bak"));
  CHECK(desk.home.read(".recompute.conf.bak") == two);
  CHECK(mode_of(desk.home / ".recompute.conf.bak") == 0600);
  CHECK_FALSE(contains(desk.text(), "cpu"));
  CHECK(desk.conf({"validate"}).exit.ok());
}

TEST_CASE("twenty settings at once are all there afterwards") {
  std::string sections;
  for (int i = 0; i < 20; ++i)
    sections += "[instance " + std::to_string(i) + "]\nhost = h" + std::to_string(i) + "\n";
  const Desk desk(sections);
  std::vector<pid_t> running;
  for (int i = 0; i < 20; ++i)
    running.push_back(desk.home.start({built_re().string(), "conf", "set",
                                       std::to_string(i) + ".port", std::to_string(1000 + i)}));
  for (const pid_t pid : running) CHECK(wait_exit(pid, {})->ok());
  for (int i = 0; i < 20; ++i)
    CHECK(desk.conf({"get", std::to_string(i) + ".port"}).out == std::to_string(1000 + i) + "\n");
}

TEST_CASE("re conf edit replaces the file with what the editor left, where that can be used") {
  Desk desk(two);
  desk.edit_by("sed -i 's/10.0.0.7/10.0.0.8/' \"$1\"");
  CHECK(desk.conf({"edit"}).exit.ok());
  CHECK(contains(desk.text(), "host = 10.0.0.8 ; rack 4"));
  CHECK(mode_of(desk.file()) == 0600);
  desk.edit_by("true");
  CHECK(contains(desk.conf({"edit"}).err, "nothing was changed"));
}

TEST_CASE("an edit that cannot be used changes nothing, and what was written is kept") {
  Desk desk(two);
  desk.edit_by("echo 'prot = 22' >>\"$1\"");
  const auto output = desk.conf({"edit"});
  CHECK(output.exit.code == 2);
  CHECK(contains(output.err, "prot"));
  CHECK(desk.text() == two);
  const auto at = output.err.find("is kept in ");
  REQUIRE(at != std::string::npos);
  const auto begin = at + std::string("is kept in ").size();
  const auto kept = output.err.substr(begin, output.err.find('\n', begin) - begin);
  CHECK(contains(read_file(kept).value_or(""), "prot = 22"));

  desk.edit_by("exit 3");
  CHECK_FALSE(desk.conf({"edit"}).exit.ok());
  desk.edit_by("sed -i s/gpu1/gpu9/ \"$1\"; echo '# meanwhile' >>" + desk.file().string());
  const auto raced = desk.conf({"edit"});
  CHECK_FALSE(raced.exit.ok());
  CHECK(contains(raced.err, "somebody else"));
  CHECK(desk.text() == two + "# meanwhile\n");
}
