// All kinds of projects, and what becomes of environments that are old. Programs that Debian does not have (uv,
// conda) are stand-ins, which write down what they are told and leave what the real ones leave.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/files.hpp"
#include "project_world.hpp"
#include "support/programs.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

std::string content_there(const Laptop& laptop, const std::string& name) {
  return read_file(laptop.remote_home() / name).value_or("");
}

// Makes an environment at once, with nothing in it.
void give_instant_uv(const Laptop& laptop) {
  put_program(laptop, "uv",
              "#!/bin/sh\n[ \"$1\" = venv ] || exit 0\nfor last; do :; done\n"
              "mkdir -p \"$last/bin\" && ln -s /usr/bin/python3 \"$last/bin/python\"\n");
}

// What makes a wheel of a project, without any package from elsewhere.
constexpr const char* backend = R"py(import os, zipfile
def build_editable(directory, settings=None, metadata=None):
    info = "whole-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(directory, "whole-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("whole.pth", os.path.join(os.getcwd(), "src") + "\n")
        wheel.writestr(info + "METADATA",
                       "Metadata-Version: 2.1\nName: whole\nVersion: 1.0\nRequires-Dist: demo-lib\n")
        wheel.writestr(info + "WHEEL",
                       "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")
    return "whole-1.0-py3-none-any.whl"
)py";

}  // namespace

TEST_CASE("a pyproject.toml is installed as a whole, and its code is that of the mirror") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_uv(laptop);
  web.add_wheel("demo-lib", "1.0");
  laptop.home.write(
      "work/pyproject.toml",
      "[project]\nname = \"whole\"\nversion = \"1.0\"\ndependencies = [\"demo-lib\"]\n"
      "[build-system]\nrequires = []\nbuild-backend = \"backend\"\n"
      "backend-path = [\"tools\"]\n");
  laptop.home.write("work/tools/backend.py", backend);
  laptop.home.write("work/src/whole.py", "word = 'first'\n");
  const auto made = init(laptop);
  REQUIRE_MESSAGE(made.exit.ok(), made.err);
  const std::string ask =
      "cd / && python3 -c 'import whole, demo_lib; print(whole.word, demo_lib.version)'";
  CHECK(laptop.re({"sync", ask}).out == "first 1.0\n");
  laptop.home.write("work/src/whole.py", "word = 'second'\n");
  CHECK(laptop.re({"sync", ask}).out == "second 1.0\n");
}

TEST_CASE("a setup.py is installed as a whole by venv and its own pip") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  web.add_wheel("demo-lib", "1.0");
  laptop.home.write(
      "work/setup.py",
      "from setuptools import setup\n"
      "setup(name='old', version='1.0', py_modules=['old'], install_requires=['demo-lib'])\n");
  laptop.home.write("work/old.py", "word = 'old'\n");
  const auto made = init(laptop);
  REQUIRE_MESSAGE(made.exit.ok(), made.err);
  CHECK(laptop.re({"sync", "cd / && python3 -c 'import old, demo_lib; print(old.word)'"}).out ==
        "old\n");
}

TEST_CASE("python = system installs for the user where the distribution allows it") {
  Laptop laptop;
  Web web;
  configure(laptop, web, "system");
  web.add_wheel("demo-lib", "1.0");
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  // A Python that nobody manages, as machines had them: this one sees the system's pip and the user's packages.
  const auto old = laptop.remote_home() / "old";
  checked_run(
      {"/usr/bin/python3", "-m", "venv", "--without-pip", "--system-site-packages", old.string()});
  for (const char* name : {".profile", ".bash_profile"})
    REQUIRE(write_file_atomic(laptop.remote_home() / name, "PATH=~/old/bin:$PATH\n", 0644));
  const auto made = init(laptop);
  REQUIRE_MESSAGE(made.exit.ok(), made.err);
  CHECK(laptop.re({"sync", "python3 -c 'import demo_lib; print(demo_lib.__file__)'"})
            .out.starts_with((laptop.remote_home() / ".local/lib").string()));
  CHECK(contains(laptop.re({"init"}).err, "the environment is ready"));
}

TEST_CASE("with a uv.lock uv is told to do what it says, and nothing else") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_uv(laptop);
  laptop.home.write("work/uv.lock", "version = 1\n# this very one\n");
  laptop.home.write("work/pyproject.toml", "[project]\nname = \"x\"\nversion = \"1\"\n");
  const auto made = init(laptop);
  REQUIRE_MESSAGE(made.exit.ok(), made.err);
  const auto log = content_there(laptop, "uv.log");
  CHECK(contains(log, "sync --frozen --inexact --project " + laptop.mirror().string() + "\n"));
  CHECK_FALSE(contains(log, "pip install"));
  CHECK(laptop.re({"sync", "cat $VIRTUAL_ENV/locked"}).out == laptop.home.read("work/uv.lock"));
}

TEST_CASE("an environment.yml is given to conda, and jobs stand in what it makes") {
  for (const char* name : {"mamba", "micromamba"}) {
    CAPTURE(name);
    Laptop laptop;
    Web web;
    configure(laptop, web);
    // What the real ones leave behind, as far as it matters here; its Python writes down what its pip is told.
    put_program(laptop, name, R"sh(#!/bin/sh
echo "$*" >> ~/conda.log
while [ $# -gt 0 ]; do case $1 in --prefix) prefix=$2 ;; --file) file=$2 ;; esac; shift; done
cp "$file" ~/seen.yml
mkdir -p "$prefix/bin" "$prefix/conda-meta"
printf '#!/bin/sh\ncase "$1 $2" in "-m pip") echo "$*" >> ~/pip.log; cat "$5" >> ~/pip.log; exit ;; esac\nexec /usr/bin/python3 "$@"\n' > "$prefix/bin/python"
chmod +x "$prefix/bin/python"
)sh");
    REQUIRE(write_file_atomic(laptop.remote_home() / ".bash_profile", "PATH=~/.local/bin:$PATH\n",
                              0644));
    REQUIRE(
        write_file_atomic(laptop.remote_home() / ".profile", "PATH=~/.local/bin:$PATH\n", 0644));
    laptop.home.write("work/environment.yml", "dependencies: [python=3.11, numpy]\n");
    const auto made = init(laptop);
    REQUIRE_MESSAGE(made.exit.ok(), made.err);
    CHECK(content_there(laptop, "conda.log")
              .starts_with(std::string(name) == "mamba" ? "env create --prefix /"
                                                        : "create --yes --prefix /"));
    CHECK(content_there(laptop, "seen.yml") == laptop.home.read("work/environment.yml"));
    const auto where = laptop.re({"sync", "echo $CONDA_PREFIX; command -v python"}).out;
    CHECK(where.starts_with(environments(laptop).string()));
    CHECK(contains(where, "/bin/python\n"));
    const auto more = laptop.re({"install", "tqdm>=4"});
    REQUIRE_MESSAGE(more.exit.ok(), more.err);
    CHECK(contains(content_there(laptop, "pip.log"), "tqdm>=4"));
  }
}

TEST_CASE("two environments before the current one are kept, and each that a job runs in") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_instant_uv(laptop);
  const auto install = [&](int version) {
    laptop.home.write("work/requirements.txt", fmt::format("demo-lib=={}\n", version));
    const auto made = version == 1 ? init(laptop) : laptop.re({"install"});
    REQUIRE_MESSAGE(made.exit.ok(), made.err);
    return names_of_environments(laptop);
  };
  const auto first = install(1).at(0);
  const auto job = laptop.submit({"echo up; exec sleep 1000"});
  REQUIRE(eventually([&] { return contains(laptop.re({"log", job}).out, "up"); }));
  std::vector<std::string> made{first};
  for (int version = 2; version <= 5; ++version) made.push_back(install(version).back());
  using Names = std::vector<std::string>;
  CHECK(names_of_environments(laptop) == Names{first, made[2], made[3], made[4]});
  CHECK(laptop.re({"kill", job}).exit.ok());
  made.push_back(install(6).back());
  CHECK(names_of_environments(laptop) == Names{made[3], made[4], made[5]});
  // One that is kept is taken again without being made.
  CHECK(install(4) == Names{made[3], made[4], made[5]});
  CHECK(contains(laptop.re({"sync", "echo $VIRTUAL_ENV"}).out, made[3]));
}
